"""What a second person's approval rests on holds on every way in: through a token, and where the gate refuses what is approved."""

from __future__ import annotations

from contextvars import Context as Apart
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.approvals import delegations, service
from core.approvals.models import Approval
from core.cases import second
from core.cases.models import Case
from core.gate.models import GateDecision
from core.plugin import Rule
from tests.core.cases.conftest import garden, planted  # noqa: F401 - fixtures
from tests.core.cases.garden import WORDS


@pytest.mark.parametrize("scopes", [None, ["approval.read", "case.approve"]])
def test_who_stands_in_for_the_asker_decides_through_no_token_either(session, world, acting, ask, api, scopes):
    asked = ask(world.carol, permission="case.approve")
    context, now = acting(world.carol), datetime.now(UTC)
    delegations.delegate(
        session, context=context, to_id=world.alice.context.participant_id, starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(days=2),
    )  # fmt: skip
    session.commit()
    token = api(world.alice, scopes=scopes)
    answer = token(
        "POST", f"/approvals/{asked.id}/decision", json={"approve": True}, headers={"If-Match": f'"{asked.version}"'}
    )
    assert answer.status_code == 403, answer.text
    acting(world.carol)
    assert session.scalar(select(Approval.state).where(Approval.id == asked.id)) == "requested"


def test_a_refusal_of_the_gate_at_the_approval_is_kept(session, world, acting, planted, garden, sign_in, monkeypatch):  # noqa: F811
    first, later = (
        Rule(
            key=key, label=WORDS, action="case_step", citation="Garden rules 2", verdict="hold", on=("planting",),
            steps=("dig",), reason={"zh-CN": "霜冻", "en": "There is frost."}, when={"op": "and", "of": []},
        )
        for key in ("frost", "flood")
    )  # fmt: skip
    _view, case_id = planted()
    context = acting(world.carol)
    version = session.scalar(select(Case.version).where(Case.id == case_id))
    asked = second.ask_step(
        session, context=context, view=garden(rules=(first,)), case_id=case_id, version=version, transition="dig"
    )
    approval_id, version = asked.id, asked.version
    session.commit()
    monkeypatch.setitem(
        service.HANDLERS, second.KIND, second.Taken(lambda _session, _context: garden(rules=(first, later)))
    )
    alice = Apart().run(sign_in, world.alice)
    data = {"decision": "approve", "version": version}
    answer = Apart().run(alice.post, f"/approvals/{approval_id}/decision", data=data)
    assert answer.status_code == 409
    acting(world.alice)
    kept = session.scalar(select(func.count()).select_from(GateDecision).where(GateDecision.case_id == case_id))
    assert kept == 2  # when it was asked for, and when it was refused
    assert session.scalar(select(Approval.state).where(Approval.id == approval_id)) == "requested"
