"""What a role given to a person reaches: all rows, those of a unit, their own, or customers that meet a condition.

The database's `principal()` puts together what all roles of a person reach; `core.db.reach` holds every statement to it. A
condition is kept with the types of its fields, so that it means the same whatever a vertical or a tenant's own field becomes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import Session

from core.conditions import ConditionError, ValueType, compile_sql, fields_of
from core.context import Context, Reach
from core.db import reach as wall
from core.db import scope
from core.errors import N_, Denied
from core.identity.models import RoleAssignment
from core.plugin.types import Label

REACHES: Mapping[str, Label] = {
    "all": {"zh-CN": "全部", "en": "All"},
    "leased": {"zh-CN": "租借的客户", "en": "Leased customers"},
    "unit_and_below": {"zh-CN": "单位及下级", "en": "Unit and below"},
    "unit": {"zh-CN": "本单位", "en": "Unit"},
    "own": {"zh-CN": "本人负责", "en": "Own"},
    "condition": {"zh-CN": "按条件", "en": "By condition"},
}
BY_PARTY: Mapping[str, Sequence[str]] = {
    "client": ("all", "unit_and_below", "unit", "own", "condition"),
    "provider": ("leased", "unit_and_below", "unit", "own"),
}
"""What may be chosen on each side, the widest first. A provider's people never reach more than what is leased."""

EDITORS: list[Callable[[], Any]] = []
"""The condition editor over a customer's fields, of a layer above; filled by `app.py`."""

WIDER = N_("You cannot give more than you reach yourself.")


def kept(tree: Any, *, types: Mapping[str, ValueType]) -> dict[str, Any]:
    """A condition as an assignment keeps it."""
    used = {name: asdict(types[name]) for name in fields_of(tree)}
    for each in used.values():
        each["choices"] = sorted(each["choices"]) if each["choices"] is not None else None
    return {"tree": tree, "types": used}


def compiled(text: str, columns: Any) -> ColumnElement[bool]:
    """As SQL over a customer's columns. What cannot be read any more reaches nothing."""
    said = json.loads(text)
    types = {
        name: ValueType(**{**each, "choices": frozenset(each["choices"]) if each["choices"] is not None else None})
        for name, each in said["types"].items()
    }
    try:
        return compile_sql(said["tree"], types=types, model=columns)
    except ConditionError:
        return false()


wall.COMPILERS[:] = [compiled]


def of_assignments(
    rows: Sequence[RoleAssignment], *, participant_id: UUID, unit_id: UUID | None, below: Mapping[UUID, Sequence[UUID]]
) -> Reach | None:
    """What roles in force reach together, as `principal()` says it. `below`: the units at and under each."""
    if not rows or any(row.reach in ("all", "leased") for row in rows):
        return None
    units: set[UUID] = set()
    for row in rows:
        place = row.unit_id or unit_id
        if place is not None and row.reach in ("unit", "unit_and_below"):
            units |= {place} if row.reach == "unit" else set(below.get(place, (place,)))
    own = any(row.reach == "own" for row in rows)
    where = {json.dumps(row.condition, sort_keys=True) for row in rows if row.condition is not None}
    return Reach(own=participant_id if own else None, units=tuple(sorted(units)), where=tuple(sorted(where)))


def refuse_wider(context: Context, *, reach: str, unit_id: UUID | None) -> None:
    """Nobody gives a wider view than their own. Raises Denied."""
    within = context.reach
    if within is None or reach == "own":
        return
    if reach not in ("unit", "unit_and_below") or unit_id not in within.units:
        raise Denied(WIDER)


def refuse_narrowed(session: Session) -> None:
    """For acts that touch customers whoever they belong to. Raises Denied for who does not reach them all."""
    if scope.current(session).reach is not None:
        raise Denied(N_("This touches customers beyond those you reach, so it is left to who reaches them all."))
