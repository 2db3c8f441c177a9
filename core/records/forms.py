"""The form of a record: its controls, what was typed, what is wrong with it, and what somebody else changed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from core.context import Context
from core.customers.forms import Difference
from core.engagements.queries import customers_by_number
from core.errors import N_, FieldError, Invalid
from core.fields import FieldSet
from core.fields.controls import controls
from core.fields.display import display
from core.fields.unseen import open_fields
from core.plugin import Counter, Field, RecordType, standards
from core.plugin.catalog import CatalogView
from core.records import queries
from core.records.service import STATUSES
from core.records.shown import RecordReader
from core.records.standing import qualified
from core.web.forms import Control, control, filled
from core.web.i18n import label, language
from core.web.words import word

COLUMNS = FieldSet(
    fields={
        "occurred_at": Field(key="occurred_at", label={"zh-CN": "开始时间", "en": "Begins"}, kind="datetime"),
        "ends_at": Field(key="ends_at", label={"zh-CN": "结束时间", "en": "Ends"}, kind="datetime"),
        "amount": Field(key="amount", label={"zh-CN": "金额", "en": "Amount"}, kind="money"),
        "currency": Field(
            key="currency",
            label={"zh-CN": "币种", "en": "Currency"},
            kind="text",
            max_length=3,
            validator=standards.currency,
            help={
                "zh-CN": "三位代码，如 CNY；留空即工作区的币种",
                "en": "Three letters, such as CNY; empty means the workspace's own",
            },
        ),
    }
)
"""What a record of any type has beside its fields."""


def typed_columns(
    values: Mapping[str, Any], *, zone: ZoneInfo, currency: str
) -> tuple[dict[str, Any], list[FieldError]]:
    """Times, amount and currency as they were typed. The amount is read in the currency beside it, else in `currency`."""
    only = FieldSet(fields={"currency": COLUMNS.fields["currency"]})
    beside, _wrong = only.parse({"currency": values.get("currency")}, partial=True)
    return COLUMNS.parse(values, partial=True, zone=zone, currency=beside.get("currency") or currency)


HOLDER, PARENT, STATE = "customer", "parent", "state"
RENAMED = {"customer_id": HOLDER, "parent_id": PARENT, "amount_minor": "amount"}


@dataclass(frozen=True, kw_only=True)
class RecordForm:
    """`values` by name of control: text as it was typed, or stored values. `row` is the record as it is now."""

    context: Context
    view: CatalogView
    type: str
    values: Mapping[str, Any]
    version: int = 0
    row: Any = None
    errors: Mapping[str, str] | None = None
    stale: bool = False

    @cached_property
    def reader(self) -> RecordReader:
        return RecordReader(self.context, self.view, self.type)

    @property
    def kind(self) -> RecordType:
        return self.reader.kind

    @property
    def parent_type(self) -> str | None:
        return qualified(self.reader.owner, self.kind.parent) if self.kind.parent else None

    def read(self, session: Session) -> dict[str, Any]:
        """The columns as the service takes them; `fields` it parses itself. Raises Invalid with every wrong field."""
        own = (
            self.context.currency if "currency" in self.values else self._currency
        )  # left empty, it is the workspace's
        typed, errors = typed_columns(self.values, zone=self._zone, currency=own)
        found: dict[str, Any] = {name: typed[name] for name in ("occurred_at", "ends_at", "currency") if name in typed}
        if "amount" in typed:
            found["amount_minor"] = typed["amount"]
        if HOLDER in self.values:
            found["customer_id"] = self._holder(session, errors)
        if PARENT in self.values and self.parent_type is not None:
            found["parent_id"] = self._parent(session, self.parent_type, errors)
        partial = self.row is not None
        held = self.reader.fields.flat(self.row.attributes) if partial else None
        _, wrong = self.reader.fields.parse(
            self.fields, partial=partial, zone=self._zone, currency=self._currency, held=held
        )
        if errors or wrong:
            raise Invalid(errors=[*wrong, *errors])
        return found

    @property
    def fields(self) -> dict[str, Any]:
        """Values of declared fields as the service parses them."""
        return {name: self.values[name] for name in self.reader.fields.fields if name in self.values}

    def wrong(self, errors: Mapping[str, str]) -> RecordForm:
        """The form again, nothing typed is lost; an error of a number stands at its field."""
        fields = self.reader.fields.fields
        named = {f"{self.reader.owner}.{name}" if f"{self.reader.owner}.{name}" in fields else name: text
                 for name, text in errors.items()}  # fmt: skip
        return replace(self, errors={RENAMED.get(name, name): text for name, text in named.items()})

    def overtaken(self) -> RecordForm:
        """The form after somebody else saved: what was typed, over the version that is there now."""
        return replace(self, stale=True, version=self.row.version if self.row is not None else 0)

    @cached_property
    def belonging(self) -> list[Control]:
        """Holder, parent, and of a new record its first state."""
        made = []
        if self.kind.holder != "none":
            made.append(control(HOLDER, _("Customer no."), required=self.kind.holder == "required", autocomplete="off",
                                help=_("Whose it is; the number stands beside the customer's name")))  # fmt: skip
        if self.parent_type is not None and self.parent_type in self.view.record_types:
            text = _("%(type)s no.", type=label(self.view.record_types[self.parent_type].label))
            made.append(control(PARENT, text, autocomplete="off", help=_("What it belongs to")))
        if self.row is None and self.kind.states:
            states = [(each.key, each.label) for each in self.kind.states]
            made.append(control(STATE, _("State"), kind="select", options=states, required=True, value=states[0][0]))
        return filled(made, values=self.values, errors=self.errors)

    @cached_property
    def declared(self) -> list[Control]:
        """Without the fields that hold what this reader sees masked."""
        fields, held = self.reader.fields.fields, self.reader.fields.flat(self.row.attributes) if self.row else {}
        names = set(open_fields(list(fields), fields=fields, held=held, sight=self.context.sight))
        made = [each for each in self._controls(self.reader.fields) if each.name in names]
        return [replace(each, autocomplete="off") for each in made]

    @cached_property
    def columns(self) -> list[Control]:
        """The amount without a sign before it: what it is in stands beside it."""
        return [replace(each, currency=None, autocomplete="off") for each in self._controls(COLUMNS)]

    def _controls(self, fields: FieldSet) -> list[Control]:
        return controls(fields, self.values, errors=self.errors, zone=self._zone, currency=self._currency)

    @property
    def all_controls(self) -> list[Control]:
        return [*self.belonging, *self.declared, *self.columns]

    @property
    def loose_errors(self) -> list[str]:
        """What is wrong with no control in particular."""
        named = {each.name for each in self.all_controls}
        return [message for name, message in (self.errors or {}).items() if name not in named]

    @cached_property
    def differences(self) -> list[Difference]:
        """What the record holds now and the form would overwrite."""
        if self.row is None or not self.stale:
            return []
        now = {**self.reader.fields.flat(self.row.attributes), **_columns_of(self.row)}
        typed = {each.name: each.value for each in (*self.declared, *self.columns)}
        both = FieldSet(fields={**self.reader.fields.fields, **COLUMNS.fields})
        kept = [each for each in controls(both, now, zone=self._zone, currency=self._currency) if each.name in typed]
        return [
            Difference(
                name=each.name,
                label=label(both.fields[each.name].label),
                now=display(both.fields[each.name], now.get(each.name), locale=language(), zone=self._zone,
                            currency=self._currency),
                typed=str(typed[each.name] or "–"),
                mine=True,
            )
            for each in kept
            if (typed[each.name] or "") != (each.value or "")
        ]  # fmt: skip

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.context.zone)

    @property
    def _currency(self) -> str:
        return (self.row.currency if self.row is not None else None) or self.context.currency

    def _holder(self, session: Session, errors: list[FieldError]) -> UUID | None:
        number, blank = _number(self.values[HOLDER])
        if self.row is not None and number is not None and number == self.row.customer_number:
            kept: UUID | None = self.row.customer_id  # who is archived by now still holds it
            return kept
        found = customers_by_number(session, context=self.context, numbers=[number]) if number is not None else {}
        if number in found:
            return found[number]
        if not blank:
            message = N_("There is no active customer with this number.")
            errors.append(FieldError(field=HOLDER, code="unknown", message=message))
        return None

    def _parent(self, session: Session, parent_type: str, errors: list[FieldError]) -> UUID | None:
        number, blank = _number(self.values[PARENT])
        if number is not None:
            found = queries.number_of(session, context=self.context, type=parent_type, number=number)
            if found is not None:
                return found
        if not blank:
            errors.append(FieldError(field=PARENT, code="unknown", message=N_("There is none with this number.")))
        return None


def blank(context: Context, view: CatalogView, type: str, *, given: Mapping[str, str]) -> RecordForm:  # noqa: A002
    """A new record. `given` are holder and parent as an address names them."""
    values = {name: given[name] for name in (HOLDER, PARENT) if name in given}
    return RecordForm(context=context, view=view, type=type, values=values)


def of_row(context: Context, view: CatalogView, row: Any, *, parent_number: int | None) -> RecordForm:
    values = {
        **RecordReader(context, view, row.type).fields.flat(row.attributes),
        **_columns_of(row),
        HOLDER: row.customer_number,
        PARENT: parent_number,
    }
    return RecordForm(context=context, view=view, type=row.type, values=values, version=row.version, row=row)


def _columns_of(row: Any) -> dict[str, Any]:
    return {
        "occurred_at": row.occurred_at, "ends_at": row.ends_at, "amount": row.amount_minor, "currency": row.currency,
    }  # fmt: skip


def typed(
    context: Context,
    view: CatalogView,
    type: str,  # noqa: A002
    sent: MultiDict[str, str],
    *,
    row: Any = None,
) -> RecordForm:
    """What a browser sent. A group of checkboxes sends nothing when none is ticked, so it always counts as sent."""
    fields = RecordReader(context, view, type).fields.fields
    many = {name for name, field in fields.items() if field.kind == "choices"}
    known = (*fields, *COLUMNS.fields, HOLDER, PARENT, STATE)
    values: dict[str, Any] = {name: sent[name] for name in known if name in sent and name not in many}
    values |= {name: sent.getlist(name) for name in many}
    version = sent.get("version", "")
    return RecordForm(
        context=context, view=view, type=type, values=values, row=row,
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0,
    )  # fmt: skip


READ_AT = FieldSet(
    fields={
        "value": Field(key="value", label={"zh-CN": "读数", "en": "Reading"}, kind="integer", required=True),
        "read_at": Field(key="read_at", label={"zh-CN": "读取时间", "en": "Read at"}, kind="datetime",
                         help={"zh-CN": "留空即现在", "en": "Empty means now"}),
    }
)  # fmt: skip


def reading_controls(
    context: Context, counter: Counter, sent: Mapping[str, str], errors: Mapping[str, str]
) -> list[Control]:
    """The form of one reading of a counter."""
    value, read_at = controls(READ_AT, sent, errors=errors, zone=ZoneInfo(context.zone))
    status = control("status", _("What the counter went through"), kind="select", required=True, value="original",
                     options=[(each, word("reading_status", each)) for each in STATUSES])  # fmt: skip
    source = control("source", _("Where it was read"), maxlength=100, autocomplete="off")
    rest = filled([status, source], values=sent, errors=errors)
    return [replace(value, unit=counter.unit), read_at, *rest]


def reading_of(context: Context, sent: Mapping[str, str]) -> dict[str, Any]:
    """A reading as the service takes it. Raises Invalid."""
    values, errors = READ_AT.parse(sent, zone=ZoneInfo(context.zone))
    if errors:
        raise Invalid(errors=errors)
    return {**values, "status": sent.get("status") or "original", "source": sent.get("source", "")}


def _number(value: Any) -> tuple[int | None, bool]:
    """The number that was typed, and whether nothing was."""
    text = str(value if value is not None else "").strip().removeprefix("#")
    return (int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None), not text
