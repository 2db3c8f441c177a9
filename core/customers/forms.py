"""The form of a customer: its controls, what was typed, what is wrong with it, and what somebody else changed meanwhile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import Row
from werkzeug.datastructures import MultiDict

from core.context import Context
from core.customers.fields import field_set
from core.customers.service import phone_region
from core.errors import Invalid
from core.fields import FieldSet
from core.fields.controls import controls
from core.fields.display import display
from core.fields.unseen import open_fields
from core.plugin.catalog import CatalogView
from core.plugin.types import Label
from core.web.formats import NONE
from core.web.forms import Control, control, filled
from core.web.i18n import label, language
from core.web.words import WORDS

WHO = ("name", "kind", "salutation", "born_on", "grade")
REACH = ("phone", "email", "address")
PLACE = ("country", "region", "time_zone", "locale", "currency")


@dataclass(frozen=True, kw_only=True)
class Group:
    """Controls under one heading; `folded` ones open on demand."""

    title: Any
    controls: Sequence[Control]
    folded: bool = False


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A field that somebody else changed, with both values as people read them. `mine`: the reader changed it too."""

    name: str
    label: Any
    now: str
    typed: str
    mine: bool


@dataclass(frozen=True, kw_only=True)
class CustomerForm:
    """`values` by name of field: typed text, or stored values. `row` is the customer as it is now, None for a new one."""

    context: Context
    view: CatalogView
    values: Mapping[str, Any]
    version: int = 0
    row: Row[Any] | None = None
    errors: Mapping[str, str] | None = None
    stale: bool = False
    seen: Mapping[str, str] = field(default_factory=dict)
    """Digests of what the form showed when it was opened, by name: they tell who changed what."""
    alike: Sequence[Any] = ()
    """Customers that the new one resembles, each `(Alike, ShownCustomer)`."""

    @cached_property
    def fields(self) -> FieldSet:
        return field_set(self.view, region=phone_region(self.values.get("country"), context=self.context))

    def read(self) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Core values and attributes as the service takes them. Raises Invalid with every wrong field."""
        values, errors = self.fields.parse(
            self.values, partial=self.row is not None, zone=self._zone, currency=self.context.currency,
            held=_stored(self.fields, self.row) if self.row is not None else None,
        )  # fmt: skip
        if errors:
            raise Invalid(errors=errors)
        return self.fields.core_values(values), self.fields.changes(values)

    def wrong(self, errors: Mapping[str, str]) -> CustomerForm:
        """The form again, nothing typed is lost."""
        return replace(self, errors=errors)

    def resembling(self, found: Sequence[Any]) -> CustomerForm:
        """The form of a new customer that may exist already."""
        return replace(self, alike=found)

    def agreeing(self, found: Any) -> str:
        """Which fields of one that it resembles are the same, and which nearly."""

        def named(names: Sequence[str]) -> str:
            labels = [str(label(self.fields.fields[name].label)) for name in names if name in self.fields.fields]
            return str(_(", ")).join(labels)

        parts = [_("Same: %(fields)s", fields=named(found.same)) if found.same else "",
                 _("Nearly the same: %(fields)s", fields=named(found.close)) if found.close else ""]  # fmt: skip
        return " · ".join(str(part) for part in parts if part)

    def overtaken(self) -> CustomerForm:
        """The form after somebody else saved: what was typed, over the version that is there now."""
        return replace(self, stale=True, version=self.row.version if self.row is not None else 0)

    @cached_property
    def groups(self) -> list[Group]:
        made = [
            Group(title=_("Who"), controls=self._controls(WHO)),
            Group(title=_("How to reach them"), controls=self._controls(REACH)),
            Group(title=_("Where they are"), controls=self._controls(PLACE)),
        ]
        for title, names in self._panels():
            group = self._controls(names)
            made.append(Group(title=title, controls=group, folded=not any(each.error for each in group)))
        return made

    @cached_property
    def all_controls(self) -> list[Control]:
        return [each for group in self.groups for each in group.controls]

    @property
    def loose_errors(self) -> list[str]:
        """What is wrong with no control in particular."""
        named = {each.name for each in self.all_controls}
        return [message for name, message in (self.errors or {}).items() if name not in named]

    @cached_property
    def differences(self) -> list[Difference]:
        """What somebody else changed meanwhile, field by field: to be taken, or written over."""
        if self.row is None or not self.stale:
            return []
        now, shown = _stored(self.fields, self.row), self._saved
        typed = {each.name: each.value for each in self.all_controls}
        found = []
        for name, declared in self.fields.fields.items():
            mine, theirs = _text_of(typed.get(name)), _text_of(shown.get(name))
            before = self.seen.get(name)
            only_mine = before is not None and _digest(theirs) == before
            if name not in typed or mine == theirs or only_mine:
                continue
            found.append(
                Difference(
                    name=name, label=label(declared.label), now=self._text(name, now), typed=mine or NONE,
                    mine=before is None or _digest(mine) != before,
                )
            )  # fmt: skip
        return found

    @cached_property
    def opened(self) -> str:
        """What the form shows now, as digests, for whoever sends it: `{name: digest}` as JSON."""
        return json.dumps(
            {name: _digest(_text_of(value)) for name, value in self._saved.items()}, separators=(",", ":")
        )

    @cached_property
    def _saved(self) -> dict[str, Any]:
        """The values of the row as its controls show them."""
        if self.row is None:
            return {}
        now = _stored(self.fields, self.row)
        saved = replace(self, values=now, errors=None, stale=False)
        return {each.name: each.value for each in saved.all_controls}

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.context.zone)

    def _text(self, name: str, values: Mapping[str, Any]) -> str:
        field = self.fields.fields[name]
        return display(field, values.get(name), locale=language(), zone=self._zone, currency=self.context.currency)

    def _controls(self, names: Sequence[str]) -> list[Control]:
        made = controls(
            self.fields,
            self.values,
            names=self._open(names),
            errors=self.errors,
            zone=self._zone,
            currency=self.context.currency,
        )
        return [replace(each, autocomplete="off") for each in made]

    def _open(self, names: Sequence[str]) -> list[str]:
        """Without the fields that hold what this reader sees masked: they stand in no control."""
        held = _stored(self.fields, self.row) if self.row is not None else {}
        return open_fields(names, fields=self.fields.fields, held=held, sight=self.context.sight)

    def _panels(self) -> list[tuple[Label, list[str]]]:
        """Fields of verticals under the headings of their panels, and the rest under the vertical's own name."""
        left = dict.fromkeys(name for name in self.fields.fields if "." in name)
        found = []
        for key, panel in self.view.panels.items():
            vertical = key.partition(".")[0]
            names = [name for field in panel.fields if (name := f"{vertical}.{field}") in left]
            for name in names:
                del left[name]
            found.append((panel.label, names))
        for vertical, declared in self.view.verticals.items():
            found.append((declared.label, [name for name in left if name.startswith(f"{vertical}.")]))
        return [(title, names) for title, names in found if names]


