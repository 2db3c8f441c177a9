"""Made-up buyers of one developer, and what it sells: two projects with six buildings and 300 units.

The first project is nearly sold, the second has just opened; the units that come last are free, so that sales can begin.
Prices rise with the floor. Everything is drawn from the given generator; days are counted from the first of this month.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from core.plugin import Demo, label

YUAN = 100
GRADES = {"a": 0.08, "b": 0.22, "c": 0.40, "d": 0.30}
PURPOSES = {"own_home": 0.48, "upgrade": 0.33, "school": 0.12, "investment": 0.07}
SOURCES = {"walk_in": 0.38, "broker": 0.30, "referral": 0.14, "own_channel": 0.10, "online": 0.08}
QUALIFIED = {"qualified": 0.82, "pending": 0.10, "restricted": 0.05, "expired": 0.03}
LOANS = {"commercial": 0.46, "combined": 0.30, "provident": 0.14, "none": 0.10}
WANTED = {"two": 0.22, "three": 0.53, "four": 0.22, "one": 0.03}

PROJECTS = ("云栖雅苑", "江畔新城")
STATES: Sequence[Mapping[str, float]] = (
    {"delivered": 0.90, "filed": 0.10},
    {"filed": 0.80, "signed": 0.12, "available": 0.08},
    {"filed": 0.55, "signed": 0.20, "reserved": 0.05, "available": 0.20},
    {"signed": 0.25, "reserved": 0.08, "available": 0.42, "unreleased": 0.24, "seized": 0.01},
    {"available": 1.0},
    {"available": 1.0},
)
"""Of the units of each building, in order: the last two are wholly free."""

FLOORS, PER_FLOOR = 25, 2
AREA = {"two": (78, 89), "three": (95, 125), "four": (128, 168)}


def customer(random: Random, _index: int) -> dict[str, Any]:
    loan = _drawn(random, LOANS)
    return {
        "purpose": _drawn(random, PURPOSES),
        "budget": random.randint(120, 900) * 10_000 * YUAN,
        "wanted_layout": _drawn(random, WANTED),
        "intent_grade": _drawn(random, GRADES),
        "source": _drawn(random, SOURCES),
        "visit_count": min(9, int(random.expovariate(0.7))),
        "qualification": _drawn(random, QUALIFIED),
        "first_home": random.random() < 0.62,
        "loan": loan,
    }


def stock(random: Random) -> Sequence[Mapping[str, Any]]:
    """Two projects of three buildings each; every building has 50 units."""
    return [_project(random, number, name) for number, name in enumerate(PROJECTS)]


def _project(random: Random, number: int, name: str) -> Mapping[str, Any]:
    today = _this_month()
    buildings = range(3 * number, 3 * number + 3)
    return {
        "type": "project",
        "state": "on_sale",
        "attributes": {
            "project_name": name,
            "sale_basis": "presale",
            "presale_permit_no": f"演示房预字（{today.year - 1}）第 {101 + number} 号",
            "permit_valid_from": today - timedelta(days=600 - 120 * number),
            "permit_valid_until": today + timedelta(days=365),
            "delivery_due": today + timedelta(days=180 + 300 * number),
        },
        "children": [_building(random, each, name) for each in buildings],
    }


def _building(random: Random, index: int, project: str) -> Mapping[str, Any]:
    units = [_unit(random, index, floor, room) for floor in range(1, FLOORS + 1) for room in range(1, PER_FLOOR + 1)]
    return {
        "type": "building",
        "state": "completed" if index == 0 else "topped_out" if index < 3 else "building",
        "attributes": {"building_name": f"{project} {index % 3 + 1} 号楼", "floors": FLOORS},
        "children": units,
    }


def _unit(random: Random, index: int, floor: int, room: int) -> Mapping[str, Any]:
    layout = random.choice(("two", "three", "three", "four"))
    low, high = AREA[layout]
    gfa = Decimal(random.randint(low * 100, high * 100)) / 100
    price = round(float(gfa) * (21_000 + 5_000 * (index // 3) + 120 * floor)) * YUAN
    code = f"3101{index + 1:04}{floor:03}{room:02}"
    return {
        "type": "unit",
        "state": _drawn(random, STATES[index]),
        "identifiers": {"house_code": code},
        "attributes": {
            "unit_name": f"{PROJECTS[index // 3]} {index % 3 + 1}-1-{floor}{room:02}",
            "house_code": code,
            "floor": floor,
            "layout": layout,
            "gfa": gfa,
            "inner_area": (gfa * Decimal("0.80")).quantize(Decimal("0.01")),
            "fitting": "fitted" if index >= 3 else "shell",
            "list_price": price,
        },
    }


def _drawn(random: Random, shares: Mapping[str, float]) -> str:
    return random.choices(tuple(shares), weights=tuple(shares.values()))[0]


def _this_month() -> date:
    return datetime.now(UTC).date().replace(day=1)


DEMO = Demo(
    tenant=label("江南置业（演示）", "Jiangnan Homes (demo)"),
    slug="jiangnan-homes",
    customer=customer,
    stock=stock,
    customers=400,
)
