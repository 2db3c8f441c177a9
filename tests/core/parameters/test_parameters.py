"""Which dated number is in force where and when, and how its page shows it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.errors import NotFound
from core.parameters import list_parameters, resolve
from core.plugin import Parameter, Vertical
from core.plugin.catalog import CatalogView, LoadedVertical
from core.plugin.params import ParameterSet


def row(value: Any, jurisdiction: str, begins: date, ends: date | None = None, **rest: Any) -> Parameter:
    return Parameter(
        **{
            "key": "notice",
            "value": value,
            "unit": "calendar_days",
            "jurisdiction": jurisdiction,
            "effective_from": begins,
            "effective_to": ends,
            "source_title": "Burial Act",
            "source_article": "s 12(3)",
            "verified": True,
            "label": {"zh-CN": "通知期", "en": "Notice"},
            **rest,
        }
    )


ROWS = (
    row(3, "CN", date(2010, 1, 1), date(2027, 1, 1)),
    row(5, "CN", date(2027, 1, 1)),
    row(7, "CN-31", date(2010, 1, 1)),
    row(1, "*", date(2000, 1, 1), verified=False),
    row(Decimal("0.125"), "GB", date(2010, 1, 1), key="fee", unit="crowns"),
    row(True, "GB", date(2010, 1, 1), key="open", unit=""),
    row(timedelta(hours=36), "GB", date(2010, 1, 1), key="wake", unit=""),
    row("09:00", "GB", date(2010, 1, 1), key="from", unit="local_time"),
)
VIEW = CatalogView(
    [
        LoadedVertical(
            vertical=Vertical(key="funeral", label={"zh-CN": "殡葬", "en": "Funerals"}, version="1", requires=">=1"),
            distribution="funeral",
            module="funeral.plugin",
            package="funeral",
            parameters=ParameterSet(rows=ROWS),
        )
    ]
)


def notice(*jurisdictions: str | None, on: date = date(2026, 12, 31)) -> Any:
    return resolve(VIEW, key="funeral.notice", jurisdictions=jurisdictions, on=on).value


def test_a_period_ends_before_the_day_it_names() -> None:
    assert notice("CN", on=date(2026, 12, 31)) == 3
    assert notice("CN", on=date(2027, 1, 1)) == 5


def test_the_customers_country_wins_over_the_tenants_and_everywhere_comes_last() -> None:
    assert notice("CN-31", "CN") == 7
    assert notice("CN-44", "GB") == 3
    assert notice("DE", "CN") == 3
    assert notice(None, "CN") == 3
    assert notice("DE", "FR") == 1


def test_without_a_number_in_force_there_is_no_answer() -> None:
    with pytest.raises(LookupError, match=r"'funeral\.notice' is in force in CN on 1999-01-01"):
        notice("CN", on=date(1999, 1, 1))
    with pytest.raises(LookupError, match="no vertical 'bakery' is enabled"):
        resolve(VIEW, key="bakery.notice", jurisdictions=["CN"], on=date(2027, 1, 1))


def test_the_page_lists_past_and_coming_values_with_their_source() -> None:
    rows = list_parameters(VIEW, vertical="funeral", locale="zh-CN", on=date(2026, 12, 31))
    assert [(each.value, each.jurisdiction, each.in_force) for each in rows[:4]] == [
        ("3", "CN", True),
        ("5", "CN", False),
        ("7", "CN-31", True),
        ("1", "*", True),
    ]
    first = rows[0]
    assert (first.key, first.label, first.unit) == ("funeral.notice", "通知期", "天（自然日）")
    assert (first.source_title, first.source_article, first.verified) == ("Burial Act", "s 12(3)", True)
    assert (first.effective_from, first.effective_to) == (date(2010, 1, 1), date(2027, 1, 1))
    assert not rows[3].verified


def test_values_and_units_are_shown_in_the_readers_language() -> None:
    def shown(locale: str) -> list[tuple[str, str]]:
        rows = list_parameters(VIEW, vertical="funeral", locale=locale, on=date(2027, 1, 1))
        return [(each.value, each.unit) for each in rows[4:]]

    assert shown("en") == [("0.125", "crowns"), ("yes", ""), ("36 hours", ""), ("09:00", "local time")]
    assert shown("zh-CN") == [("0.125", "crowns"), ("是", ""), ("36小时", ""), ("09:00", "当地时间")]


def test_a_vertical_that_is_not_enabled_is_not_found() -> None:
    with pytest.raises(NotFound):
        list_parameters(VIEW, vertical="bakery", locale="en", on=date(2027, 1, 1))
