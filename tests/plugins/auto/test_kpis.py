"""Each KPI with a row that counts and one that does not."""

from __future__ import annotations

import pytest

from tests.plugins.measuring import measure


def lead(**more):
    return {"workflow": "auto.lead", "state": "contacted", **{f"auto.{key}": value for key, value in more.items()}}


def record(state: str, **more):
    return {"state": state, **{f"auto.{key}": value for key, value in more.items()}}


def claim(state: str, reply: str = "met"):
    return {"workflow": "auto.sanbao", "state": state, "clock.reply": reply}


DAY = {"auto.opened_at": "2026-03-02T01:00:00Z"}


@pytest.mark.parametrize(
    ("key", "rows", "expected"),
    [
        ("first_response_in_time",
         [{**lead(), "clock.first_response": each} for each in ("met", "breached", "running")], (1, 2)),
        ("lead_to_visit", [lead(visited=True), lead()], (1, 2)),
        ("visit_to_drive", [lead(visited=True, test_driven=True), lead(visited=True), lead()], (1, 2)),
        ("drive_to_order", [lead(visited=True, test_driven=True, ordered=True), lead(visited=True, test_driven=True)], (1, 2)),
        ("close_rate", [lead(ordered=True), {**lead(), "state": "lost"}, lead()], (1, 2)),
        ("net_price", [record("delivered", net_price=11_000_000), record("delivered", net_price=13_000_000),
                       record("placed", net_price=1)], (24_000_000, 2)),
        ("trade_in_rate", [record("delivered", trade_in=True), record("delivered", trade_in=False), record("placed")], (1, 2)),
        ("fixed_first_time", [record("closed", resolved=True), record("closed", resolved=False), record("closed")], (1, 2)),
        ("serviced_share", [record("sold", last_service_on="2026-05-02"), record("sold"), record("stock")], (1, 2)),
        ("service_satisfaction", [record("handed_over", satisfied=True), record("handed_over", satisfied=False),
                                  record("handed_over")], (1, 2)),
        ("visit_value", [{"state": "handed_over", "amount_minor": 80_000, "currency": "CNY"},
                         {"state": "handed_over", "amount_minor": 900, "currency": "EUR"},
                         {"state": "working", "amount_minor": 5, "currency": "CNY"}], (80_000, 1)),
        ("repair_time", [{**record("closed", closed_at="2026-03-02T09:00:00Z"), **DAY}, {**record("open"), **DAY}],
         (8 * 3600, 1)),
        ("claims_agreed", [claim("agreed"), claim("rejected"), claim("noticed")], (1, 2)),
        ("claims_replied_in_time", [claim("replied"), claim("received", "breached"), claim("received", "running")], (1, 2)),
        ("recall_completion", [record("remedied"), record("unreachable"), record("scrapped")], (1, 2)),
    ],
)  # fmt: skip
def test_a_kpi_counts_what_it_says(view, key: str, rows: list, expected: tuple[int, int]) -> None:
    assert measure(view, f"auto.{key}", *rows) == expected


def test_every_kpi_has_its_example(view) -> None:
    (mark,) = test_a_kpi_counts_what_it_says.pytestmark
    assert {f"auto.{key}" for key, *_ in mark.args[1]} == set(view.kpis)
