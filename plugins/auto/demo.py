"""Made-up customers of one dealer: three in five drive a car that was bought here, with its odometer, repairs, visits and recall;
the others came for a test drive, and some of them ordered.

A few odometers were turned back and a few cars come back again and again, so that both rules are seen at work. Identification
numbers have valid check digits and a serial number no factory reaches. Everything is drawn from the given generator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from core.plugin import Demo, Wrong, label, standards

YUAN = 100
GRADES = {"h": 0.05, "a": 0.12, "b": 0.24, "c": 0.34, "f": 0.25}
HORIZON_OF = {"h": "week", "a": "month", "b": "month", "c": "quarter", "f": "later", "o": "later"}
MODELS = {
    "星海 A5": ("petrol", 118_800),
    "星海 S7": ("hybrid", 179_800),
    "星海 E6": ("electric", 159_800),
    "星海 E9": ("electric", 269_800),
}
FAULTS = {
    "body": 0.2,
    "other": 0.38,
    "brakes": 0.1,
    "suspension": 0.1,
    "engine": 0.08,
    "battery": 0.08,
    "steering": 0.06,
}
TURNED_BACK, LEMON = 0.012, 0.02
PLACES = ("沪A", "苏E", "浙B")


def customer(random: Random, _index: int) -> dict[str, Any]:
    owner = random.random() < 0.6
    grade = "o" if owner and random.random() < 0.85 else _drawn(random, GRADES)
    return {
        "owner_role": ("fleet" if random.random() < 0.05 else "owner") if owner else "prospect",
        "intent_grade": grade,
        "purchase_horizon": HORIZON_OF[grade],
        "model_of_interest": random.choice(tuple(MODELS)),
        "trade_in": random.random() < 0.3,
        "needs_finance": random.random() < 0.45,
    }


def vehicles(random: Random, index: int, holder: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    if holder["owner_role"] in ("owner", "fleet"):
        return [_vehicle(random, index)]
    return _courtship(random, index, holder)


def _vehicle(random: Random, index: int) -> Mapping[str, Any]:
    model, (energy, price) = random.choice(tuple(MODELS.items()))
    sold = _midnight() - timedelta(days=random.randint(20, 1300))
    km_per_day = random.uniform(12, 70)
    vin, plate = _vin(index), _plate(random, index, electric=energy != "petrol")
    engine = f"KH{index:07}"
    covered = (sold + timedelta(days=random.choice((0, 0, 3, 9)))).date()
    visits = _visits(random, sold, km_per_day)
    services = [each["attributes"]["handed_over_at"].date() for each in visits if _is_service(each)]
    return {
        "type": "vehicle",
        "state": "sold",
        "occurred_at": sold,
        "identifiers": {"vin": vin, "plate": plate, "engine_no": engine},
        "attributes": {
            "vin": vin,
            "plate": plate,
            "engine_no": engine,
            "model": model,
            "energy": energy,
            "price": price * YUAN,
            "invoice_date": sold.date(),
            "delivered_at": covered,
            "covered_from": covered,
            "use_factor": Decimal("0.5"),
            **({"last_service_on": max(services)} if services else {}),
        },
        "readings": {"odometer": _series(random, sold, km_per_day)},
        "children": [
            *_repairs(random, sold, km_per_day),
            *visits,
            *_recall(random, model),
        ],
    }


def _series(random: Random, sold: datetime, km_per_day: float) -> list[tuple[datetime, int]]:
    """A reading at each service; now and then one is lower than it was."""
    found = []
    at = sold
    while at < _midnight():
        found.append((at, round((at - sold).days * km_per_day) + 12))
        at += timedelta(days=random.randint(120, 220))
    if len(found) > 2 and random.random() < TURNED_BACK * 2:
        read_at, value = found[-1]
        found[-1] = (read_at, value // 2)
    return found


def _repairs(random: Random, sold: datetime, km_per_day: float) -> list[dict[str, Any]]:
    lemon = random.random() < LEMON
    count = 4 if lemon else random.choice((0, 0, 1, 1, 2))
    category = _drawn(random, FAULTS)
    made: list[dict[str, Any]] = []
    for number in range(count):
        span = max(1, min((_midnight() - sold).days - 8, 600))
        opened = sold + timedelta(days=span * (number + 1) // (count + 1), hours=9)
        hours = random.randint(60, 180) if lemon else random.randint(3, 70)
        if opened + timedelta(hours=hours) > _midnight():
            continue
        made.append(_repair(random, opened, hours, category if lemon else _drawn(random, FAULTS), lemon, number))
        made[-1]["attributes"]["odometer"] = round((opened - sold).days * km_per_day) + 12
    return made


def _repair(random: Random, opened: datetime, hours: int, category: str, lemon: bool, number: int) -> dict[str, Any]:
    return {
        "type": "repair",
        "state": "closed",
        "occurred_at": opened,
        "attributes": {
            "fault_category": category,
            "problem_key": f"{category}-1" if lemon else f"{category}-{number + 1}",
            "severity": "safety" if random.random() < 0.02 else "ordinary",
            "quality_problem": lemon or random.random() < 0.8,
            "opened_at": opened,
            "closed_at": opened + timedelta(hours=hours),
            "resolved": not lemon and random.random() < 0.93,
        },
    }


def _visits(random: Random, sold: datetime, km_per_day: float) -> list[dict[str, Any]]:
    """The first service after half a year, then one a year; the last may still be booked."""
    made = []
    for number in range(1 + (_midnight() - sold).days // 365):
        at = sold + timedelta(days=180 + 365 * number + random.randint(-25, 25), hours=random.randint(8, 16))
        if at > _midnight() + timedelta(days=14) or random.random() < 0.2:
            continue
        done = at < _midnight()
        visit: dict[str, Any] = {
            "purpose": "first_service"
            if number == 0
            else random.choice(("maintenance", "maintenance", "repair", "bodywork")),
            "dealer_code": "D01",
        }
        if done:
            visit |= {
                "odometer": max(0, round((at - sold).days * km_per_day)),
                "handed_over_at": at + timedelta(hours=random.randint(1, 6)),
                "quality_checked": True,
                "satisfied": random.random() < 0.9,
            }
        made.append(
            {
                "type": "service_visit",
                "state": "handed_over" if done else "booked",
                "occurred_at": at,
                "amount_minor": random.randint(3, 40) * 50 * YUAN if done else None,
                "attributes": visit,
            }
        )
    return made


def _is_service(visit: Mapping[str, Any]) -> bool:
    return visit["state"] == "handed_over" and visit["attributes"]["purpose"] in ("first_service", "maintenance")


def _recall(random: Random, model: str) -> list[dict[str, Any]]:
    """One model has a campaign; two in three of its owners have been."""
    if model != "星海 E6":
        return []
    state = random.choices(("remedied", "booked", "notified", "affected", "unreachable"), (66, 8, 14, 7, 5))[0]
    announced = _midnight() - timedelta(days=120)
    values: dict[str, Any] = {
        "campaign_no": f"S{announced.year}M0012",
        "component": "动力电池管理系统",
        "consequence": "极端情况下可能失去动力，存在安全隐患。",
        "remedy": "repair",
        "announced_on": announced.date(),
    }
    if state != "affected":
        values["notified_on"] = (announced + timedelta(days=random.randint(3, 30))).date()
    if state == "remedied":
        values["remedied_on"] = (announced + timedelta(days=random.randint(31, 118))).date()
    return [{"type": "recall", "state": state, "occurred_at": announced, "attributes": values}]


def _courtship(random: Random, index: int, holder: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A test drive of the model that is wanted, and an order of it."""
    model, at = holder["model_of_interest"], _midnight() - timedelta(days=random.randint(2, 360), hours=9)
    made: list[Mapping[str, Any]] = []
    if random.random() < 0.55:
        driven = random.random() < 0.85
        checks = {
            "licence_checked": driven,
            "agreement_signed": driven,
            "licence_until": (_midnight() + timedelta(days=900)).date(),
        }
        made.append(
            {
                "type": "test_drive",
                "state": "driven" if driven else "missed",
                "occurred_at": at,
                "attributes": {"model": model, **checks},
            }
        )
    if holder["intent_grade"] in ("h", "o") or random.random() < 0.12:
        made.append(_order(random, index, model, at + timedelta(days=random.randint(1, 20))))
    return made


