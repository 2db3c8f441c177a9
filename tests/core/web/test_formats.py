"""Dates in the workspace's zone, money by its currency, a true minus, and a dash for what is not there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from core.web import formats
from core.web.formats import date_text, datetime_text, iso_time, kpi_numerator, money, number, percent, relative

NOW = datetime(2026, 11, 20, 2, 24, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _frozen_clock(monkeypatch):
    monkeypatch.setattr(formats, "now", lambda: NOW)


@pytest.mark.parametrize(
    ("person", "day", "moment", "full"),
    [
        ("wang", "2026-11-20", "11-20 10:24", "2026-11-20 10:24:06"),
        ("alice", "20 Nov 2026", "20 Nov 10:24", "20 Nov 2026 10:24:06"),
    ],
)
def test_a_moment_is_shown_in_the_workspaces_zone(site, person, day, moment, full):
    with site.reading(person):
        assert date_text(NOW) == day
        assert date_text(date(2026, 11, 20)) == day
        assert datetime_text(NOW) == moment
        assert datetime_text(NOW, "full") == full
        assert iso_time(NOW) == "2026-11-20T10:24:06+08:00"


def test_just_before_midnight_in_greenwich_is_tomorrow_in_shanghai(site):
    with site.reading("wang"):
        assert date_text(datetime(2026, 11, 19, 16, 0, tzinfo=UTC)) == "2026-11-20"


def test_another_year_is_said(site):
    with site.reading("alice"):
        assert datetime_text(datetime(2025, 3, 1, tzinfo=UTC)) == "1 Mar 2025 08:00"


@pytest.mark.parametrize(
    ("minor", "currency", "zh", "en"),
    [
        (39300, "CNY", "¥393.00", "¥393.00"),
        (None, "CNY", "–", "–"),
        (-1850, "CNY", "−¥18.50", "−¥18.50"),
        (115700, None, "¥1,157.00", "¥1,157.00"),
        (1200, "JPY", "JP¥1,200", "¥1,200"),
        (46000, "USD", "US$460.00", "$460.00"),
        (1234, "KWD", "KWD 1.234", "KWD 1.234"),
    ],
)
def test_money_follows_its_currency(site, minor, currency, zh, en):
    with site.reading("wang"):
        assert money(minor, currency).replace("\xa0", " ") == zh
    with site.reading("alice"):
        assert money(minor, currency).replace("\xa0", " ") == en


def test_a_ratio_without_data_is_not_zero(site):
    with site.reading("wang"):
        assert percent(None) == "–"
        assert percent(Decimal("0.2654"), 2) == "26.54%"
        assert percent(0) == "0.0%"
        assert percent(-0.021) == "−2.1%"


@pytest.mark.parametrize(
    ("unit", "numerator", "text"),
    [("money", 256_076_000, "¥2,560,760.00"), ("hours", 40_442_400, "11,234.0 h"), ("days", 129_600, "1.5 days"),
     ("percent", 1200, "1,200")],
)  # fmt: skip
def test_what_a_kpi_divides_is_told_in_its_unit(site, unit, numerator, text):
    reading = SimpleNamespace(unit=unit, currency="CNY", numerator=0)
    with site.reading("alice"):
        assert kpi_numerator(reading, numerator) == text


def test_numbers_are_grouped(site):
    with site.reading("alice"):
        assert number(12349) == "12,349"
        assert number(Decimal("-3.5"), 2) == "−3.50"
        assert number(None) == "–"


def test_how_long_ago(site):
    with site.reading("wang"):
        assert relative(NOW - timedelta(days=3)) == "3天前"
    with site.reading("alice"):
        assert relative(NOW + timedelta(hours=2)) == "in 2 hours"
        assert relative(None) == "–"
