"""A tenant's configuration as a file: JSON with names only, no ids and no tenant, so that another workspace can take it.

`{"format": "kehub.configuration", "version": 1, "<section>": [...]}`. `read` tells every thing that is wrong in a file's form,
each with its place; whether its names are known is asked by `transfer`, against the workspace that takes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.calendars.models import CalendarDay
from core.configuration.workflows import kept_settings
from core.errors import N_, FieldError, Invalid
from core.fields.models import FieldSetting, TenantField
from core.fields.targets import known_targets
from core.gate.models import RuleSetting
from core.parameters.models import ParameterOverride
from core.plugin.catalog import CatalogView
from core.plugin.types import Tone

FORMAT, VERSION = "kehub.configuration", 1
LIMIT = 256 * 1024
MOST = 2000
"""Entries of a file in all."""

TONES = get_args(Tone)
Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 2000 and value.replace("\n", "").isprintable()


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _texts(value: Any) -> bool:
    return isinstance(value, dict) and all(_text(each) for each in value.values())


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(_text(each) for each in value)


def _day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _choices(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict)
        and {"key", "label"} <= each.keys() <= {"key", "label", "tone"}
        and _text(each["key"])
        and _texts(each["label"])
        and each.get("tone", "mute") in TONES
        for each in value
    )


def _value(value: Any) -> bool:
    return _text(value) or isinstance(value, bool | int | Decimal)


def _maybe(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _by_name(check: Check) -> Check:
    return lambda value: isinstance(value, dict) and all(check(each) for each in value.values())


def _tree(value: Any) -> bool:
    return isinstance(value, dict)


SHAPES: Mapping[str, Mapping[str, Check]] = {
    "fields": {
        "target": _text, "key": _text, "kind": _text, "label": _texts, "help": _texts, "required": _flag,
        "choices": _choices, "sensitivity": _text, "mask": _maybe(_text), "currency": _maybe(_text),
        "show_when": _maybe(_tree), "indexed": _flag,
    },
    "field_settings": {"target": _text, "field": _text, "shown": _flag, "required": _flag, "label": _texts},
    "field_order": {"target": _text, "names": _names},
    "workflows": {
        "workflow": _text, "labels": _by_name(_texts), "steps_off": _names, "required": _by_name(_names),
    },
    "calendar_days": {"calendar": _text, "day": _day, "kind": _text, "name": _text},
    "rules": {"rule": _text, "mode": _text},
    "parameters": {
        "parameter": _text, "jurisdiction": _text, "value": _value, "effective_from": _day, "effective_to": _maybe(_day),
    },
}  # fmt: skip
"""What each section's entries hold, in the order in which they are taken over."""

IDENTITY: Mapping[str, tuple[str, ...]] = {
    "fields": ("target", "key"),
    "field_settings": ("target", "field"),
    "field_order": ("target",),
    "workflows": ("workflow",),
    "calendar_days": ("calendar", "day"),
    "rules": ("rule",),
    "parameters": ("parameter", "jurisdiction", "effective_from"),
}
"""What makes two entries of a section the same thing."""

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "fields": {
        "help": {}, "required": False, "choices": [], "sensitivity": "plain", "mask": None, "currency": None,
        "show_when": None, "indexed": False,
    },
    "field_settings": {"shown": True, "required": False, "label": {}},
    "workflows": {"labels": {}, "steps_off": [], "required": {}},
    "parameters": {"effective_to": None},
}  # fmt: skip


