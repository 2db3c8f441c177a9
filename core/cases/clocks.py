"""A deadline as a page shows it: what is left, until when, what it follows from, and whether it runs, waits or is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from core.clocks.models import Clock
from core.web.formats import datetime_text, now, number


def shown_clock(clock: Clock, *, title: str) -> dict[str, Any]:
    """Arguments of `ui.clock`."""
    moment = now()
    state = "breached" if clock.state == "running" and clock.due_at and clock.due_at < moment else clock.state
    return {
        "title": title,
        "state": state,
        **_left(clock, state, moment),
        "due": _when(clock),
        "source": " · ".join(_source(used) for used in clock.used.values()) or None,
        **_track(clock, moment),
    }


def _left(clock: Clock, state: str, moment: datetime) -> dict[str, Any]:
    words = {"running": _("left"), "met": _("to spare"), "breached": _("over"), "paused": _("left when it goes on")}
    if clock.due_at is None:
        counted = clock.counter_due is not None
        return {"left": number(clock.counter_due) if counted else "–", "note": _("on the counter") if counted else None}
    until = clock.stopped_at or (clock.paused_at if state == "paused" else None) or moment
    return {"left": span(abs((clock.due_at - until).total_seconds())), "note": words[state]}


def _when(clock: Clock) -> str:
    began = datetime_text(clock.started_at)
    if clock.due_at is None:
        return str(_("began %(start)s", start=began))
    due = str(_("due %(time)s, began %(start)s", time=datetime_text(clock.due_at), start=began))
    return f"{due} · {_('paused %(time)s in all', time=span(clock.paused_s))}" if clock.paused_s else due


def _source(used: Mapping[str, Any]) -> str:
    """The law or contract that gave the number, or that the tenant set it itself."""
    title = " ".join(part for part in (used.get("source"), used.get("article")) if part)
    marks = [_("set by your company")] if used.get("set_by_tenant") else []
    marks += [] if used.get("verified", True) else [_("Not verified")]
    return " · ".join([title, *map(str, marks)])


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
