"""What a segment means now: whom it selects, or the place and the reason why it cannot be used any more.

A segment is `own.<key>` or one that a vertical declares, `<vertical>.<key>`. A broken one selects nobody and says so: every use
of it is refused, since an empty segment and one that cannot be read look alike in a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from core.conditions import ConditionError, ValueType, compile_sql, fields_of, parse
from core.context import Context
from core.customers.fields import condition_fields
from core.customers.models import Customer
from core.errors import N_, Conflict, FieldError, NotFound
from core.fields import FieldSet
from core.fields import slots as field_slots
from core.fields.masks import masker
from core.plugin.catalog import CatalogView
from core.plugin.tailored import OWN
from core.plugin.types import Label
from core.segments.models import Segment, SegmentMember

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
TELLING = ("text", "long_text")
"""Kinds whose value may say who somebody is: of personal fields a segment holds none, so that erasure need not look there."""


class SegmentBroken(Conflict):
    """It names what is not there any more."""

    code = "segment_broken"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """`label` is a text of the tenant, or a vertical's by language. `faults` say where and why it cannot be used."""

    key: str
    label: str | Label
    mode: str
    condition: Any
    tone: str = "mute"
    id: UUID | None = None
    round: int = 0
    size: int | None = None
    taken_at: datetime | None = None
    state: str = "active"
    faults: Sequence[FieldError] = ()

    @property
    def own(self) -> bool:
        return self.id is not None

    @property
    def broken(self) -> bool:
        return bool(self.faults)


def definitions(session: Session, *, view: CatalogView, archived: bool = False) -> dict[str, Definition]:
    """All by qualified key: the tenant's by name, then those of verticals."""
    types = types_of(view)
    wanted = select(Segment).order_by(Segment.name, Segment.id)
    if not archived:
        wanted = wanted.where(Segment.state == "active")
    found = {f"{OWN}.{row.key}": of_row(row, types=types) for row in session.scalars(wanted)}
    return found | built_in(view)


def built_in(view: CatalogView) -> dict[str, Definition]:
    types = types_of(view)
    return {
        key: Definition(
            key=key, label=each.label, mode="live", condition=each.condition, tone=each.tone,
            faults=faults_of(each.condition, types=types),
        )
        for key, each in view.segments.items()
    }  # fmt: skip


def of_row(row: Segment, *, types: Mapping[str, ValueType]) -> Definition:
    return Definition(
        key=f"{OWN}.{row.key}", label=row.name, mode=row.mode, condition=row.condition, id=row.id, round=row.round,
        size=row.size, taken_at=row.taken_at, state=row.state, tone="plum",
        faults=faults_of(row.condition, types=types) if row.condition is not None else (),
    )  # fmt: skip


def definition(session: Session, *, view: CatalogView, key: str) -> Definition:
    """Raises NotFound."""
    owner, _, bare = key.partition(".")
    if owner != OWN:
        declared = built_in(view).get(key)
        if declared is None:
            raise NotFound
        return declared
    row = session.scalar(select(Segment).where(Segment.key == bare)) if KEY.fullmatch(bare) else None
    if row is None:
        raise NotFound
    return of_row(row, types=types_of(view))


def types_of(view: CatalogView) -> Mapping[str, ValueType]:
    return condition_fields(view).types()


def faults_of(tree: Any, *, types: Mapping[str, ValueType]) -> Sequence[FieldError]:
    """What is wrong with a condition today, each at its place; nothing where it can be used."""
    try:
        parse(tree, types=types)
    except ConditionError as error:
        return tuple(error.errors)
    return ()


def usable(found: Definition) -> Definition:
    """Raises SegmentBroken with the first fault, and Conflict for one that was archived."""
    if found.faults:
        first = found.faults[0]
        raise SegmentBroken(
            N_("The segment “%(segment)s” cannot be used. At %(place)s: %(reason)s"),
            segment=found.key, place=first.field or "$", reason=first.message % first.params,
        )  # fmt: skip
    if found.state == "archived":
        raise Conflict(N_("The segment “%(segment)s” is archived."), segment=found.key)
    return found


def selects(session: Session, *, view: CatalogView, found: Definition) -> ColumnElement[bool]:
    """The test over Customer of who is in it, whatever the customer's state. Raises SegmentBroken and Conflict."""
    usable(found)
    if found.mode == "live":
        return matches(session, view=view, tree=found.condition)
    return exists().where(
        SegmentMember.tenant_id == Customer.tenant_id,
        SegmentMember.segment_id == found.id,
        SegmentMember.round == found.round,
        SegmentMember.customer_id == Customer.id,
    )


def matches(session: Session, *, view: CatalogView, tree: Any) -> ColumnElement[bool]:
    """A condition over Customer, by the slots of indexed fields where these are ready. Raises ConditionError."""
    slots = field_slots.ready(session, target="customer")
    return compile_sql(tree, types=types_of(view), model=Customer, columns=slots)


def members(session: Session, *, view: CatalogView, found: Definition) -> Select[UUID]:
    """The active customers in it, as a statement that the session's own walls, leases and reach narrow further."""
    return select(Customer.id).where(Customer.state == "active", selects(session, view=view, found=found))


def slow_fields(session: Session, *, view: CatalogView, tree: Any) -> list[str]:
    """Names in a condition that lie in the document and in no column of their own: read row by row."""
    slots, columns = field_slots.ready(session, target="customer"), condition_fields(view).columns
    return sorted(name for name in fields_of(tree) if name not in slots and name not in columns)


def readable(found: Definition, *, context: Context, view: CatalogView) -> bool:
    """Whether membership tells the reader nothing that a mask hides from them."""
    known = condition_fields(view).known
    return all(
        masker(known[name], name=name, sight=context.sight) is None
        for name in fields_of(found.condition or {})
        if name in known
    )


def offered(view: CatalogView, *, context: Context) -> FieldSet:
    """The fields of which a segment may be made: what the reader sees in clear, and nothing that names a person."""
    known = condition_fields(view)
    fields = {
        name: each
        for name, each in known.fields.items()
        if masker(each, name=name, sight=context.sight) is None
        and (each.sensitivity == "plain" or each.kind not in TELLING)
    }
    return FieldSet(fields=fields, columns={name: at for name, at in known.columns.items() if name in fields})
