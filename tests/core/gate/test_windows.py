"""Contact hours on every clock: a deferral always ends in them, also where clocks jump."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.gate.limits import Limits, limits_for
from core.gate.limits import settle as settle_by
from core.gate.windows import Window
from core.plugin.catalog import Catalog

ZONES = ("Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo")
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def window(start: time, end: time) -> Window:
    return Window(owner="core", start=start, end=end, parameters=())


def settle(moment: datetime, windows: list[Window], zone: ZoneInfo) -> datetime | None:
    return settle_by(moment, on=lambda day: Limits(windows=windows, budgets=()), zone=zone)


@given(moments, st.sampled_from(ZONES), st.times(), st.times())
def test_what_a_window_defers_to_is_inside_it(moment, zone, start, end):
    one, place = window(start, end), ZoneInfo(zone)
    until = settle(moment, [one], place)
    if until is None:
        assert (datetime.combine(date(2000, 1, 1), end) - datetime.combine(date(2000, 1, 1), start)) <= timedelta(
            hours=1
        )
        return
    assert until >= moment
    assert one.allows(until, place)
    assert (until == moment) == one.allows(moment, place)


@given(
    moments,
    st.sampled_from(ZONES),
    st.lists(st.tuples(st.integers(0, 11), st.integers(13, 23)), min_size=1, max_size=3),
)
def test_several_windows_that_share_noon_all_hold(moment, zone, hours):
    windows = [window(time(start), time(end)) for start, end in hours]
    until = settle(moment, windows, ZoneInfo(zone))
    assert until is not None
    assert all(each.allows(until, ZoneInfo(zone)) for each in windows)
    assert until - moment < timedelta(days=2)


def test_windows_without_a_common_hour_give_no_moment():
    assert (
        settle(
            datetime(2026, 1, 1, tzinfo=UTC), [window(time(8), time(9)), window(time(20), time(21))], ZoneInfo("UTC")
        )
        is None
    )


def test_a_window_past_midnight_is_open_on_both_sides_of_it():
    late = window(time(22), time(2))
    assert late.allows(datetime(2026, 1, 1, 23, tzinfo=UTC), ZoneInfo("UTC"))
    assert late.allows(datetime(2026, 1, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))
    assert late.closes(datetime(2026, 1, 1, 23, tzinfo=UTC), ZoneInfo("UTC")) == datetime(2026, 1, 2, 2, tzinfo=UTC)


def windows_for(
    country: str | None, tenant: str, *, purpose: str = "marketing", channel: str = "phone"
) -> list[Window]:
    nothing = Catalog([]).everything
    on = date(2026, 11, 20)
    return list(limits_for(nothing, purpose=purpose, channel=channel, places=(country, tenant), on=on).windows)


def test_hours_follow_the_customers_country_where_no_vertical_sets_them():
    (american,), (chinese,), (elsewhere,) = windows_for("US", "CN"), windows_for(None, "CN"), windows_for("DE", "FR")
    assert (american.start, chinese.start, elsewhere.start) == (time(8), time(9), time(9))


def test_letters_and_service_keep_no_hours():
    assert windows_for("CN", "CN", channel="post") == []
    assert windows_for("CN", "CN", purpose="service") == []
