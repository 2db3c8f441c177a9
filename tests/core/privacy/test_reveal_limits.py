"""A tenant's own quotas: tighter at once, looser only with a second person, never beyond the product's, and nothing forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.audit.models import AuditEntry
from core.db import scope
from core.errors import Conflict, Denied, Invalid
from core.gate.acts import GateRefused
from core.privacy import reveal_limits
from core.privacy.models import RevealLimit
from core.privacy.reveal_limits import Wanted


def as_of(session: Any, person: Any) -> Any:
    session.rollback()
    scope.enter(session, person.context)
    return person.context


def put(session: Any, person: Any, value: int | None, **more: Any) -> Any:
    wanted = Wanted(**{"key": "hard_hour", "value": value, "reason": "after an incident", **more})
    made = reveal_limits.set_limit(session, context=as_of(session, person), wanted=wanted)
    session.commit()
    return made


def numbers(session: Any, person: Any) -> dict[str, int]:
    return reveal_limits.own_numbers(session, context=as_of(session, person))


def test_a_tighter_number_holds_at_once_for_those_it_is_for(session, world, known, look):
    put(session, world.alice, 5)
    put(session, world.alice, 1, engagement_id=world.engagement_id, role="agent")
    assert [numbers(session, each)["hard_hour"] for each in (world.dan, world.bob, world.carol)] == [1, 5, 5]
    look(world.dan, known)
    with pytest.raises(GateRefused) as refused:
        look(world.dan, known)
    said = refused.value.reasons[0]
    assert "1 of 1" in said["text"]["en"]
    assert "Set by the client" in said["citation"]


def test_a_number_beyond_the_products_is_refused_with_it(session, world):
    for value in (21, -1, None):
        with pytest.raises(Invalid) as wrong:
            put(session, world.alice, value)
        assert wrong.value.errors[0].params == {"most": 20}
    with pytest.raises(Invalid) as wrong:
        put(session, world.alice, 1, key="x", role="y", reason=" ", engagement_id=world.tenant_id)
    assert {each.field for each in wrong.value.errors} == {"key", "role", "reason", "engagement_id"}
    for nobody in (world.bob, world.carol):
        with pytest.raises(Denied):
            put(session, nobody, 1)


def test_a_looser_number_waits_for_a_second_person_and_the_history_stays(session, world, join_dpo):
    put(session, world.alice, 3)
    asked = put(session, world.alice, 8)
    assert isinstance(asked, Approval)
    assert numbers(session, world.alice)["hard_hour"] == 3
    with pytest.raises(Denied):
        decide(session, world.alice, asked.id)
    decide(session, join_dpo, asked.id)
    assert numbers(session, world.alice)["hard_hour"] == 8
    asked = reveal_limits.end_limit(
        session, context=as_of(session, world.alice), limit_id=reveal_limits.standing(session)[0].id, reason="no need"
    )
    session.commit()
    put(session, world.alice, 2)
    with pytest.raises(Conflict, match="changed meanwhile"):
        decide(session, join_dpo, asked.id)
    with pytest.raises(Conflict, match="holds already"):
        put(session, world.alice, 2)
    as_of(session, world.alice)
    before = [(row.value, row.set_name, row.approved_name, row.ended_name) for row in reveal_limits.history(session)]
    assert before == [(8, "Alice", "Dora", "Alice"), (3, "Alice", "", "Dora")]
    kept = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_type == "reveal_limit")).all()
    assert sorted(kept) == ["reveal_limit.ended"] * 2 + ["reveal_limit.set"] * 3


def test_a_reminder_that_would_never_come_is_refused_with_the_reason(session, world, join_dpo, sign_in):
    """At its limit nothing is revealed any more, so a reminder must stand below every limit of whoever it is for."""
    here = {"engagement_id": world.engagement_id, "role": "agent"}
    put(session, world.alice, 6)
    with pytest.raises(Invalid, match="at 6 reveals") as wrong:
        put(session, world.alice, 6, key="soft_hour", **here)
    assert wrong.value.field == "value"
    put(session, world.alice, 5, key="soft_hour", **here)
    with pytest.raises(Invalid, match="A reminder stands at 5"):
        put(session, world.alice, 5)
    put(session, world.alice, 5, role="provider_manager")
    put(session, world.alice, 3, key="hard_day")
    put(session, world.alice, 2, key="soft_hour")
    asked = put(session, world.alice, 4, key="soft_hour")
    put(session, world.alice, 4, role="agent", key="soft_hour")
    as_of(session, world.alice)
    session.execute(update(RevealLimit).where(RevealLimit.value == 6).values(value=4))
    session.commit()
    with pytest.raises(Invalid, match="at 4 reveals"):
        decide(session, join_dpo, asked.id)
    session.rollback()
    form = {"key": "soft_hour", "value": "5", "reason": "pilot", "role": "", "engagement_id": ""}
    page = sign_in(world.alice).post("/reveals/limits", data={**form, "role": "agent"})
    assert page.status_code == 422
    assert "小于 4" in page.text or "less than 4" in page.text


def test_the_page_and_rest_say_what_holds(session, world, sign_in):
    alice = sign_in(world.alice)
    form = {"key": "soft_day", "value": "7", "reason": "pilot", "role": "", "engagement_id": ""}
    assert alice.post("/reveals/limits", data={**form, "value": "999"}).status_code == 422
    assert alice.post("/reveals/limits", data={**form, "engagement_id": "x"}).status_code == 422
    assert alice.post("/reveals/limits", data=form).status_code == 303
    page = alice.get("/reveals/limits").text
    assert "pilot" in page
    row = session.scalars(select(RevealLimit)).one() if as_of(session, world.alice) else None
    assert alice.post(f"/reveals/limits/{row.id}/end", data={"reason": "over"}).status_code == 303
    assert "/approvals/" in alice.get("/reveals/limits").text
    assert sign_in(world.bob).get("/reveals/limits").status_code == 403


def decide(session: Any, person: Any, approval_id: Any) -> None:
    context = as_of(session, person)
    row = session.scalars(select(Approval).where(Approval.id == approval_id)).one()
    approvals.decide(session, context=context, approval_id=approval_id, version=row.version, approve=True)
    session.commit()
