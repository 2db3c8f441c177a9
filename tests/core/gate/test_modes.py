"""A rule on, in shadow or off: one person asks, another approves, and what is law is always on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from core.approvals import service as approvals
from core.errors import Conflict, Denied, Invalid, NotFound
from core.gate import modes
from core.gate.acts import decide_act
from core.gate.models import GateDecision, RuleSetting
from core.gate.service import replay
from core.plugin.catalog import Catalog
from core.plugin.tailored import TailoredView, Tailoring
from core.tenants.models import Tenant
from tests.core.gate.acting import pets, rule, saying, step

SOFT = replace(saying("soft", "deny"), mandatory=False)
LAW = saying("law", "warn")


def tailored(mode: str) -> TailoredView:
    return TailoredView(
        [*Catalog([pets(SOFT, LAW)]).verticals.values()], Tailoring(revision=1, rules={"pets.soft": mode})
    )  # type: ignore[dict-item]


@pytest.fixture
def view():
    return Catalog([pets(SOFT, LAW)]).everything


@pytest.mark.parametrize(("mode", "verdict"), [("on", "deny"), ("shadow", "warn"), ("off", "warn")])
def test_a_rule_in_shadow_is_asked_and_kept_without_effect(session, world, acting, make_customer, mode, verdict):
    customer_id = make_customer()
    view = tailored(mode)
    decision = decide_act(session, context=acting(world.alice), view=view, act=step(customer_id))
    assert decision.verdict == verdict
    assert (decision.shadow is not None) == (mode == "shadow")
    if mode == "shadow":
        assert (decision.shadow["verdict"], decision.shadow["reasons"][0]["rule"]) == ("deny", "pets.soft")
    assert ("pets.soft" in decision.rules) == (mode != "off")
    session.commit()
    acting(world.alice)
    kept = session.scalars(select(GateDecision).where(GateDecision.id == decision.id)).one()
    for later in ("on", "shadow", "off"):
        assert replay(kept, view=tailored(later)).verdict == verdict


def ask(session, context, view, *, key="pets.soft", mode="off", reason="It stops nothing"):
    return modes.request_rule_mode(session, context=context, view=view, rule=key, mode=mode, reason=reason)


def test_what_one_asks_another_approves_and_the_tenants_view_changes(session, world, acting, view, monkeypatch):
    monkeypatch.setitem(approvals.HANDLERS, modes.KIND, modes.Changed(lambda _session, _context: view))
    asked = ask(session, acting(world.alice), view)
    approval_id, version = asked.id, asked.version
    session.commit()
    context = acting(world.alice)
    assert session.scalars(select(RuleSetting)).all() == []
    with pytest.raises((Denied, Conflict)):
        approvals.decide(session, context=context, approval_id=approval_id, version=version, approve=True)
    context = acting(world.carol)
    counted = session.scalars(select(Tenant.tailoring).where(Tenant.id == world.tenant_id)).one()
    approvals.decide(session, context=context, approval_id=approval_id, version=version, approve=True)
    session.commit()
    acting(world.alice)
    row = session.scalars(select(RuleSetting)).one()
    assert (row.rule, row.mode, row.reason, row.approval_id) == ("pets.soft", "off", "It stops nothing", approval_id)
    assert session.scalars(select(Tenant.tailoring).where(Tenant.id == world.tenant_id)).one() == counted + 1


def test_what_is_law_stays_on(session, world, acting, view):
    context = acting(world.alice)
    for mode in ("shadow", "off"):
        with pytest.raises(Denied, match="law"):
            ask(session, context, view, key="pets.law", mode=mode)
        with pytest.raises(Denied, match="law"):
            modes.set_rule_mode(session, context=context, view=view, rule="pets.law", mode=mode)


def test_a_request_says_which_rule_which_mode_and_why(session, world, acting, view):
    context = acting(world.alice)
    with pytest.raises(NotFound):
        ask(session, context, view, key="pets.nothing")
    with pytest.raises(Invalid):
        ask(session, context, view, mode="loud")
    with pytest.raises(Invalid):
        ask(session, context, view, reason=" ")
    with pytest.raises(Conflict):
        ask(session, context, view, mode="on")
    ask(session, context, view)
    with pytest.raises(Conflict):
        ask(session, context, view)


def test_a_broken_rule_in_shadow_holds_nobody_up(session, world, acting, make_customer):
    def broken(subject, parameters):
        raise ValueError

    loaded = pets(replace(rule("soft", decide=broken), mandatory=False))
    view = TailoredView([loaded], Tailoring(revision=1, rules={"pets.soft": "shadow"}))
    customer_id = make_customer()
    decision = decide_act(session, context=acting(world.alice), view=view, act=step(customer_id))
    assert (decision.verdict, decision.shadow["verdict"]) == ("allow", "hold")
