"""Each KPI with rows that count and one that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.measuring import measure


def member(**more):
    return {f"retail.{key}": value for key, value in more.items()}


def order(state: str, **more):
    core = {key: more.pop(key) for key in ("amount_minor", "currency") if key in more}
    return {"state": state, **core, **member(**more)}


def case(workflow: str, state: str, clock: str = "", told: str = "met", **more):
    return {
        "workflow": f"retail.{workflow}",
        "state": state,
        **({f"clock.{clock}": told} if clock else {}),
        **member(**more),
    }


TOLD = ("met", "breached", "running")


@pytest.mark.parametrize(
    ("key", "rows", "expected"),
    [
        ("active_members", [member(tier="gold", stage="active"), member(tier="gold", stage="new"),
                            member(tier="gold", stage="lapsed"), member(stage="active"), member(tier="gold")], (2, 3)),
        ("repeat_share", [member(rfm="535"), member(rfm="525"), member()], (1, 2)),
        ("basket", [order("received", amount_minor=500, currency="CNY"), order("paid", amount_minor=700, currency="CNY"),
                    order("paid", amount_minor=9, currency="USD"), order("cancelled", amount_minor=1, currency="CNY")],
         (1_200, 2)),
        ("distance_share", [order("paid", channel="online"), order("paid", channel="store"), order("paid"),
                            order("cancelled", channel="tv")], (1, 2)),
        ("cancellation_rate", [order("cancelled"), order("paid"), order("received")], (1, 3)),
        ("return_rate", [order("returned"), order("exchanged"), order("received"), order("paid")], (2, 3)),
        ("refund_in_time", [case("returns", "inspected", "refund", each) for each in TOLD], (1, 2)),
        ("defective_share", [case("returns", "refunded", return_reason="defective"),
                             case("returns", "exchanged", return_reason="other"), case("returns", "closed"),
                             case("returns", "rma", return_reason="defective")], (1, 2)),
        ("complaints_answered_in_time", [case("complaint", "answered", "answer", each) for each in TOLD], (1, 2)),
        ("complaints_settled_without_authority", [case("complaint", "closed"), case("complaint", "agreed"),
                                                  case("complaint", "mediation")], (1, 2)),
        ("redemption_rate", [case("points", "redeemed"), case("points", "settled"), case("points", "released"),
                             case("points", "reserved")], (2, 3)),
        ("points_held", [order("active", points=300), order("active", points=100), order("closed", points=9),
                         order("active")], (400, 2)),
        ("card_refunds_in_time", [case("prepaid", "refunded", "refund", each) for each in TOLD], (1, 2)),
    ],
)  # fmt: skip
def test_a_kpi_counts_what_it_says(view, key: str, rows: list, expected: tuple[int, int]) -> None:
    assert measure(view, f"retail.{key}", *rows) == expected


def test_every_kpi_has_its_example(view) -> None:
    (mark,) = test_a_kpi_counts_what_it_says.pytestmark
    assert {f"retail.{key}" for key, *_ in mark.args[1]} == set(view.kpis)


def test_every_rule_is_asked_by_name_in_a_test(view) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [key for key in view.rules() if f'"{key}"' not in text] == []
