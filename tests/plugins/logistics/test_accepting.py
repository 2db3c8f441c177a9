"""What a shipment waits for, what is watched on its way, and what is asked of claims."""

from __future__ import annotations

import pytest

PERSON = {"kind": "person", "state": "active", "country": "CN", "grade": None, "time_zone": "Asia/Shanghai"}
COMPANY = {**PERSON, "kind": "organisation"}
CREATED = {"state": "created", "attributes": {}}


@pytest.fixture
def accept(ask):
    """What a rule says when a shipment is accepted from a sender with these attributes."""

    def asked(rule: str, held: dict, sender: dict | None = None, who: dict | None = PERSON, amount: int | None = None):
        record = {**ask.record("shipment", state="accepted", **held), "amount_minor": amount}
        sender = {"logistics": sender or {}}
        return ask(rule, record=record, before=CREATED, customer=who, attributes=sender)

    return asked


def test_nothing_is_accepted_uninspected(ask, accept) -> None:
    assert accept("inspection", {}).verdict == "deny"
    assert accept("inspection", {"inspected": True}) is None
    assert ask("inspection", record=ask.record("shipment", state="created")) is None


@pytest.mark.parametrize(
    ("held", "sender", "who", "refused"),
    [
        ({}, {}, PERSON, True),
        ({}, {}, None, True),
        ({"goods": "letter"}, {}, PERSON, False),
        ({"sender_verified": True}, {}, PERSON, False),
        ({}, {"real_name_verified_on": "2026-01-02"}, PERSON, False),
        ({}, {"safety_agreement_no": "AQ1", "safety_agreement_until": "2026-11-20"}, PERSON, False),
        ({}, {"safety_agreement_no": "AQ1", "safety_agreement_until": "2026-11-19"}, PERSON, True),
        ({}, {}, COMPANY, False),
    ],
)
def test_a_person_who_sends_anything_but_letters_is_identified(accept, held, sender, who, refused: bool) -> None:
    reason = accept("real_name", held, sender, who)
    assert (reason is not None and reason.verdict == "deny") is refused


@pytest.mark.parametrize(
    ("held", "sender", "waits"),
    [({}, {"screening": "hit"}, True), ({"consignee_screening": "hit"}, {}, True),
     ({"consignee_screening": "cleared"}, {"screening": "clear"}, False)],
)  # fmt: skip
def test_a_possible_match_with_a_list_waits_until_it_is_ruled_out(accept, held, sender, waits: bool) -> None:
    reason = accept("restricted_party", held, sender)
    assert (reason is not None and reason.verdict == "hold") is waits


MONTHLY = {"settlement_mode": "monthly", "credit_limit": 1_000_000, "receivable": 900_000, "overdue_days": 7}


@pytest.mark.parametrize(
    ("more", "amount", "code"),
    [({}, 100_000, None), ({}, 100_001, "over_credit"), ({"overdue_days": 8}, 0, "overdue"), ({"settlement_mode": "prepaid"}, 999_999, None)],  # noqa: E501 - one case a line
)  # fmt: skip
def test_a_monthly_account_stays_within_its_limit_and_pays_its_debts(
    accept, more, amount: int, code: str | None
) -> None:
    reason = accept("credit", {}, {**MONTHLY, **more}, amount=amount)
    assert (reason and reason.code) == (code and f"logistics.{code}")


def test_a_pick_up_point_needs_the_consignees_consent(ask) -> None:
    out = {"state": "out_for_delivery", "attributes": {}}
    assert ask("agent_point", record=ask.record("shipment", state="agent_point"), before=out).verdict == "deny"
    agreed = ask.record("shipment", state="agent_point", agent_consent=True)
    assert ask("agent_point", record=agreed, before=out) is None


@pytest.mark.parametrize(
    ("carrier", "number", "right"),
    [("ups", "1Z5R89390357567127", True), ("ups", "1Z5R89390357567128", False), ("post", "RB123456785GB", True),
     ("sf", "SF1234567890123", True), ("sf", "1234567890123", False), ("own", "anything", True)],
)  # fmt: skip
def test_a_carriers_number_is_one_of_that_carrier(ask, carrier: str, number: str, right: bool) -> None:
    record = ask.record("shipment", state="created", carrier=carrier, tracking_no=number)
    assert (ask("tracking", record=record) is None) is right


@pytest.mark.parametrize(
    ("held", "state", "code"),
    [
        ({"stale_at": "2026-11-20T04:00:00Z"}, "in_transit", "stale"),
        ({"stale_at": "2026-11-20T04:00:01Z"}, "in_transit", None),
        ({"stale_at": "2026-11-10T04:00:00Z", "lost_at": "2026-11-20T04:00:00Z"}, "in_transit", "lost"),
        ({"stale_at": "2026-11-10T04:00:00Z"}, "delivered", None),
    ],
)
def test_a_shipment_that_nobody_scans_is_found_and_in_the_end_counts_as_lost(ask, held, state, code) -> None:
    reason = ask("stale", record=ask.record("shipment", state=state, **held))
    assert (reason and reason.code) == (code and f"logistics.{code}")


@pytest.mark.parametrize(
    ("held", "code"),
    [
        ({"delivered_at": "2026-11-16T02:00:00Z"}, "cod_late"),
        ({"delivered_at": "2026-11-17T02:00:00Z"}, None),
        ({"delivered_at": "2026-11-16T02:00:00Z", "cod_remitted_on": "2026-11-18"}, None),
        ({"delivered_at": "2026-11-19T02:00:00Z", "cod_collected": 9_900}, "cod_amount"),
    ],
)
def test_cash_on_delivery_is_passed_on_in_time_and_in_full(ask, held, code) -> None:
    reason = ask("cod", record=ask.record("shipment", state="delivered", cod_amount=10_000, **held))
    assert (reason and reason.code) == (code and f"logistics.{code}")


@pytest.mark.parametrize(
    ("claims", "shipments", "code"),
    [(0, 1000, None), (4, 1000, None), (20, 1000, "claim_rate"), (2, 20, "claim_repeated"), (1, 20, None), (0, 0, None)],
)  # fmt: skip
def test_a_shipper_that_claims_too_often_is_looked_at(view, claims: int, shipments: int, code: str | None) -> None:
    rule = view.rules()["logistics.claim_rate"]
    numbers = {"claim_rate_percent": "0.5", "claim_rate_shipments": 100, "claim_repeats": 3}
    reason = rule.decide({"step": None, "counts": {"claims_90d": claims, "shipments_90d": shipments}}, numbers)
    assert (reason and reason.code) == (code and f"logistics.{code}")


@pytest.mark.parametrize(
    ("claim", "finding", "offer", "low"),
    [
        ({"market_value": 50_000}, "carrier", 49_999, True),
        ({"market_value": 50_000}, "carrier", 50_000, False),
        ({"market_value": 50_000}, "force_majeure", 0, False),
        ({"market_value": 50_000, "agreed_limit": 3_000}, "carrier", 3_000, False),
        ({"market_value": 50_000, "insured_value": 80_000, "loss_share": "25"}, "carrier", 19_999, True),
        ({}, "carrier", 1, False),
    ],
)
def test_no_offer_is_below_what_contract_or_law_gives(ask, claim, finding: str, offer: int, low: bool) -> None:
    case = ask.case("offered", state="liability", finding=finding, offer=offer)
    reason = ask("offer", record=ask.record("claim", **claim), case=case, step="offer")
    assert (reason is not None) is low
