"""What the rows of a file are: customers, or records of one type. Says where a column can go and what names a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from core.customers.identifiers import sealed_as
from core.errors import N_, Invalid, NotFound
from core.imports import mapping, targets
from core.imports.mapping import ColumnMapping
from core.imports.targets import Target, TargetGroup
from core.plugin import Field
from core.plugin.catalog import CatalogView
from core.plugin.types import Label, MaskKind
from core.records.forms import COLUMNS
from core.records.standing import qualified

HOLDER, PARENT, STATE = "holder", "parent", "state"
NO_KEY = N_("Choose an identifier of the type that says which record a row is about: %(schemes)s.")


class Content(Protocol):
    """One kind of rows under one view of the verticals."""

    kind: ClassVar[str]

    @property
    def label(self) -> Label | None:
        """What the rows are; None for customers."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What a run keeps of it."""

    def suggested(self, header: Sequence[str]) -> ColumnMapping: ...

    def check(self, chosen: ColumnMapping, *, header: Sequence[str]) -> None:
        """Raises Invalid where a mapping cannot be used for this file."""

    def names_row(self, target: str) -> bool:
        """Whether a target can say which one a row is about."""

    def groups(self) -> list[TargetGroup]: ...

    def label_of(self, target: str) -> Label: ...

    def mask_of(self, target: str) -> MaskKind | None:
        """How samples of a column that goes there are masked."""


@dataclass(frozen=True, kw_only=True)
class Customers:
    """A row is a customer."""

    kind: ClassVar[str] = "customers.import"
    view: CatalogView
    label: None = None

    @property
    def settings(self) -> Mapping[str, Any]:
        return {}

    def suggested(self, header: Sequence[str]) -> ColumnMapping:
        return mapping.suggested(self.view, header)

    def check(self, chosen: ColumnMapping, *, header: Sequence[str]) -> None:
        mapping.check(chosen, header=header, view=self.view)

    def names_row(self, target: str) -> bool:
        return targets.names_customer(target)

    def groups(self) -> list[TargetGroup]:
        return targets.target_groups(self.view)

    def label_of(self, target: str) -> Label:
        return targets.label_of(self.view, target)

    def mask_of(self, target: str) -> MaskKind | None:
        kind = target.split(":")[1] if target.startswith(targets.POINT) else target
        return _mask_of(targets.field_of(self.view, kind), kind)


@dataclass(frozen=True, kw_only=True)
class Records:
    """A row is a record of one type."""

    kind: ClassVar[str] = "records.import"
    view: CatalogView
    type: str

    @property
    def label(self) -> Label:
        return self.view.record_types[self.type].label

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"type": self.type}

    @property
    def fields(self) -> Mapping[str, Field]:
        return self.view.fields(on=f"record:{self.type}")

    @property
    def schemes(self) -> list[str]:
        """Identifiers as targets: the field where there is one, else `identifier:<scheme>`."""
        owner = self.type.partition(".")[0]
        named = [(each, f"{owner}.{each}") for each in self.view.record_types[self.type].identifiers]
        return [name if name in self.fields else f"{targets.IDENTIFIER}{scheme}" for scheme, name in named]

    @property
    def parent_type(self) -> str | None:
        parent = self.view.record_types[self.type].parent
        return qualified(self.type.partition(".")[0], parent) if parent else None

    def exists(self, target: str) -> bool:
        family, _, scheme = target.partition(":")
        if family in (HOLDER, PARENT):
            return bool(scheme) or ":" not in target
        return target in (STATE, *COLUMNS.fields, *self.fields, *self.schemes)

    def check(self, chosen: ColumnMapping, *, header: Sequence[str]) -> None:
        """Raises Invalid where the file lacks a column, a target does not exist or is named twice, or nothing names a row."""
        mapping.check_columns(chosen, header=header, exists=self.exists)
        if chosen.identify_by not in self.schemes or chosen.identify_by not in chosen.columns.values():
            raise Invalid(NO_KEY, field="mapping", schemes=", ".join(self.schemes) or "–")

    def suggested(self, header: Sequence[str]) -> ColumnMapping:
        """By the names of columns: labels and keys of fields, identifiers, holder, parent, state. Each target once."""
        names = {targets.word(each): each for each in (HOLDER, PARENT, STATE, *COLUMNS.fields)}
        names |= {targets.word(text): key for key, label in self._fixed() for text in label.values()}
        names |= {targets.word(each.rpartition(":")[2].rpartition(".")[2]): each for each in self.schemes}
        for name, each in self.fields.items():
            names |= {targets.word(text): name for text in (*each.label.values(), name.rpartition(".")[2])}
        columns: dict[str, str] = {}
        for column in header:
            target = names.get(targets.word(column))
            if target is not None and target not in columns.values():
                columns[column] = target
        key = next((each for each in self.schemes if each in columns.values()), "")
        return ColumnMapping(columns=columns, identify_by=key)

    def names_row(self, target: str) -> bool:
        return target in self.schemes

    def groups(self) -> list[TargetGroup]:
        """Numbers that name a record, what every record has, and the fields of the type."""
        named = [Target(key=key, label=self.label_of(key)) for key in self.schemes]
        fixed = [Target(key=key, label=label) for key, label in self._fixed()]
        own = [Target(key=key, label=each.label) for key, each in self.fields.items() if key not in self.schemes]
        groups = (({"zh-CN": "识别号码", "en": "Known by"}, named), (self.label, fixed),
                  ({"zh-CN": "字段", "en": "Fields"}, own))  # fmt: skip
        return [TargetGroup(label=label, targets=each) for label, each in groups if each]

    def label_of(self, target: str) -> Label:
        if target in self.fields:
            return self.fields[target].label
        family, _, scheme = target.partition(":")
        found: Label = dict(self._fixed()).get(family, {"zh-CN": scheme or target, "en": scheme or target})
        return (
            {key: f"{text} ({scheme})" for key, text in found.items()} if scheme and family != "identifier" else found
        )

    def mask_of(self, target: str) -> MaskKind | None:
        return _mask_of(self.fields.get(target), target)

    def _fixed(self) -> list[tuple[str, Label]]:
        """What a record of any type may have."""
        declared = self.view.record_types[self.type]
        found: list[tuple[str, Label]] = []
        if declared.holder != "none":
            found.append((HOLDER, {"zh-CN": "客户编号", "en": "Customer number"}))
        if self.parent_type in self.view.record_types:
            found.append((PARENT, self.view.record_types[str(self.parent_type)].label))
        if declared.states:
            found.append((STATE, {"zh-CN": "状态", "en": "State"}))
        return found + [(key, each.label) for key, each in COLUMNS.fields.items()]


def content_of(view: CatalogView, settings: Mapping[str, Any]) -> Content:
    """What a run's rows are. Raises NotFound for a type that is not there, as where its vertical was switched off."""
    wanted = settings.get("type")
    if not wanted:
        return Customers(view=view)
    if wanted not in view.record_types:
        raise NotFound
    return Records(view=view, type=wanted)


KINDS = (Customers.kind, Records.kind)


def _mask_of(field: Field | None, target: str) -> MaskKind | None:
    if field is not None:
        return field.mask
    return sealed_as(target.removeprefix(targets.IDENTIFIER)) if target else None
