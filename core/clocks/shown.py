"""A deadline as a page shows it: what is left, until when, what it follows from, what became of it, and a year's calendar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from babel import Locale
from babel.dates import get_day_names, get_month_names
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from core.calendars.public import supported_countries
from core.calendars.working import Calendar, Day
from core.clocks.models import Clock
from core.web.formats import date_text, datetime_text, now, number
from core.web.i18n import language, own_tongue
from core.web.sentences import sentence

BABEL = {"zh-CN": "zh_CN", "en": "en_US"}
AMERICAN_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
"""As the library writes a day within a name: `Day off (substituted from 01/04/2026)`."""


def shown_clock(clock: Clock, *, title: str) -> dict[str, Any]:
    """Arguments of `ui.clock`."""
    moment = now()
    state = "breached" if clock.state == "running" and clock.due_at and clock.due_at < moment else clock.state
    return {
        "title": title,
        "state": state,
        **_left(clock, state, moment),
        "due": _when(clock),
        "source": " · ".join(dict.fromkeys(_source(used) for used in clock.used.values())) or None,
        "history": [_entry(each) for each in clock.history],
        **_track(clock, moment),
    }


def _left(clock: Clock, state: str, moment: datetime) -> dict[str, Any]:
    words = {"running": _("left"), "met": _("to spare"), "breached": _("over"), "paused": _("left when it goes on")}
    if clock.due_at is None:
        counted = clock.counter_due is not None
        return {"left": number(clock.counter_due) if counted else "–", "note": _("on the counter") if counted else None}
    until = clock.stopped_at or (clock.paused_at if state == "paused" else None) or moment
    return {"left": span(abs((clock.due_at - until).total_seconds())), "note": words.get(state)}


def _when(clock: Clock) -> str:
    began = datetime_text(clock.started_at)
    if clock.due_at is None:
        return str(_("began %(start)s", start=began))
    due = str(_("due %(time)s, began %(start)s", time=datetime_text(clock.due_at), start=began))
    return f"{due} · {_('paused %(time)s in all', time=span(clock.paused_s))}" if clock.paused_s else due


def _source(used: Mapping[str, Any]) -> str:
    """The law or contract that gave the number, or that the tenant set it itself."""
    title = " ".join(part for part in (own_tongue(used.get("source") or ""), used.get("article")) if part)
    marks = [_("set by your company")] if used.get("set_by_tenant") else []
    marks += [] if used.get("verified", True) else [_("Not verified")]
    return " · ".join([title, *map(str, marks)])


def _entry(each: Mapping[str, Any]) -> tuple[str, str]:
    """When and why it was computed, with the deadline where that made another one."""
    words = sentence(each["why"], each.get("values", {}))
    if each.get("before") and each.get("due_at"):
        before, due = (datetime_text(datetime.fromisoformat(each[key])) for key in ("before", "due_at"))
        words = str(_("%(why)s Due %(due)s, before %(before)s.", why=words, due=due, before=before))
    return datetime_text(datetime.fromisoformat(each["at"])), words


def _track(clock: Clock, moment: datetime) -> dict[str, int]:
    if clock.due_at is None:
        return {"used": 0, "waited": 0}
    whole = (clock.due_at - clock.started_at).total_seconds()
    gone = ((clock.stopped_at or clock.paused_at or moment) - clock.started_at).total_seconds()
    waiting = (moment - clock.paused_at).total_seconds() if clock.paused_at and not clock.stopped_at else 0
    used = min(100, max(0, round(100 * gone / whole))) if whole > 0 else 100
    return {"used": used, "waited": min(100 - used, max(0, round(100 * waiting / whole))) if whole > 0 else 0}


def span(seconds: float) -> str:
    """`3 d 13 h`, `9 h 20 min`, `35 min`: the two largest units."""
    minutes = round(seconds / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return str(_("%(days)s d %(hours)s h", days=days, hours=hours))
    if hours:
        return str(_("%(hours)s h %(minutes)s min", hours=hours, minutes=rest))
    return str(ngettext("%(num)s min", "%(num)s min", rest))


def _locale() -> Locale:
    return get_locale() or Locale.parse(BABEL["zh-CN"])


def country_name(code: str) -> str:
    return str(_locale().territories.get(code, code))


def countries(extra: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Those whose public calendar is known, and any other in use, by name."""
    codes = {*supported_countries(), *extra}
    return sorted(((code, country_name(code)) for code in codes), key=lambda each: each[1])


def months(calendar: Calendar, year: int) -> list[dict[str, Any]]:
    """Twelve months of weeks that begin on Monday; days of other months are None. `named` are days off and worked by name."""
    names = get_month_names("wide", context="stand-alone", locale=_locale())
    made = []
    for month, days in groupby(calendar.days(year, language=BABEL[language()]), key=lambda each: each.day.month):
        held = list(days)
        cells: list[Day | None] = [None] * held[0].day.weekday() + list(held)
        cells += [None] * (-len(cells) % 7)
        made.append(
            {
                "name": names[month],
                "weeks": [cells[start : start + 7] for start in range(0, len(cells), 7)],
                "named": _named(held),
                "worked": sum(each.works for each in held),
            }
        )
    return made


def _named(days: Sequence[Day]) -> list[tuple[str, str]]:
    """Stretches of days with the same name: `1–3`, `National Day`."""
    found: list[tuple[date, date, str]] = []
    for each in days:
        if not each.name:
            continue
        name = AMERICAN_DAY.sub(_day_of, each.name)
        if found and found[-1][2] == name and (each.day - found[-1][1]).days == 1:
            found[-1] = (found[-1][0], each.day, name)
        else:
            found.append((each.day, each.day, name))
    return [(str(first.day) if first == last else f"{first.day}–{last.day}", name) for first, last, name in found]


def _day_of(found: re.Match[str]) -> str:
    month, day, year = map(int, found.groups())
    return date_text(date(year, month, day))


def weekdays() -> list[tuple[str, str]]:
    """Short and full names, Monday first."""
    short, full = (get_day_names(width, context="stand-alone", locale=_locale()) for width in ("narrow", "wide"))
    return [(short[number], full[number]) for number in range(7)]
