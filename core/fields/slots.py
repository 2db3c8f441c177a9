"""Indexed fields in columns of their own: which slot holds which field, and conditions and orders that use it.

1. `index` gives a field a free slot of its kind's type; a bulk run (`core.fields.filling`) copies the values that are there.
   Rows written from then on fill their slots themselves, by a trigger.  2. Once all are there the slot is ready and lists
   use it.  3. `release` empties a slot and gives it back.
Behind row-level security a slot is as fast as a core column; the document is 74 to 1300 times slower on a large tenant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, exists, select, text
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.db.slots import NUMBER_SLOTS, TEXT_SLOTS, TIME_SLOTS
from core.errors import N_, Conflict, Invalid
from core.fields.models import FieldSlot
from core.jobs import service as jobs
from core.jobs.tasks import set_going
from core.plugin import Field, FieldKind

KIND = "field_slots"
"""The bulk run that fills or empties slots."""

SLOTS_OF: Mapping[FieldKind, tuple[str, ...]] = MappingProxyType(
    {
        "text": TEXT_SLOTS,
        "choice": TEXT_SLOTS,
        "boolean": TEXT_SLOTS,
        "integer": NUMBER_SLOTS,
        "money": NUMBER_SLOTS,
        "date": TIME_SLOTS,
        "datetime": TIME_SLOTS,
    }
)
"""Kinds that can be indexed. A number with decimals has no column in which it could be compared fast."""

GIVEN = "SELECT set_config('app.slots', 'given', true)"
TAKEN = "SELECT set_config('app.slots', '', true)"
"""Between these two statements of a transaction, inserted customers bring their slots (`expressions`)."""

MODELS: dict[str, Any] = {}
"""The table of each kind of target: `customer`, `record`, `case` (set at boot, in `app.py`)."""


def model_of(target: str) -> Any:
    return MODELS[target.partition(":")[0]]


def ready(session: Session, *, target: str) -> dict[str, ColumnElement[Any]]:
    """The column of each field of a target whose slot is filled, by qualified key: for `compile_sql` and ORDER BY."""
    rows = session.execute(
        select(FieldSlot.field, FieldSlot.slot).where(FieldSlot.target == target, FieldSlot.state == "ready")
    )
    model = model_of(target)
    return {row.field: getattr(model, row.slot) for row in rows}


def index(session: Session, *, context: Context, target: str, fields: Mapping[str, Field]) -> list[str]:
    """Give each field that has none a slot, and have them filled. `fields` by qualified key.

    Returns the fields for which no slot is left. Raises Invalid for a kind that cannot be indexed.
    """
    _hold_still(session)
    taken = {row.field: row.slot for row in _rows(session, target)}
    wanted = {name: field for name, field in fields.items() if name not in taken}
    left, made = [], []
    used = set(taken.values())
    for name, field in wanted.items():
        if field.kind not in SLOTS_OF:
            raise Invalid(N_("A field of this kind cannot be indexed."), field=name)
        slot = next((each for each in SLOTS_OF[field.kind] if each not in used), None)
        if slot is None:
            left.append(name)
            continue
        used.add(slot)
        made.append(FieldSlot(target=target, field=name, kind=field.kind, slot=slot))
    session.add_all(made)
    _begin(session, context=context, target=target, rows=made)
    return left


def index_one(session: Session, *, context: Context, target: str, name: str, field: Field) -> None:
    """Raises Invalid (kind) and Conflict (no slot left)."""
    if index(session, context=context, target=target, fields={name: field}):
        raise Conflict(
            N_("No more fields of this kind can be indexed here. Take the index off another one first."), field=name
        )


def release(session: Session, *, context: Context, target: str, names: Iterable[str]) -> None:
    """Empty the slots of fields and give them back; lists no longer use them from now on."""
    _hold_still(session)
    wanted = set(names)
    rows = [row for row in _rows(session, target) if row.field in wanted]
    for row in rows:
        row.state = "releasing"
    _begin(session, context=context, target=target, rows=rows)


def expressions(session: Session, *, target: str, fields: Collection[str], attributes: str) -> dict[str, str]:
    """The SQL of each slot that holds one of the fields, over a column of attributes: for who inserts thousands of rows.

    Their rows go past the trigger (`GIVEN`), which asks for the slots once a row and takes half as long as the rest of the
    insert. Until the transaction ends no slot is given or taken back.
    """
    _hold_still(session, shared=True)
    wanted = select(FieldSlot.slot, FieldSlot.field, FieldSlot.kind).where(
        FieldSlot.target == target, FieldSlot.field.in_(list(fields)), FieldSlot.state != "releasing"
    )
    casts = {"s": "text", "n": "bigint", "t": "timestamptz"}
    return {
        row.slot: f"cast(slot_value({attributes} #> string_to_array('{row.field}', '.'), '{row.kind}') #>> '{{}}'"
        f" AS {casts[row.slot[0]]})"
        for row in session.execute(wanted)
    }


def _hold_still(session: Session, *, shared: bool = False) -> None:
    """Whoever gives slots waits for who fills them by themselves, and these for them; the latter not for each other."""
    lock = text(f"SELECT pg_advisory_xact_lock{'_shared' if shared else ''}(hashtextextended(:key, 0))")
    session.execute(lock.execution_options(**scope.PLATFORM), {"key": f"slots:{scope.current(session).tenant_id}"})


def _rows(session: Session, target: str) -> list[FieldSlot]:
    """Locked: two people who index fields of one target would else choose the same slot."""
    return list(session.scalars(select(FieldSlot).where(FieldSlot.target == target).with_for_update()))


def _begin(session: Session, *, context: Context, target: str, rows: list[FieldSlot]) -> None:
    """A run over the target's rows; where there are none, it is done at once."""
    if not rows:
        return
    session.flush()
    audit.append(
        session,
        context=context,
        action="field.indexed" if rows[0].state == "filling" else "field.released",
        subject=("field_slot", rows[0].id),
        fields=[row.field for row in rows],
        details={"target": target},
    )
    if not session.scalar(select(exists(rows_of(target)))):
        settle(session, rows=rows)
        return
    run = jobs.create_run(session, kind=KIND, settings={"target": target, "last": None})
    for row in rows:
        row.run_id = run.id
    session.flush()
    set_going(session, context=context, run=run)


def settle(session: Session, *, rows: Iterable[FieldSlot]) -> None:
    """The rows' values are where they should be: a filled slot is ready, an emptied one is free."""
    for row in rows:
        if row.state == "filling":
            row.state = "ready"
        elif row.state == "releasing":
            session.delete(row)
    session.flush()


def rows_of(target: str) -> Any:
    model = model_of(target)
    kind, _, of = target.partition(":")
    found = select(model.id)
    return found.where(model.type == of) if kind == "record" else found
