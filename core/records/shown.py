"""A record as one reader may see it: the only way from a row to a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core.context import Context
from core.customers.shown import spaced, spoken
from core.fields import FieldSet
from core.fields.display import display
from core.fields.masks import Policy, hide, mask_for, masker, policy_for, policy_of, shown_as
from core.plugin import Field, RecordType
from core.plugin.catalog import CatalogView
from core.web.formats import NONE, money
from core.web.i18n import label, language

SPACED = ("phone",)
COLUMNS = 4
"""Fields that a list shows of a type which names none."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """`hidden`: masked for this reader. `number`: set to the right."""

    text: str
    hidden: bool = False
    tone: str | None = None
    number: bool = False


@dataclass(frozen=True, kw_only=True)
class Fact:
    """`field` and `policy` are for the way to a masked value."""

    label: Any
    cell: Cell
    field: str = ""
    policy: Policy = "clear"


@dataclass(frozen=True)
class RecordReader:
    """Who reads records of one type: made once for a page of many rows."""

    context: Context
    view: CatalogView
    type: str

    @cached_property
    def kind(self) -> RecordType:
        return self.view.record_types[self.type]

    @cached_property
    def fields(self) -> FieldSet:
        return FieldSet.of(self.view, target=f"record:{self.type}")

    @property
    def owner(self) -> str:
        return self.type.partition(".")[0]

    def qualified(self, keys: Iterable[str]) -> list[str]:
        """Names of fields that a declaration names by bare key, as far as the tenant shows them."""
        names = (key if "." in key else f"{self.owner}.{key}" for key in keys)
        return [name for name in names if name in self.fields.fields]

    @cached_property
    def columns(self) -> list[str]:
        """What a list shows: as the type says, else its first fields."""
        if self.kind.columns:
            return self.qualified(self.kind.columns)
        return [name for name, field in self.fields.fields.items() if field.kind != "long_text"][:COLUMNS]

    def policy(self, name: str) -> Policy:
        """Of a field, or of an identifier that is none."""
        field = self.fields.fields.get(name)
        if field is None:
            return policy_for("personal", None, name=name, sight=self.context.sight)
        return policy_of(field, name=name, sight=self.context.sight)

    def clear(self, name: str) -> bool:
        return masker(self.fields.fields[name], name=name, sight=self.context.sight) is None

    def cell(self, name: str, value: Any) -> Cell:
        """The value of a field in the reader's language, behind its mask."""
        field = self.fields.fields[name]
        masked = masker(field, name=name, sight=self.context.sight)
        if masked is not None and value is not None:
            return Cell(text=spaced(str(masked(value))), hidden=True)
        if field.mask == "phone" and isinstance(value, str):
            return Cell(text=spoken(value, region=self.context.country))
        text = display(
            field, value, locale=language(), zone=ZoneInfo(self.context.zone), currency=self.context.currency
        )
        return Cell(text=text, tone=_tone(field, value), number=is_number(field))

    def identifier(self, scheme: str, value: str) -> Cell:
        """An identifier behind the mask of its field; one that is no field is hidden where its reader sees masks."""
        name = f"{self.owner}.{scheme}"
        if name in self.fields.fields:
            return self.cell(name, value)
        if mask_for("personal", None, name=name, sight=self.context.sight) is not None:
            return Cell(text=str(hide(value)), hidden=True)
        return Cell(text=value)

    def scheme(self, scheme: str) -> Any:
        """What an identifier is called: as its field is, else by its key."""
        field = self.fields.fields.get(f"{self.owner}.{scheme}")
        return field.label if field is not None else scheme.upper()

    def state(self, key: str) -> tuple[str, str]:
        """Label and tone of a state."""
        found = next((each for each in self.kind.states if each.key == key), None)
        return (str(label(found.label)), found.tone) if found is not None else (key, "mute")


@dataclass(frozen=True)
class ShownRecord:
    """One record of a list or page. `row` has `queries.COLUMNS` and `identifiers`."""

    row: Any
    reader: RecordReader

    @property
    def id(self) -> UUID:
        return UUID(str(self.row.id))

    @cached_property
    def flat(self) -> Mapping[str, Any]:
        return self.reader.fields.shown(self.row.attributes)

    @cached_property
    def name(self) -> str:
        """What it is called: the fields its type names, else what it is known by, else its number."""
        parts = [self.reader.cell(name, self.flat[name]) for name in self._titles if name in self.flat]
        shown = [part.text for part in parts if part.text != NONE]
        if shown:
            return " ".join(shown)
        for scheme in self.reader.kind.identifiers:
            value = (self.row.identifiers or {}).get(scheme)
            if value:
                return self.reader.identifier(scheme, value).text
        return str(self.row.number)

    @property
    def _titles(self) -> list[str]:
        return self.reader.qualified(self.reader.kind.title)

    @property
    def state(self) -> tuple[str, str]:
        return self.reader.state(self.row.state)

    @cached_property
    def cells(self) -> list[Cell]:
        return [self.reader.cell(name, self.flat.get(name)) for name in self.reader.columns]

    @cached_property
    def facts(self) -> list[Fact]:
        """Its fields that have a value and are not what it is known by."""
        known = {f"{self.reader.owner}.{scheme}" for scheme in self.reader.kind.identifiers}
        fields = self.reader.fields.fields
        return [
            Fact(
                label=field.label,
                cell=self.reader.cell(name, self.flat[name]),
                field=name,
                policy=self.reader.policy(name),
            )
            for name, field in fields.items()
            if name in self.flat and name not in known
        ]

    @cached_property
    def numbers(self) -> list[Fact]:
        """What it is known by, in the order of its type."""
        held = self.row.identifiers or {}
        return [self._number(scheme, held[scheme]) for scheme in self.reader.kind.identifiers if scheme in held]

    def _number(self, scheme: str, value: str) -> Fact:
        name = f"{self.reader.owner}.{scheme}"
        field = name if name in self.reader.fields.fields else f"number:{scheme}"
        return Fact(label=self.reader.scheme(scheme), cell=self.reader.identifier(scheme, value), field=field,
                    policy=self.reader.policy(name))  # fmt: skip

    @property
    def amount(self) -> str | None:
        if self.row.amount_minor is None:
            return None
        return money(self.row.amount_minor, self.row.currency or self.reader.context.currency)

    @property
    def holder(self) -> str | None:
        """The holder's name; None where there is none, or none that this reader sees."""
        name: str | None = shown_as("name", self.row.customer_name, name="name", sight=self.reader.context.sight)
        return name


def is_number(field: Field) -> bool:
    return field.kind in ("integer", "decimal", "money", "date", "datetime")


def _tone(field: Field, value: Any) -> str | None:
    """A choice that declares a tone of its own is shown as a badge."""
    found = next((each.tone for each in field.choices if each.key == value), "mute")
    return None if found == "mute" else found
