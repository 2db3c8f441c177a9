"""Seeing one masked value: for a reason, for open work, within a quota, for a minute, and never without a trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.context import Grant
from core.db import scope
from core.errors import Denied, Invalid, NotFound, keep_evidence
from core.gate.acts import GateDenied, GateRefused
from core.gate.models import GateDecision
from core.gate.service import replay
from core.interactions.models import Interaction
from core.privacy import quota
from core.privacy.models import RevealEvent
from core.timeline.models import TimelineEntry
from tests.core.privacy.conftest import PHONE, SPOKEN


def test_an_agent_with_an_open_case_sees_the_number_for_a_minute(session, world, acting, known, look):
    shown = look(world.dan, known)
    assert shown.value == SPOKEN
    assert shown.until - shown.shown_at == timedelta(seconds=60)
    acting(world.carol)
    event = session.scalars(select(RevealEvent)).one()
    assert (event.customer_id, event.field, event.reason) == (known, "phone", "call_back")
    assert (event.participant_id, event.engagement_id) == (world.dan.context.participant_id, world.engagement_id)
    assert event.case_id is not None
    decision = session.get(GateDecision, (event.tenant_id, event.decision_id))
    assert (decision.action, decision.verdict) == ("reveal", "allow")


def test_the_client_reads_who_saw_it_and_the_value_is_kept_nowhere(session, world, acting, known, look):
    shown = look(world.dan, known, note="回拨 13912341369")
    acting(world.carol)
    told = session.scalars(select(TimelineEntry).where(TimelineEntry.kind == "value.revealed")).one()
    assert told.values["reason"]["en"] == "Call the customer back"
    kept = session.scalars(select(AuditEntry).where(AuditEntry.action == "value.revealed")).one()
    assert (kept.subject_id, kept.fields) == (known, ["phone"])
    for row in (told.values, kept.details, repr(shown)):
        assert PHONE not in str(row).replace(" ", "")


def test_without_open_work_nothing_is_shown_and_the_refusal_stays(session, world, acting, make_customer, look):
    idle = make_customer()
    with pytest.raises(GateDenied) as refused:
        look(world.dan, idle)
    assert "no open case" in str(refused.value.reasons[0]["text"]["en"])
    keep_evidence(session, refused.value)
    acting(world.carol)
    assert session.scalars(select(GateDecision.verdict).where(GateDecision.action == "reveal")).one() == "deny"
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "reveal.refused")).one()
    assert (entry.fields, entry.details["codes"]) == (["phone"], ["core.no_open_work"])
    assert session.scalar(select(func.count()).select_from(RevealEvent)) == 0


def test_a_contact_that_the_customer_began_is_work_while_it_goes_on(session, world, acting, make_customer, look):
    caller = make_customer()
    acting(world.dan)
    contact = Interaction(
        number=func.next_number("interaction", 1), customer_id=caller, channel="phone", direction="inbound",
        purpose="service", started_at=func.now(), disposition="reached", party="provider", resolution="unknown",
        agent_id=world.dan.context.participant_id, engagement_id=world.engagement_id,
    )  # fmt: skip
    session.add(contact)
    session.commit()
    assert look(world.dan, caller).value == SPOKEN
    acting(world.dan)
    session.merge(contact).ended_at = func.now()
    session.commit()
    with pytest.raises(GateDenied):
        look(world.dan, caller)


def test_a_colleagues_case_is_not_ones_own(world, make_customer, work, look):
    customer = make_customer()
    work(customer, person=world.bob)
    with pytest.raises(GateDenied):
        look(world.dan, customer)


def test_beyond_the_hard_quota_the_answer_says_how_many_and_until_when(monkeypatch, world, known, look):
    monkeypatch.setattr(quota, "parameter", _limits(soft=1, hard=2))
    look(world.dan, known)
    warned = look(world.dan, known)
    assert "1 of 2" in warned.warnings[0]["text"]["en"]
    with pytest.raises(GateRefused) as refused:
        look(world.dan, known)
    assert refused.value.verdict == "defer"
    assert "2 of 2" in refused.value.reasons[0]["text"]["en"]
    assert refused.value.until is not None


def _limits(*, soft: int, hard: int):
    from core.privacy.numbers import parameter

    def limit(key: str, *, context):
        return replace(parameter(key, context=context), value=soft if "soft" in key else hard)

    return limit


def test_a_frozen_grant_shows_nothing(world, known, look):
    frozen = replace(world.dan.context, grant=Grant(frozen=True))
    with pytest.raises(GateDenied) as refused:
        look(world.dan, known, context=frozen)
    assert "frozen" in refused.value.reasons[0]["text"]["en"]


def test_a_hidden_field_is_not_revealed(world, known, look):
    hidden = replace(world.dan.context, grant=Grant(fields={"phone": "hidden"}))
    with pytest.raises(GateDenied) as refused:
        look(world.dan, known, context=hidden)
    assert "does not include" in refused.value.reasons[0]["text"]["en"]


def test_what_is_seen_in_clear_anyway_is_not_revealed(world, known, look):
    with pytest.raises(Invalid, match="in clear already"):
        look(world.carol, known)


def test_an_analyst_of_the_client_sees_masks_and_needs_no_case(world, make_customer, look):
    analyst = replace(world.carol.context, permissions=world.carol.context.permissions - {"customer.clear"})
    assert look(world.carol, make_customer(), context=analyst).value == SPOKEN


@pytest.mark.parametrize(
    ("wish", "field"), [({"reason": "curious"}, "reason"), ({"reason": "other"}, "note"), ({"note": "x" * 501}, "note")]
)
def test_a_reason_of_the_list_is_needed_and_words_where_it_says_nothing(world, known, look, wish, field):
    with pytest.raises(Invalid) as wrong:
        look(world.dan, known, **wish)
    assert [each.field for each in wrong.value.errors] == [field]


def test_what_is_not_lent_not_there_or_no_field_is_not_found(world, known, make_customer, look):
    kept = make_customer(leased=False)
    for customer, field in ((kept, "phone"), (uuid4(), "phone"), (known, "shoe_size"), (known, "email"),
                            (known, f"number:{uuid4()}"), (known, "point:1")):  # fmt: skip
        with pytest.raises(NotFound):
            look(world.dan, customer, field=field)


def test_who_may_not_ask_is_refused(world, known, look):
    mute = replace(world.dan.context, permissions=frozenset({"customer.read"}))
    with pytest.raises(Denied):
        look(world.dan, known, context=mute)


def test_a_decision_replays_with_what_the_core_had_checked(session, world, acting, view, make_customer, look):
    with pytest.raises(GateDenied) as refused:
        look(world.dan, make_customer())
    keep_evidence(session, refused.value)
    scope.enter(session, world.carol.context)
    decision = session.scalars(select(GateDecision).where(GateDecision.action == "reveal")).one()
    again = replay(decision, view=view)
    assert (again.verdict, again.findings[0].code) == ("deny", "core.no_open_work")
