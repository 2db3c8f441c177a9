"""Made-up members of a chain of shops: many who buy seldom, a few who buy often, about one order in twelve returned.

Everything is drawn from the given generator, so a seed gives the same members for a month (days are counted from the
first of this month).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from stdnum import ean, luhn

from core.plugin import Demo, label
from plugins.retail.points.seeding import fill

TIERS = {"standard": 0.58, "silver": 0.26, "gold": 0.13, "black": 0.03}
SPENT = {"standard": (0, 3_000), "silver": (2_000, 9_000), "gold": (8_000, 30_000), "black": (25_000, 120_000)}
"""Yuan in twelve months."""
STAGES = {"new": (3, 40), "active": (3, 80), "dormant": (120, 300), "lapsed": (366, 700)}
"""Days since the last purchase."""
SHARES = {"new": 0.12, "active": 0.52, "dormant": 0.24, "lapsed": 0.12}
CHANNELS = {"store": 0.52, "online": 0.42, "phone": 0.03, "tv": 0.02, "post": 0.01}
RETURNED, EXCHANGED, CANCELLED = 0.08, 0.02, 0.03
BUYS_CARDS, RETURNS_OFTEN = 0.08, 0.02
FACES = {"named": (500, 1000, 2000, 5000), "unnamed": (100, 200, 500, 1000)}
COMPANY = "69012345"
STORES = tuple(body + str(ean.calc_check_digit(body)) for body in (f"{COMPANY}{number:04d}" for number in range(1, 13)))
YUAN = 100


def customer(random: Random, _index: int) -> dict[str, Any]:
    tier, stage = _drawn(random, TIERS), _drawn(random, SHARES)
    ago = random.randint(*STAGES[stage])
    spent = random.randint(*SPENT[tier]) * YUAN if ago <= 365 else 0
    return {
        "tier": tier,
        "joined_on": _this_month() - timedelta(days=random.randint(5, 60) if stage == "new" else ago + 400),
        "stage": stage,
        "home_store": random.choice(STORES),
        "rfm": _cell(random, ago=ago, spent=spent),
        "last_bought_on": _this_month() - timedelta(days=min(ago, 60) if stage == "new" else ago),
        "spent_12m": spent,
    }


def records(random: Random, index: int, member: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """A membership with the prepaid cards bought with it, and the orders of the last twelve months."""
    membership = _membership(random, index, member)
    return [{**membership, "children": [*membership["children"], *_orders(random, index, member)]}]


def _membership(random: Random, index: int, member: Mapping[str, Any]) -> dict[str, Any]:
    body = f"{COMPANY}{index:09d}"
    card = body + str(ean.calc_check_digit(body))
    return {
        "type": "membership",
        "state": "active" if random.random() < 0.98 else "lost",
        "occurred_at": _noon(member["joined_on"]),
        "identifiers": {"card_no": card},
        "attributes": {"card_no": card, "tier": member["tier"], "review_on": _this_month() + timedelta(days=92)},
        "children": [_prepaid(random, index, member)] if random.random() < BUYS_CARDS else [],
    }


def _prepaid(random: Random, index: int, member: Mapping[str, Any]) -> dict[str, Any]:
    kind = random.choice(tuple(FACES))
    face = random.choice(FACES[kind])
    body = f"8899{index:011d}"
    number = body + str(luhn.calc_check_digit(body))
    return {
        "type": "prepaid_card",
        "state": "active",
        "occurred_at": _noon(member["last_bought_on"]),
        "amount_minor": round(face * random.random()) * YUAN,
        "identifiers": {"card_no": number},
        "attributes": {
            "card_no": number,
            "kind": kind,
            "purchase_no": f"P{index:06d}",
            "purchase_total": face * YUAN,
        },
    }


def _orders(random: Random, index: int, member: Mapping[str, Any]) -> list[dict[str, Any]]:
    """As many as the spending pays for; nothing where nothing was spent."""
    if not member["spent_12m"]:
        return []
    count = min(9, 1 + member["spent_12m"] // (random.randint(400, 1500) * YUAN))
    returned = 0.7 if random.random() < RETURNS_OFTEN else RETURNED
    span = 60 if member["stage"] == "new" else 365
    days = sorted(random.randint(0, span) for _ in range(count - 1))
    bought = [member["last_bought_on"], *(member["last_bought_on"] - timedelta(days=day) for day in days)]
    amount = member["spent_12m"] // count
    return [
        _order(random, f"O{index:05d}{number:02d}", day, round(amount * random.uniform(0.5, 1.5)), returned)
        for number, day in enumerate(bought)
    ]


def _order(random: Random, name: str, day: date, amount: int, returned: float) -> dict[str, Any]:
    channel, chance = _drawn(random, CHANNELS), random.random()
    ends = {"returned": returned, "exchanged": EXCHANGED, "cancelled": CANCELLED}
    state, passed = "received", 0.0
    for end, share in ends.items():
        if passed <= chance < passed + share:
            state = end
        passed += share
    attributes: dict[str, Any] = {"order_no": name, "channel": channel, "items": random.randint(1, 6)}
    if channel == "store":
        attributes["store"] = random.choice(STORES)
    if state != "cancelled":
        attributes["received_on"] = day + timedelta(days=0 if channel == "store" else random.randint(1, 4))
    return {
        "type": "order",
        "state": state,
        "occurred_at": _noon(day),
        "amount_minor": amount,
        "identifiers": {"order_no": name},
        "attributes": attributes,
    }


def _cell(random: Random, *, ago: int, spent: int) -> str:
    recent = 5 - min(4, ago // 75)
    much = 1 + sum(spent > limit * YUAN for limit in (500, 2_000, 6_000, 20_000))
    often = max(1, min(5, much + random.choice((-1, 0, 0, 1))))
    return f"{recent}{often}{much}"


def _drawn(random: Random, shares: Mapping[str, float]) -> str:
    return random.choices(tuple(shares), weights=tuple(shares.values()))[0]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


def _this_month() -> date:
    return datetime.now(UTC).date().replace(day=1)


DEMO = Demo(
    tenant=label("乐汇零售（演示）", "Lehui Retail (demo)"),
    slug="lehui-retail",
    customer=customer,
    records=records,
    customers=400,
    books=fill,
)
