"""Each KPI with a row that counts and one that does not."""

from __future__ import annotations

import pytest

from tests.plugins.measuring import measure


def row(state: str, **more):
    return {"state": state, **{f"logistics.{key}": value for key, value in more.items()}}


def complaint(state: str, **more):
    return {**row(state, **more), "workflow": "logistics.complaint"}


def delay(tell: str):
    return {**row("told"), "workflow": "logistics.delay", "clock.tell": tell}


def freight(state: str, amount: int, currency: str = "CNY"):
    return {**row(state), "amount_minor": amount, "currency": currency}


PERFECT = {"on_time": True, "complete": True, "damaged": False, "proof": "P1"}


@pytest.mark.parametrize(
    ("key", "rows", "expected"),
    [
        ("on_time_rate", [row("delivered", on_time=True), row("delivered", on_time=False), row("created")], (1, 2)),
        ("lateness", [row("delivered", on_time=False, promised_at="2026-03-02T04:00:00Z", delivered_at="2026-03-03T16:00:00Z"),
                      row("delivered", on_time=True)], (129_600, 1)),
        ("first_attempt", [row("delivered", attempts=1), row("closed", attempts=2), row("delivered"), row("delivered", attempts=0)], (1, 2)),  # noqa: E501 - one case a line
        ("perfect_order", [row("closed", **PERFECT), row("closed", **{**PERFECT, "damaged": True}), row("closed", on_time=True)], (1, 2)),  # noqa: E501 - one case a line
        ("damage_rate", [row("delivered", damaged=True), row("delivered", damaged=False), row("created", damaged=True)], (1, 2)),
        ("cod_remitted_in_time", [{**row("closed", cod_amount=1), "clock.remittance": each} for each in ("met", "breached", "running")], (1, 2)),  # noqa: E501 - one case a line
        ("freight_value", [freight("delivered", 1200), freight("accepted", 800), freight("created", 5), freight("closed", 9, "EUR")], (2000, 2)),  # noqa: E501 - one case a line
        ("answered_in_time", [complaint("answered"), complaint("closed", overdue=True), complaint("received")], (1, 2)),
        ("taken_to_authority", [complaint("closed", authority_ref="A1"), complaint("accepted")], (1, 2)),
        ("told_first", [delay("met"), delay("breached"), delay("running")], (1, 2)),
        ("claim_payout", [row("paid", paid=3000, claimed=5000), row("opened", claimed=9000)], (3000, 5000)),
        ("claim_cycle", [row("paid", opened_on="2026-03-02", paid_on="2026-03-05"), row("opened", opened_on="2026-03-02")], (259_200, 1)),  # noqa: E501 - one case a line
    ],
)  # fmt: skip
def test_a_kpi_counts_what_it_says(view, key: str, rows: list, expected: tuple[int, int]) -> None:
    assert measure(view, f"logistics.{key}", *rows) == expected


def test_every_kpi_has_its_example(view) -> None:
    (mark,) = test_a_kpi_counts_what_it_says.pytestmark
    assert {f"logistics.{key}" for key, *_ in mark.args[1]} == set(view.kpis)
