"""Nothing dangerous goes by express, and what is late is found."""

from __future__ import annotations

import pytest

DANGEROUS = [{"goods": "dangerous"}, {"goods": "prohibited"}, {"goods": "ordinary", "un_number": "UN3480"}]


@pytest.fixture
def shipment(ask):
    def made(state: str, **attributes):
        return ask.record("shipment", state=state, **{"waybill": "KH1", "carriage": "express", **attributes})

    return made


@pytest.mark.parametrize("goods", DANGEROUS)
@pytest.mark.parametrize("state", ["created", "accepted"])
def test_dangerous_goods_are_not_accepted_by_express(ask, shipment, goods, state: str) -> None:
    before = None if state == "created" else {"state": "created", "attributes": {}}
    reason = ask("dangerous_goods", record=shipment(state, **goods), before=before)
    assert (reason.verdict, reason.code) == ("deny", "logistics.dangerous_goods")


@pytest.mark.parametrize("goods", DANGEROUS)
@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("accepted", "in_transit"),
        ("in_transit", "out_for_delivery"),
        ("out_for_delivery", "agent_point"),
        ("agent_point", "delivered"),
    ],
)
def test_found_under_way_it_goes_no_further(ask, shipment, goods, was: str, becomes: str) -> None:
    reason = ask("dangerous_goods", record=shipment(becomes, **goods), before={"state": was, "attributes": {}})
    assert (reason.verdict, reason.code) == ("hold", "logistics.dangerous_goods_under_way")


@pytest.mark.parametrize(
    ("was", "becomes"), [("in_transit", "in_transit"), ("in_transit", "returned"), ("created", "closed")]
)
def test_what_was_found_can_be_noted_sent_back_or_called_off(ask, shipment, was: str, becomes: str) -> None:
    record = shipment(becomes, goods="dangerous")
    assert ask("dangerous_goods", record=record, before={"state": was, "attributes": {}}) is None


def test_a_licensed_freight_carrier_may_carry_it_and_express_what_is_ordinary(ask, shipment) -> None:
    assert ask("dangerous_goods", record=shipment("created", carriage="road", goods="dangerous")) is None
    assert ask("dangerous_goods", record=shipment("created", goods="ordinary")) is None


PROMISED = {"promised_at": "2026-11-20T04:00:00Z"}


@pytest.mark.parametrize("state", ["created", "accepted", "in_transit", "out_for_delivery", "agent_point"])
def test_a_second_past_its_promise_a_shipment_under_way_is_late(ask, shipment, state: str) -> None:
    assert ask("delay", record=shipment(state, **PROMISED)) is None
    reason = ask("delay", record=shipment(state, promised_at="2026-11-20T03:59:59Z"))
    assert (reason.code, reason.parameters) == ("logistics.late", ("delay_grace_hours",))
    assert "KH1" in reason.text["zh-CN"]


def test_a_tenants_grace_is_given_first(ask, shipment) -> None:
    tightened = {"delay_grace_hours": 2}
    assert ask("delay", record=shipment("in_transit", promised_at="2026-11-20T02:00:00Z"), tightened=tightened) is None
    late = shipment("in_transit", promised_at="2026-11-20T01:59:59Z")
    assert ask("delay", record=late, tightened=tightened) is not None


@pytest.mark.parametrize("state", ["delivered", "returned", "closed"])
def test_what_has_arrived_or_went_back_is_not_late_any_more(ask, shipment, state: str) -> None:
    assert ask("delay", record=shipment(state, promised_at="2026-11-01T00:00:00Z")) is None


def test_without_a_promise_nothing_is_late(ask, shipment) -> None:
    assert ask("delay", record=shipment("in_transit")) is None


def test_each_rule_cites_its_article_and_a_delay_opens_a_case(view) -> None:
    assert "《危险化学品安全管理条例》第六十四条" in view.rules("record_change")["logistics.dangerous_goods"].citation
    assert view.rules("record_change")["logistics.dangerous_goods"].mandatory
    assert view.rules("record_watch")["logistics.delay"].opens == "delay"
