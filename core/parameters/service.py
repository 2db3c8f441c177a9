"""Keep a tenant's own values of parameters. Whoever changes one has the view made anew and clocks computed anew
(`core.configuration.overrides`), and holds the tenant's row locked while it does.

Own values of one parameter and place never overlap: a new one ends the one before it at its own first day. One that would
begin on or before the first day of another is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.errors import N_, Conflict, FieldError, Invalid, NotFound
from core.parameters import values
from core.parameters.models import ParameterOverride
from core.plugin.catalog import CatalogView
from core.plugin.types import Parameter

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)
OVERLAPS = N_(
    "Your own value that begins on %(day)s overlaps with these days. Choose a later first day, let it end before, "
    "or end that one first."
)


@dataclass(frozen=True, kw_only=True)
class OwnValue:
    """What a tenant wants: `key` is `<vertical>.<key>`, `value` of the declared kind, the period half-open."""

    key: str
    jurisdiction: str
    value: Any
    begins: date
    ends: date | None = None


def declared_rows(view: CatalogView, *, key: str, jurisdiction: str | None = None) -> list[Parameter]:
    """The rows that a vertical declares for a parameter, in one place or in all; not what the tenant set."""
    owner, _, bare = key.partition(".")
    rows = view.parameters[owner].rows if owner in view.parameters else ()
    return [
        row for row in rows if row.key == bare and not row.set_by_tenant and jurisdiction in (None, row.jurisdiction)
    ]


def checked(view: CatalogView, wanted: OwnValue) -> Parameter:
    """The declared row in force when the value begins. Raises NotFound, and Invalid with everything that is wrong."""
    rows = declared_rows(view, key=wanted.key, jurisdiction=wanted.jurisdiction)
    if not rows:
        raise NotFound
    errors = list(_wrong_days(wanted))
    covered = [] if errors else list(values.pieces(rows, begins=wanted.begins, ends=wanted.ends))
    if not errors and (not covered or covered[0].begins > wanted.begins):
        first = min(row.effective_from for row in rows).isoformat()
        message = N_("No number of the law is in force on that day. The first begins on %(day)s.")
        errors.append(FieldError(field="effective_from", code="range", message=message, params={"day": first}))
    found = (values.refusal(wanted.value, piece, begins=wanted.begins) for piece in covered)
    errors += [each for each in found if each is not None]
    if errors:
        raise Invalid(errors=errors)
    return covered[0].row


def _wrong_days(wanted: OwnValue) -> list[FieldError]:
    made = []
    if not FIRST <= wanted.begins <= LAST:
        message = N_("Give a day between 2000 and 2099.")
        made.append(FieldError(field="effective_from", code="range", message=message))
    if wanted.ends is not None and not wanted.begins < wanted.ends <= LAST:
        message = N_("The last day must not be before the first.")
        made.append(FieldError(field="effective_to", code="range", message=message))
    return made


def own_values(session: Session, *, key: str, jurisdiction: str, lock: bool = False) -> Sequence[ParameterOverride]:
    """The tenant's values of a parameter in a place that ever hold, the earliest first."""
    wanted = (
        select(ParameterOverride)
        .where(
            ParameterOverride.key == key,
            ParameterOverride.jurisdiction == jurisdiction,
            ParameterOverride.state == "approved",
        )
        .order_by(ParameterOverride.effective_from, ParameterOverride.id)
    )
    rows = session.scalars(wanted.with_for_update() if lock else wanted)
    return [row for row in rows if row.effective_to is None or row.effective_from < row.effective_to]


def fitting(rows: Sequence[ParameterOverride], wanted: OwnValue) -> ParameterOverride | None:
    """The value that a new one ends, if there is one. Raises Conflict where they overlap in another way."""
    for row in rows:
        if row.effective_from >= wanted.begins and (wanted.ends is None or row.effective_from < wanted.ends):
            raise Conflict(OVERLAPS, field="effective_from", day=row.effective_from.isoformat())
    earlier = [row for row in rows if row.effective_from < wanted.begins]
    last = earlier[-1] if earlier else None
    return last if last is not None and (last.effective_to is None or last.effective_to > wanted.begins) else None


def set_value(
    session: Session, *, context: Context, view: CatalogView, wanted: OwnValue, reason: str, asked_by: UUID | None
) -> ParameterOverride:
    """Keep an approved value. Raises NotFound, Invalid, Conflict."""
    checked(view, wanted)
    former = fitting(own_values(session, key=wanted.key, jurisdiction=wanted.jurisdiction, lock=True), wanted)
    if former is not None:
        former.effective_to = wanted.begins
    row = ParameterOverride(
        key=wanted.key,
        jurisdiction=wanted.jurisdiction,
        value=values.as_json(wanted.value),
        effective_from=wanted.begins,
        effective_to=wanted.ends,
        reason=reason,
        state="approved",
        requested_by=asked_by,
        decided_by=context.participant_id,
        decided_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    _note(session, context, "parameter.overridden", row, ended=former.id if former is not None else None)
    return row


def end_value(session: Session, *, context: Context, override_id: UUID, on: date) -> ParameterOverride:
    """Let the declared number hold again from a day on. Raises NotFound, Invalid."""
    row = session.scalar(
        select(ParameterOverride)
        .where(ParameterOverride.id == override_id, ParameterOverride.state == "approved")
        .with_for_update()
    )
    if row is None:
        raise NotFound
    check_end(row, on)
    row.effective_to = on
    session.flush()
    _note(session, context, "parameter.override_ended", row)
    return row


def check_end(row: ParameterOverride, on: date) -> None:
    """Raises Invalid. On its own first day it ends before it ever held."""
    if on < row.effective_from or (row.effective_to is not None and on >= row.effective_to):
        raise Invalid(N_("Choose a day on which your own value is in force."), field="on")


def _note(session: Session, context: Context, action: str, row: ParameterOverride, ended: UUID | None = None) -> None:
    last = row.effective_to.isoformat() if row.effective_to else None
    details = {
        "parameter": row.key,
        "jurisdiction": row.jurisdiction,
        "from": row.effective_from.isoformat(),
        "to": last,
    }
    if ended is not None:
        details["ended"] = str(ended)
    audit.append(session, context=context, action=action, subject=("parameter_override", row.id), details=details)