def identity(section: str, item: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(item[name] for name in IDENTITY[section])


def read(raw: bytes) -> dict[str, list[dict[str, Any]]]:
    """The sections of a file, each entry whole. Raises Invalid with every fault of form and its place."""
    if len(raw) > LIMIT:
        raise _unreadable(N_("The file is larger than %(limit)s KB, so it is no configuration."), limit=LIMIT // 1024)
    try:
        found = json.loads(raw.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise _unreadable(N_("The file is not UTF-8 text.")) from None
    except RecursionError:
        raise _unreadable(N_("The file is nested too deeply.")) from None
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise _unreadable(N_("The file is not JSON: line %(line)s cannot be read."), line=line) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise _unreadable(N_("This is no configuration of Kehub: its format is not “%(format)s”."), format=FORMAT)
    if type(found.get("version")) is not int or found["version"] != VERSION:
        raise _unreadable(
            N_("The file has another version of the format; this system reads %(version)s."), version=VERSION
        )
    errors = list(_faults(found))
    if errors:
        raise Invalid(errors=errors)
    return {section: [_whole(section, item) for item in found.get(section, [])] for section in SHAPES}


def _whole(section: str, item: dict[str, Any]) -> dict[str, Any]:
    made = {**DEFAULTS.get(section, {}), **item}
    if section == "fields":
        made["choices"] = [{"tone": "mute", **each} for each in made["choices"]]
    return made


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _unreadable(message: str, **params: Any) -> Invalid:
    return Invalid(message, field="file", **params)


def _faults(found: Mapping[str, Any]) -> Iterator[FieldError]:
    for name in found:
        if name not in SHAPES and name not in ("format", "version"):
            yield _fault(name, "unknown", N_("There is no “%(name)s” here."), name=name)
    total = 0
    for section, shape in SHAPES.items():
        entries = found.get(section, [])
        if not isinstance(entries, list):
            yield _fault(section, "list", N_("A list is needed here."))
            continue
        total += len(entries)
        for number, item in enumerate(entries):
            yield from _entry_faults(f"{section}[{number}]", item, shape, DEFAULTS.get(section, {}))
    if total > MOST:
        yield _fault("", "many", N_("At most %(limit)s entries."), limit=MOST)


def _entry_faults(
    place: str, item: Any, shape: Mapping[str, Check], optional: Mapping[str, Any]
) -> Iterator[FieldError]:
    if not isinstance(item, dict):
        yield _fault(place, "object", N_("An object is needed here."))
        return
    for name in item:
        if name not in shape:
            yield _fault(f"{place}.{name}", "unknown", N_("There is no “%(name)s” here."), name=name)
    for name, check in shape.items():
        if name not in item:
            if name not in optional:
                yield _fault(f"{place}.{name}", "required", N_("This must be filled in."))
        elif not check(item[name]):
            yield _fault(f"{place}.{name}", "kind", N_("This is not of the kind that is needed here."))


def _fault(place: str, code: str, message: str, **params: Any) -> FieldError:
    return FieldError(field=place, code=code, message=message, params=params)


def written(sections: Mapping[str, Any]) -> str:
    """The file's text."""
    return json.dumps(
        {"format": FORMAT, "version": VERSION, **sections}, ensure_ascii=False, indent=2, default=_plain
    )  # fmt: skip


def _plain(value: Any) -> Any:
    return int(value) if value == value.to_integral_value() else float(value)


def sections_of(session: Session, *, view: CatalogView, on: date) -> dict[str, list[dict[str, Any]]]:
    """Everything that is tailored now. Own values of parameters that are over are left out."""
    return {
        "fields": _own_fields(session),
        "field_settings": _field_settings(session),
        "field_order": _orders(session, view),
        "workflows": [
            {
                "workflow": row.workflow,
                "labels": dict(row.labels),
                "steps_off": list(row.steps_off),
                "required": dict(row.required),
            }
            for row in kept_settings(session)
        ],
        "calendar_days": [
            {"calendar": row.calendar, "day": row.day.isoformat(), "kind": row.kind, "name": row.name}
            for row in session.scalars(select(CalendarDay).order_by(CalendarDay.calendar, CalendarDay.day))
        ],
        "rules": [
            {"rule": row.rule, "mode": row.mode}
            for row in session.scalars(select(RuleSetting).order_by(RuleSetting.rule))
        ],
        "parameters": _own_values(session, on),
    }


def _own_fields(session: Session) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(TenantField)
        .where(TenantField.state == "active")
        .order_by(TenantField.target, TenantField.position, TenantField.key)
    )
    return [{name: _copied(getattr(row, name)) for name in SHAPES["fields"]} for row in rows]


def _copied(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, list) else value


def _field_settings(session: Session) -> list[dict[str, Any]]:
    rows = session.scalars(select(FieldSetting).order_by(FieldSetting.target, FieldSetting.field))
    return [
        {
            "target": row.target,
            "field": row.field,
            "shown": row.shown,
            "required": row.required,
            "label": dict(row.label),
        }
        for row in rows
        if not row.shown or row.required or row.label
    ]


def _orders(session: Session, view: CatalogView) -> list[dict[str, Any]]:
    placed = set(session.scalars(select(FieldSetting.target).where(FieldSetting.position.is_not(None)).distinct()))
    return [
        {"target": target, "names": order_now(session, view, target)}
        for target in known_targets(view)
        if target in placed
    ]


def order_now(session: Session, view: CatalogView, target: str) -> list[str]:
    """All fields of a target in the order in which they are shown, hidden ones too."""
    rows = session.execute(
        select(FieldSetting.field, FieldSetting.position).where(
            FieldSetting.target == target, FieldSetting.position.is_not(None)
        )
    )
    placed = {row.field: row.position for row in rows}
    names = list(view.all_fields(on=target))
    return sorted(names, key=lambda name: (placed.get(name, names.index(name)), names.index(name)))


def _own_values(session: Session, on: date) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(ParameterOverride)
        .where(ParameterOverride.state == "approved")
        .order_by(ParameterOverride.key, ParameterOverride.jurisdiction, ParameterOverride.effective_from)
    )
    return [
        {
            "parameter": row.key,
            "jurisdiction": row.jurisdiction,
            "value": row.value,
            "effective_from": row.effective_from.isoformat(),
            "effective_to": row.effective_to.isoformat() if row.effective_to else None,
        }
        for row in rows
        if row.effective_to is None or row.effective_to > max(on, row.effective_from)
    ]
