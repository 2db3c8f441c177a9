"""Made-up shippers and shipments of one carrier: one delivery in nine comes late, as in USAID's public record of 10,324.

Late ones are late by days, most of the rest come a few hours early. Some shipments belong to no customer. Everything is drawn
from the given generator; times are counted back from midnight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from core.plugin import Demo, label

YUAN = 100
LATE = {"express": 0.096, "air": 0.115, "road": 0.161, "sea": 0.175}
CARRIAGE = {"express": 0.86, "road": 0.09, "air": 0.04, "sea": 0.01}
DAYS = {"same_day": 1, "next_day": 1, "standard": 3, "economy": 6}
LEVELS = {"same_day": 0.08, "next_day": 0.34, "standard": 0.43, "economy": 0.15}
GOODS = {"ordinary": 0.93, "letter": 0.05, "restricted": 0.02}
SETTLEMENTS = {"prepaid": 0.58, "monthly": 0.31, "collect": 0.09, "third_party": 0.02}
UNHELD = 80


def customer(random: Random, index: int) -> dict[str, Any]:
    mode = _drawn(random, SETTLEMENTS)
    values: dict[str, Any] = {"settlement_mode": mode, "tier": "occasional", "real_name_verified_on": _days_ago(random)}
    if mode == "monthly":
        values["tier"] = "key" if random.random() < 0.2 else "regular"
        values["credit_limit"] = random.randint(1, 40) * 5_000 * YUAN
        values["credit_days"] = random.choice((15, 30, 45, 60))
        if random.random() < 0.85:
            values["safety_agreement_no"] = f"AQ{_midnight().year}-{index:05}"
            values["safety_agreement_until"] = (_midnight() + timedelta(days=random.randint(-20, 360))).date()
    return values


def shipments(random: Random, index: int, shipper: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """An account sends often, a passer-by once or twice. No number comes twice."""
    count = random.randint(3, 6) if shipper["settlement_mode"] == "monthly" else random.randint(1, 2)
    return [_shipment(random, f"KH{index:06}{each:03}") for each in range(count)]


def stock(random: Random) -> Sequence[Mapping[str, Any]]:
    """Consignments that came without a customer of ours."""
    return [_shipment(random, f"KX{each:09}") for each in range(UNHELD)]


def _shipment(random: Random, waybill: str) -> Mapping[str, Any]:
    carriage, level = _drawn(random, CARRIAGE), _drawn(random, LEVELS)
    picked_up = _midnight() - timedelta(days=random.expovariate(1 / 25), hours=random.uniform(6, 15))
    promised = picked_up + timedelta(days=DAYS[level] * (4 if carriage == "sea" else 1))
    late = random.random() < LATE[carriage]
    arrives = promised + (
        timedelta(days=random.expovariate(1 / 2.5)) if late else -timedelta(hours=random.uniform(1, 14))
    )
    weight = Decimal(random.randint(2, 2400)) / 100
    values: dict[str, Any] = {
        "waybill": waybill,
        "carriage": carriage,
        "service_level": level,
        "goods": _drawn(random, GOODS),
        "picked_up_at": picked_up,
        "promised_at": promised,
        "pieces": random.choice((1, 1, 1, 2, 5)),
        "actual_weight": weight,
        "chargeable_weight": max(weight, Decimal(random.randint(5, 2600)) / 100),
        "declared_value": random.randint(1, 60) * 50 * YUAN,
        "insured": random.random() < 0.2,
        "inspected": True,
        "sender_verified": True,
        "zone": random.choices(("local", "intercity", "remote"), (30, 65, 5))[0],
        "carrier": "own",
    }
    if random.random() < 0.12:
        values["cod_amount"] = random.randint(2, 40) * 25 * YUAN
    if arrives < _midnight():
        values |= _delivered(random, values, arrives)
        state = "closed" if random.random() < 0.3 else "delivered"
        values |= {"delivered_at": arrives, "on_time": not late}
    else:
        state = random.choice(("accepted", "in_transit", "in_transit", "out_for_delivery"))
    price = int(800 + values["chargeable_weight"] * 250)
    return {
        "type": "shipment",
        "state": state,
        "occurred_at": picked_up,
        "amount_minor": price * (1 if carriage == "express" else 4),
        "identifiers": {"waybill": waybill},
        "attributes": values,
        "children": _claims(random, values) if state == "closed" else [],
    }


def _delivered(random: Random, values: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """How it came: mostly at the first attempt, whole and with a proof."""
    cash = values.get("cod_amount")
    known: dict[str, Any] = {
        "attempts": random.choices((1, 2, 3), (88, 10, 2))[0],
        "complete": random.random() < 0.996,
        "damaged": random.random() < 0.006,
        "proof": f"POD{values['waybill'][2:]}",
    }
    return known | ({"cod_collected": cash, "cod_remitted_on": (at + timedelta(days=2)).date()} if cash else {})


def _claims(random: Random, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For what came damaged or short, and now and then for a delay; most are paid within two weeks."""
    if not values["damaged"] and values["complete"] and random.random() > 0.01:
        return []
    reason = "damage" if values["damaged"] else "shortage" if not values["complete"] else "delay"
    claimed, opened = values["declared_value"], values["delivered_at"] + timedelta(days=1)
    paid = random.random() < 0.85
    held: dict[str, Any] = {"reason": reason, "claimed": claimed, "opened_on": opened.date()}
    if paid:
        held |= {
            "paid": claimed * random.randint(30, 100) // 100,
            "paid_on": (opened + timedelta(days=random.randint(2, 13))).date(),
        }
    return [{"type": "claim", "state": "paid" if paid else "opened", "occurred_at": opened, "attributes": held}]


def _drawn(random: Random, shares: Mapping[str, float]) -> str:
    return random.choices(tuple(shares), weights=tuple(shares.values()))[0]


def _days_ago(random: Random) -> Any:
    return (_midnight() - timedelta(days=random.randint(1, 700))).date()


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


DEMO = Demo(
    tenant=label("速达物流（演示）", "Suda Logistics (demo)"),
    slug="suda-logistics",
    customer=customer,
    records=shipments,
    stock=stock,
    customers=400,
)