def _order(random: Random, index: int, model: str, at: datetime) -> Mapping[str, Any]:
    price = MODELS[model][1] * YUAN
    contract = f"XH{at.year}{index:05}"
    delivered = at + timedelta(days=random.randint(5, 45))
    done = delivered < _midnight()
    values: dict[str, Any] = {
        "model": model,
        "contract_no": contract,
        "list_price": price,
        "net_price": price * random.randint(94, 100) // 100,
        "deposit": 5_000 * YUAN,
        "finance": random.choice(("cash", "loan", "loan", "lease")),
        "trade_in": random.random() < 0.3,
        "promised_on": (at + timedelta(days=30)).date(),
    }
    if done:
        values |= dict.fromkeys(("inspected", "checked_together", "papers_handed_over", "terms_told"), True)
        values["delivered_on"] = delivered.date()
    return {
        "type": "order",
        "state": "delivered" if done else "placed",
        "occurred_at": at,
        "identifiers": {"contract_no": contract},
        "attributes": values,
    }


def _vin(index: int) -> str:
    """A Chinese maker's number with its check digit."""
    numbers = (f"LKHAA1E1{check}RA9{index:05}" for check in "0123456789X")
    return next(number for number in numbers if _is_vin(number))


def _is_vin(number: str) -> bool:
    try:
        standards.vin(number)
    except Wrong:
        return False
    return True


def _plate(random: Random, index: int, *, electric: bool) -> str:
    """No number comes twice: it ends with the customer's place in the list."""
    place = random.choice(PLACES)
    return f"{place}D{index:05}" if electric else f"{place}{index:05}"


def _drawn(random: Random, shares: Mapping[str, float]) -> str:
    return random.choices(tuple(shares), weights=tuple(shares.values()))[0]


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


DEMO = Demo(
    tenant=label("星海汽车（演示）", "Xinghai Motors (demo)"),
    slug="xinghai-motors",
    customer=customer,
    records=vehicles,
    customers=400,
)
