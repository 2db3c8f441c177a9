"""The page of fields as it is drawn: the fields of one target in their order, each with whose it is and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db.slots import NUMBER_SLOTS, TEXT_SLOTS, TIME_SLOTS
from core.fields.models import FieldSetting, FieldSlot, TenantField
from core.fields.slots import SLOTS_OF
from core.fields.targets import known_targets
from core.jobs.models import BulkRun
from core.plugin import Field
from core.plugin.catalog import CatalogView
from core.plugin.tailored import OWN
from core.plugin.types import Label


@dataclass(frozen=True, kw_only=True)
class Index:
    """`state` is filling, ready or releasing; `rows` are those touched so far."""

    state: str
    slot: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Line:
    name: str
    field: Field
    owner: Label
    own_id: UUID | None
    setting: FieldSetting | None
    index: Index | None

    @property
    def label(self) -> Label:
        return {**self.field.label, **(self.setting.label if self.setting is not None else {})}

    @property
    def shown(self) -> bool:
        return self.setting is None or self.setting.shown

    @property
    def required(self) -> bool:
        return self.field.required or (self.setting is not None and self.setting.required)

    @property
    def tailored(self) -> bool:
        return self.setting is not None and bool(not self.setting.shown or self.setting.required or self.setting.label)

    @property
    def indexable(self) -> bool:
        return self.field.kind in SLOTS_OF


@dataclass(frozen=True)
class Screen:
    session: Session
    view: CatalogView
    target: str

    @cached_property
    def targets(self) -> Mapping[str, Label]:
        return known_targets(self.view)

    @cached_property
    def lines(self) -> list[Line]:
        settings = {row.field: row for row in self.session.scalars(_of(FieldSetting, self.target))}
        ids = {f"{OWN}.{row.key}": row.id for row in self._own if row.state == "active"}
        made = [
            (number, name, field) for number, (name, field) in enumerate(self.view.all_fields(on=self.target).items())
        ]
        placed = {name: row.position for name, row in settings.items() if row.position is not None}
        return [
            Line(
                name=name,
                field=field,
                owner=self.view.verticals[name.partition(".")[0]].label,
                own_id=ids.get(name),
                setting=settings.get(name),
                index=self._indexes.get(name),
            )
            for number, name, field in sorted(made, key=lambda each: placed.get(each[1], each[0]))
        ]

    @property
    def ordered(self) -> bool:
        return any(line.setting is not None and line.setting.position is not None for line in self.lines)

    @property
    def names(self) -> list[str]:
        return [line.name for line in self.lines]

    def moved(self, name: str, *, by: int) -> list[str]:
        """The names with one of them moved; as they are where there is nowhere to move to."""
        names = self.names
        if name in names:
            place = names.index(name)
            names.insert(max(0, place + by), names.pop(place))
        return names

    @cached_property
    def retired(self) -> Sequence[TenantField]:
        return [row for row in self._own if row.state == "retired"]

    @property
    def working(self) -> bool:
        """Whether a run fills or empties a column now."""
        return any(each.state != "ready" for each in self._indexes.values())

    @property
    def free(self) -> list[tuple[str, int, int]]:
        """Columns left for texts, numbers and times, and how many there are."""
        taken = {each.slot for each in self._indexes.values()}
        kinds = {"text": TEXT_SLOTS, "number": NUMBER_SLOTS, "time": TIME_SLOTS}
        return [(kind, len(set(slots) - taken), len(slots)) for kind, slots in kinds.items()]

    @cached_property
    def _own(self) -> Sequence[TenantField]:
        return self.session.scalars(_of(TenantField, self.target).order_by(TenantField.key)).all()

    @cached_property
    def _indexes(self) -> Mapping[str, Index]:
        rows = self.session.execute(
            select(FieldSlot.field, FieldSlot.state, FieldSlot.slot, BulkRun.counts)
            .outerjoin(BulkRun, BulkRun.id == FieldSlot.run_id)
            .where(FieldSlot.target == self.target)
        )
        return {
            row.field: Index(state=row.state, slot=row.slot, rows=(row.counts or {}).get("rows", 0)) for row in rows
        }


def _of(model: Any, target: str) -> Any:
    return select(model).where(model.target == target)
