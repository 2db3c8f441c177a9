"""The page of the calendar: a year by month, and the tenant's own days with what a change does to running deadlines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.calendars import queries
from core.calendars.service import checked
from core.calendars.working import OwnDay
from core.clocks import change, policy
from core.clocks.preview import preview
from core.clocks.shown import countries, country_name, months, weekdays
from core.db.base import db
from core.errors import Invalid, NotFound
from core.web.current import catalog_view, context
from core.web.flash import toast
from core.web.formats import now, zone
from core.web.forms import Control, control, errors_of, filled
from core.web.i18n import label
from core.web.routes import Pages

FIRST, LAST = 2000, 2099

pages = Pages("clocks", __name__)
pages.nav(
    section="settings", key="calendar", label=_l("Calendar"), icon="cal", endpoint="clocks.calendar",
    permission=policy.MANAGE, order=75,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A day as the form gives it."""

    country: str
    day: date
    kind: str
    name: str


@pages.page("/calendar", permission=policy.MANAGE)
def calendar() -> ResponseReturnValue:
    return _page(request.args)


@pages.page("/calendar", permission=policy.MANAGE, methods=["POST"])
def set_day() -> ResponseReturnValue:
    """First what it would change; saved once that is confirmed."""
    try:
        sent = _sent(request.form)
    except Invalid as error:
        return _page(request.form, errors=errors_of(error)), 422
    if "confirm" not in request.form:
        return _preview(sent, OwnDay(sent.kind == "work", sent.name), remove=None)
    change.set_day(db.session(), context=context(), **vars(sent))
    return _saved(sent.country, sent.day)


@pages.page("/calendar/days/<uuid:day_id>/remove", permission=policy.MANAGE, methods=["POST"])
def remove_day(day_id: UUID) -> ResponseReturnValue:
    row = queries.own_day(db.session(), day_id=day_id)
    if row is None:
        raise NotFound
    if "confirm" not in request.form:
        sent = Sent(country=row.calendar, day=row.day, kind=row.kind, name=row.name)
        return _preview(sent, None, remove=day_id)
    change.remove_day(db.session(), context=context(), day_id=day_id)
    return _saved(row.calendar, row.day)


def _page(values: Mapping[str, str], *, errors: Mapping[str, str] | None = None) -> str:
    country, year = _country(values), _year(values)
    session = db.session()
    held = queries.calendar_of(session, country)
    return render_template(
        "clocks/calendar.html",
        year=year,
        country=country,
        country_name=country_name(country),
        chooser=control("country", _("Country"), kind="select", value=country, options=countries([country])),
        months=months(held, year),
        weekdays=weekdays(),
        published=held.is_published(year),
        own=queries.own_days(session, country=country, year=year),
        controls=filled(_controls(year), values=values if errors else {}, errors=errors),
        first=FIRST,
        last=LAST,
    )


def _controls(year: int) -> list[Control]:
    kinds = [("off", _("Day off")), ("work", _("Working day"))]
    return [
        control("day", _("Day"), kind="date", required=True, attrs={"min": f"{year}-01-01", "max": f"{year}-12-31"}),
        control("kind", _("What it is"), kind="select", required=True, options=kinds, value="off"),
        control("name", _("Name"), required=True, help=_("Such as: company day, stocktaking.")),
    ]


def _preview(sent: Sent, own: OwnDay | None, *, remove: UUID | None) -> str:
    session = db.session()
    wanted = queries.calendar_of(session, sent.country).with_day(sent.day, own)
    found = preview(session, calendar=wanted)
    action = url_for("clocks.remove_day", day_id=remove) if remove is not None else url_for("clocks.set_day")
    return render_template(
        "clocks/preview.html", sent=sent, removing=remove is not None, found=found, action=action, named=_timer_name,
        country_name=country_name(sent.country),
    )  # fmt: skip


def _saved(country: str, day: date) -> ResponseReturnValue:
    db.session.commit()
    toast(_("The calendar has changed. Deadlines that rest on it are computed anew."))
    return redirect(url_for("clocks.calendar", country=country, year=day.year), code=303)


def _sent(form: Mapping[str, str]) -> Sent:
    """Raises Invalid."""
    try:
        day: date | None = date.fromisoformat(form.get("day", ""))
    except ValueError:
        day = None
    country, kind = _country(form), form.get("kind", "")
    name = checked(country=country, day=day, kind=kind, name=form.get("name", ""))
    return Sent(country=country, day=day or date.min, kind=kind, name=name)


def _country(values: Mapping[str, str]) -> str:
    """Raises NotFound for what is no code of a country."""
    code = values.get("country", context().country)
    if len(code) != 2 or not (code.isascii() and code.isupper()):
        raise NotFound
    return code


def _year(values: Mapping[str, str]) -> int:
    given = values.get("year") or values.get("day", "")[:4]
    year = int(given) if given.isascii() and given.isdigit() else now().astimezone(zone()).year
    return min(LAST, max(FIRST, year))


def _timer_name(owner: str, key: str) -> str:
    view: Any = catalog_view()
    kind = view.workflows.get(owner) or view.record_types.get(owner)
    timers = kind.timers if kind is not None else ()
    return next((str(label(each.label)) for each in timers if each.key == key), key)