def blank(context: Context, view: CatalogView) -> CustomerForm:
    return CustomerForm(context=context, view=view, values={"kind": "person", "country": context.country})


def of_row(context: Context, view: CatalogView, row: Row[Any]) -> CustomerForm:
    fields = field_set(view, region=context.country)
    return CustomerForm(context=context, view=view, values=_stored(fields, row), version=row.version, row=row)


def typed(
    context: Context, view: CatalogView, sent: MultiDict[str, str], *, row: Row[Any] | None = None
) -> CustomerForm:
    """What a browser sent. A group of checkboxes sends nothing when none is ticked, so it always counts as sent."""
    fields = field_set(view, region=context.country).fields
    many = {name for name, field in fields.items() if field.kind == "choices"}
    values: dict[str, Any] = {name: sent[name] for name in fields if name in sent and name not in many}
    values |= {name: sent.getlist(name) for name in many}
    if row is not None:  # what stands in no control counts as not sent
        held = _stored(field_set(view, region=context.country), row)
        shown = open_fields(list(values), fields=fields, held=held, sight=context.sight)
        values = {name: values[name] for name in shown if sent.get(f"take.{name}") != "theirs"}
    version = sent.get("version", "")
    return CustomerForm(
        context=context,
        view=view,
        values=values,
        row=row,
        seen=_opened(sent.get("opened", "")),
        version=int(version) if version.isascii() and version.isdigit() else 0,
    )


def _text_of(value: Any) -> str:
    """What a control holds, as one text to compare; nothing and an empty text are the same."""
    return _(", ").join(str(each) for each in value) if isinstance(value, list | tuple) else str(value or "")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _opened(text: str) -> dict[str, str]:
    """What our own form sent along; anything else counts as nothing known."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {str(name): str(digest) for name, digest in found.items()} if isinstance(found, dict) else {}


def _stored(fields: FieldSet, row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in fields.columns} | fields.flat(row.attributes)


def number_controls(sent: Mapping[str, str], *, errors: Mapping[str, str]) -> list[Control]:
    """The form of a number by which a customer is known."""
    schemes = list(WORDS["number_scheme"].items())
    made = [
        control("scheme", _("Kind of number"), kind="select", options=schemes, required=True, value="account"),
        control("value", _("The number"), required=True, autocomplete="off", maxlength=200,
                help=_("Document numbers are kept encrypted and shown masked.")),
    ]  # fmt: skip
    return filled(made, values=sent, errors=errors)
