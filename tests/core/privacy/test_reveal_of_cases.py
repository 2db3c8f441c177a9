"""What people wrote about a case, its fields and the notes of the timeline: masked like any value, and seen in the same way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.cases import details
from core.cases.models import Case, CaseStep
from core.context import Grant
from core.db import scope
from core.errors import Invalid, NotFound
from core.gate.acts import GateDenied
from core.privacy.models import RevealEvent
from core.timeline import service as timeline
from core.timeline.models import TimelineEntry
from tests.core.privacy.conftest import give_case

SAID = "回拨 13912341369，找吴女士"
HIDDEN = "回拨 139****1369，找吴女士"


@pytest.fixture
def case(session: Any, world: Any, make_customer: Any, view: Any, acting: Any) -> dict[str, Any]:
    """A case in dan's hands with a number in its title, a field, a comment of each audience and a step; a note beside it."""
    customer_id = make_customer()
    acting(world.bob)
    case_id = give_case(session, view=view, bob=world.bob, to=world.dan, customer_id=customer_id)
    session.commit()
    acting(world.carol)
    carol = world.carol.context
    row = session.scalars(select(Case).where(Case.id == case_id)).one()
    row.title, row.attributes = SAID, {"telecom": {"demand": SAID}}
    step = session.scalars(select(CaseStep).where(CaseStep.case_id == case_id)).first()
    session.flush()
    shared = details.comment(session, context=carol, case_id=case_id, audience="shared", body=SAID)
    internal = details.comment(session, context=carol, case_id=case_id, audience="internal", body=SAID)
    timeline.tell(
        session, context=carol, customer_id=customer_id, kind="case.noted", message="Note", values={}, note=SAID
    )
    found = {"customer": customer_id, "case": case_id, "shared": shared.id, "internal": internal.id, "step": step.id}
    session.flush()
    found["note"] = session.scalars(
        select(TimelineEntry.id).where(TimelineEntry.customer_id == customer_id, TimelineEntry.note == SAID).limit(1)
    ).first()
    session.commit()
    return found


@pytest.mark.parametrize("field", ["title", "comment", "telecom.demand", "note"])
def test_each_text_is_seen_for_a_minute_and_recorded_as_what_it_is(session, world, acting, case, look, field):
    names = {"comment": f"comment:{case['shared']}", "note": f"note:{case['note']}"}
    name = names.get(field, field)
    about = {"case_id": None if field == "note" else case["case"]}
    shown = look(world.dan, case["customer"] if field == "note" else None, field=name, **about)
    assert (shown.value, shown.seconds) == (SAID, 60)
    acting(world.carol)
    event = session.scalars(select(RevealEvent)).one()
    assert (event.customer_id, event.field, event.of_case_id) == (case["customer"], name, about["case_id"])
    kept = session.scalars(select(AuditEntry).where(AuditEntry.action == "value.revealed")).one()
    of = ("customer", case["customer"]) if field == "note" else ("case", case["case"])
    assert (kept.subject_type, kept.subject_id) == of
    assert kept.customer_id == case["customer"]
    assert "1369" not in str(kept.details)


def test_what_is_not_the_readers_to_read_is_not_found(world, case, look, make_customer, session, acting):
    kept = make_customer(leased=False)
    acting(world.carol)
    timeline.tell(
        session, context=world.carol.context, customer_id=kept, kind="case.noted", message="Note", values={}, note=SAID,
    )  # fmt: skip
    entry = session.scalars(select(TimelineEntry.id).where(TimelineEntry.customer_id == kept)).first()
    session.commit()
    of_case = [
        f"comment:{case['internal']}",
        f"comment:{uuid4()}",
        "comment:x",
        f"step:{uuid4()}",
        "telecom.answer",
        "no",
    ]
    for field in of_case:
        with pytest.raises(NotFound):
            look(world.dan, None, field=field, case_id=case["case"])
    for customer, field in ((kept, f"note:{entry}"), (case["customer"], f"note:{entry}"), (case["customer"], "note:x")):
        with pytest.raises(NotFound):
            look(world.dan, customer, field=field)
    with pytest.raises(NotFound):
        look(world.dan, None, field="title", case_id=uuid4())


def test_a_colleague_without_work_a_frozen_grant_and_a_hidden_text_are_refused(world, case, look):
    about = {"field": "title", "case_id": case["case"]}
    with pytest.raises(GateDenied) as refused:
        look(world.bob, None, **about)
    assert "no open case" in refused.value.reasons[0]["text"]["en"]
    for grant, word in ((Grant(frozen=True), "frozen"), (Grant(fields={"note": "hidden"}), "does not include")):
        with pytest.raises(GateDenied) as refused:
            look(world.dan, None, context=replace(world.dan.context, grant=grant), **about)
        assert word in refused.value.reasons[0]["text"]["en"]
    with pytest.raises(Invalid, match="in clear already"):
        look(world.carol, None, **about)


def test_the_pages_lead_there_and_back(world, case, sign_in, session):
    scope.enter(session, world.carol.context)
    session.commit()
    dan, place = sign_in(world.dan), f"/cases/{case['case']}"
    page = dan.get(place).text
    assert SAID not in page
    assert HIDDEN in page
    for field in ("title", f"comment:{case['shared']}", "telecom.demand"):
        assert f"{place}/reveal?field={field}" in page.replace("%3A", ":"), field
    assert f"comment:{case['internal']}" not in page.replace("%3A", ":")
    customer = dan.get(f"/customers/{case['customer']}").text.replace("%3A", ":")
    assert f"/customers/{case['customer']}/reveal?field=note:{case['note']}" in customer
    asked = dan.get(f"{place}/reveal?field=title").text
    assert SAID not in asked
    shown = dan.post(f"{place}/reveal", data={"field": "title", "reason": "complaint"})
    assert f"<output>{SAID}</output>" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Refresh"].endswith(place)
    assert f"{place}/reveal" not in sign_in(world.carol).get(place).text
