"""What the page of a parameter shows: values and requests in words, and the form that asks for another value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from core.approvals.shown import STATES
from core.configuration.overrides import Asked, place_label
from core.configuration.parameter_list import Value
from core.errors import N_, DomainError, FieldError, Invalid, NotFound
from core.parameters import values
from core.parameters.models import ParameterOverride
from core.parameters.service import OwnValue, declared_rows
from core.plugin.catalog import CatalogView
from core.plugin.types import Parameter
from core.web.formats import date_text, now, zone
from core.web.forms import Control, Option, control, errors_of, filled
from core.web.i18n import label, language

DAY = timedelta(days=1)


def today() -> date:
    return now().astimezone(zone()).date()


def value_text(row: Parameter) -> str:
    return label(values.value_label(row.value, row.unit))


def last_day(ends: date | None) -> str:
    """Periods are half-open; people read and write the last day."""
    return date_text(ends - DAY) if ends is not None else "–"


def limits_text(row: Parameter) -> str:
    """What the law leaves a tenant to choose from."""
    low = row.minimum is not None and label(values.value_label(row.minimum, row.unit))
    high = row.maximum is not None and label(values.value_label(row.maximum, row.unit))
    if low and high:
        return str(_("from %(least)s to %(most)s", least=low, most=high))
    if low:
        return str(_("at least %(limit)s", limit=low))
    return str(_("at most %(limit)s", limit=high)) if high else ""


def place_text(jurisdiction: str) -> str:
    return label(place_label(jurisdiction))


def choosable(found: Sequence[Value]) -> list[Parameter]:
    """Declared rows in whose place a tenant may set another value, one a place: that in force, else the last."""
    made: dict[str, Parameter] = {}
    for each in found:
        free = each.row.overridable and not each.row.set_by_tenant
        if free and (each.in_force or each.row.jurisdiction not in made):
            made[each.row.jurisdiction] = each.row
    return list(made.values())


def controls(rows: Sequence[Parameter], form: Mapping[str, str], error: DomainError | None) -> list[Control]:
    """The form, with what was typed and what is wrong."""
    model = rows[0]
    several = len(rows) > 1
    places = [
        Option(
            value=row.jurisdiction,
            label=" · ".join(filter(None, [place_text(row.jurisdiction), limits_text(row) if several else ""])),
        )
        for row in rows
    ]
    made = [
        control("jurisdiction", _("Place"), kind="select", required=True, options=places, value=model.jurisdiction),
        _value_control(model, None if several else limits_text(model) or None),
        control("effective_from", _("First day"), kind="date", required=True, value=today().isoformat()),
        control("effective_to", _("Last day"), kind="date", help=_("Empty: until another value follows it.")),
        control("reason", _("Reason"), kind="textarea", rows=3, required=True, maxlength=2000,
                help=_("Whoever approves it reads this, and so does the history.")),
    ]  # fmt: skip
    return filled(made, values=form, errors=errors_of(error)) if error is not None else made


def _value_control(model: Parameter, limits: str | None) -> Control:
    unit = values.unit_text(model.unit, locale=language())
    if isinstance(model.value, bool):
        words = [("yes", _("yes")), ("no", _("no"))]
        return control("value", _("New value"), kind="select", required=True, options=words, help=limits)
    kind: Any = "time" if model.unit == "local_time" else "text" if isinstance(model.value, str) else "number"
    return control("value", _("New value"), kind=kind, unit=unit, required=True, autocomplete="off", help=limits)


def wanted(view: CatalogView, key: str, form: Mapping[str, str]) -> OwnValue:
    """What the form asks for. Raises NotFound, and Invalid with every field that cannot be read."""
    rows = declared_rows(view, key=key, jurisdiction=form.get("jurisdiction", ""))
    if not rows:
        if declared_rows(view, key=key):
            raise Invalid(errors=[FieldError(field="jurisdiction", code="choice", message=N_("Choose a place."))])
        raise NotFound
    errors: list[FieldError] = []
    found: dict[str, Any] = {"value": None, "begins": date.min, "ends": None}
    readers: tuple[tuple[str, Any], ...] = (
        ("value", lambda: values.parse(form.get("value", ""), rows[0])),
        ("begins", lambda: day(form, "effective_from")),
        ("ends", lambda: day(form, "effective_to") + DAY if form.get("effective_to", "").strip() else None),
    )
    for name, read in readers:
        try:
            found[name] = read()
        except Invalid as error:
            errors += error.errors
    if not form.get("reason", "").strip():
        message = N_("Say why, so that the second person can decide.")
        errors.append(FieldError(field="reason", code="required", message=message))
    if errors:
        raise Invalid(errors=errors)
    return OwnValue(key=key, jurisdiction=rows[0].jurisdiction, **found)


def day(form: Mapping[str, str], name: str) -> date:
    """Raises Invalid."""
    try:
        found = date.fromisoformat(form.get(name, "").strip())
    except ValueError:
        found = date.max
    if found >= date(2100, 1, 1):
        raise Invalid(errors=[FieldError(field=name, code="date", message=N_("Choose a day before 2100."))])
    return found


class ShownRequest:
    """A request in words. `row` is what was asked."""

    def __init__(self, row: Asked, model: Parameter) -> None:
        self.row = row
        over = row.state == "requested" and row.expires_at <= datetime.now(UTC)
        self.state, self.tone = STATES["expired" if over else row.state]
        self.open = row.state == "requested" and not over
        self.place = place_text(row.jurisdiction)
        asked = row.payload
        if asked.get("act") == "end":
            self.what = str(_("Back to the declared value"))
            self.period = str(_("from %(day)s", day=date_text(date.fromisoformat(asked["on"]))))
            return
        value = values.from_json(asked.get("value"), model)
        self.what = label(values.value_label(value, model.unit))
        first = date_text(date.fromisoformat(asked["effective_from"]))
        ends = date.fromisoformat(asked["effective_to"]) if asked.get("effective_to") else None
        self.period = f"{first} – {last_day(ends)}" if ends else str(_("from %(day)s", day=first))


def own_text(row: ParameterOverride, model: Parameter) -> str:
    """One of the tenant's own values with its place and days."""
    value = label(values.value_label(values.from_json(row.value, model), model.unit))
    first = date_text(row.effective_from)
    days = f"{first} – {last_day(row.effective_to)}" if row.effective_to else str(_("from %(day)s", day=first))
    return " · ".join([value, place_text(row.jurisdiction), days])
