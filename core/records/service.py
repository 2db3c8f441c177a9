"""Make and change records of the types that verticals declare, keep what they are known by, and read their counters.

1. Holder, parent, state and values are checked against the type; a state follows another only as `moves` says.
2. The gate is asked about the record as it would be. 3. Record, identifiers, history, audit, timeline and event are written.
4. Clocks and watching rules follow (`standing.py`). All of it in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.errors import N_, Denied, FieldError, Invalid, NotFound, Stale
from core.events import bus
from core.fields import FieldSet, merge_attributes
from core.fields.masks import HIDDEN, mask_for
from core.fields.unseen import MASKED, without_echoes
from core.plugin import Counter, Label, RecordType
from core.plugin.catalog import CatalogView
from core.records import standing
from core.records.checks import BIGINT, check, currency_of, with_currency
from core.records.events import ReadingAdded, RecordCreated, RecordUpdated
from core.records.identifying import hand_over, identify, of_fields
from core.records.models import Record, RecordReading
from core.timeline import service as timeline

COLUMNS = ("customer_id", "parent_id", "occurred_at", "ends_at", "amount_minor", "currency")
"""What a record has beside its state and its fields."""

AHEAD = timedelta(minutes=5)
"""How far a reading's clock may run before ours."""

Status = Literal["original", "replaced", "rolledover", "unknown"]
STATUSES: tuple[Status, ...] = ("original", "replaced", "rolledover", "unknown")


def create_record(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    type: str,  # noqa: A002 - the trade's own word
    customer_id: UUID | None = None,
    parent_id: UUID | None = None,
    state: str | None = None,
    values: Mapping[str, Any] | None = None,
    identifiers: Mapping[str, str] | None = None,
    occurred_at: datetime | None = None,
    ends_at: datetime | None = None,
    amount_minor: int | None = None,
    currency: str | None = None,
    at: datetime | None = None,
) -> Record:
    """A new record. `values` by bare or qualified key, `identifiers` by scheme besides those that are fields.

    Raises Denied for a provider, NotFound (type off, customer or parent absent), Invalid, Conflict (identifier taken) and
    GateRefused.
    """
    kind, moment = _type(context, view, type), at or datetime.now(UTC)
    fields = FieldSet.of(view, target=f"record:{type}")
    typed = _parsed(fields, type, values or {}, context, partial=False)
    first = _known_state(kind, state)
    record = Record(
        type=type,
        customer_id=customer_id,
        parent_id=parent_id,
        state=first,
        history=[_entered(first, moment)],
        exposure=kind.exposure,
        occurred_at=occurred_at,
        ends_at=ends_at,
        amount_minor=amount_minor,
        currency=currency_of(currency, context=context, amount_minor=amount_minor),
        attributes=merge_attributes({}, fields.changes(typed)),
    )
    check(session, kind=kind, record=record)
    standing.ask(session, context=context, view=view, record=record, before=None, step=None, at=moment)
    record.number = func.next_number(f"record:{type}", 1)
    session.add(record)
    session.flush()
    identify(session, record, kind, {**of_fields(kind, record), **dict(identifiers or {})})
    filled = sorted(name for name, value in typed.items() if value is not None)
    _note(session, context, record, kind, "record.created", filled)
    bus.emit(
        session,
        RecordCreated(context=context, subject=record.id, fields=filled, type=type, customer_id=customer_id),
    )
    standing.follow(session, context=context, view=view, record=record, at=moment)
    return record


def update_record(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    record_id: UUID,
    version: int,
    state: str | None = None,
    values: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    identifiers: Mapping[str, str | None] | None = None,
    at: datetime | None = None,
) -> Record:
    """Change what is named: the state, `values` of fields, `changes` of COLUMNS, `identifiers`; None removes a value.

    Raises Denied, NotFound, Stale, Invalid (also for a state that does not follow), Conflict and GateRefused.
    """
    record = locked(session, record_id)
    kind, moment = _type(context, view, record.type), at or datetime.now(UTC)
    if record.version != version:
        raise Stale
    if identifiers:
        identifiers = _seen(context, record, identifiers)
    before = standing.before_of(record)
    former_parent = record.parent_id
    changes = with_currency(record, changes or {}, context=context)
    changed = _apply(record, kind, _nested(view, record, values or {}, context), state=state, changes=changes)
    if "state" in changed:
        record.history = [*(record.history or _began(record, before)), _entered(record.state, moment)]
    if not changed and not identifiers:
        return record
    check(session, kind=kind, record=record)
    standing.ask(session, context=context, view=view, record=record, before=before, step=state, at=moment)
    session.flush()
    if "customer_id" in changed:
        hand_over(session, record)
    known = identify(session, record, kind, {**of_fields(kind, record), **_besides(view, record, identifiers)})
    changed += [scheme for scheme in known if not any(name.endswith(f".{scheme}") for name in changed)]
    if not changed:
        return record
    _note(session, context, record, kind, "record.updated", changed)
    event = RecordUpdated(
        context=context, subject=record.id, fields=changed, type=record.type, customer_id=record.customer_id
    )
    bus.emit(session, event)
    standing.follow(session, context=context, view=view, record=record, before=before, at=moment)
    if former_parent is not None and former_parent != record.parent_id:
        standing.look_at_parent(session, context=context, view=view, parent_id=former_parent, child=record.type)
    return record


def add_reading(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    record_id: UUID,
    counter: str,
    value: int,
    read_at: datetime | None = None,
    status: Status = "original",
    source: str = "",
) -> RecordReading:
    """Add one reading to a counter's series. Nothing is taken away from it: a wrong one is answered by a later one.

    Raises Denied, NotFound and Invalid (no such counter, below zero, in the future).
    """
    record = locked(session, record_id)
    kind, now = _type(context, view, record.type), datetime.now(UTC)
    moment = read_at or now
    declared = _checked_counter(kind, counter, value=value, status=status, ahead=moment - now)
    reading = RecordReading(
        record_id=record.id,
        customer_id=record.customer_id,
        exposure=record.exposure,
        counter=counter,
        value=value,
        read_at=moment,
        status=status,
        source=source.strip()[:100],
        participant_id=context.participant_id,
    )
    session.add(reading)
    session.flush()
    audit.append(
        session, context=context, action="reading.added", subject=("record", record.id), fields=[counter],
        details={"type": record.type},
    )  # fmt: skip
    _tell(session, context, record, kind, kind_of_entry="reading.added", message=_READ, at=moment, extra={
        "counter": dict(declared.label), "value": value, "unit": dict(declared.unit),
    })  # fmt: skip
    event = ReadingAdded(
        context=context, subject=record.id, fields=[counter], type=record.type, customer_id=record.customer_id
    )
    bus.emit(session, event)
    standing.follow(session, context=context, view=view, record=record, at=now)
    return reading


def _checked_counter(kind: RecordType, counter: str, *, value: int, status: str, ahead: timedelta) -> Counter:
    declared = next((each for each in kind.counters if each.key == counter), None)
    if declared is None:
        raise Invalid(N_("Records of this type have no such counter."), field="counter")
    if isinstance(value, bool) or not 0 <= value < BIGINT:
        raise Invalid(N_("A reading is a whole number from zero up."), field="value")
    if status not in STATUSES:
        raise Invalid(
            N_("This is none of the choices. There are: %(choices)s."), field="status", choices=", ".join(STATUSES)
        )
    if ahead > AHEAD:
        raise Invalid(N_("A reading cannot be of the future."), field="read_at")
    return declared


def locked(session: Session, record_id: UUID) -> Record:
    """The record's row as it is now, kept for this transaction. Raises NotFound where there is none for the reader.

    Its key stays free, so that two who have each just opened a case of it do not wait for one another.
    """
    record = session.scalar(
        select(Record)
        .where(Record.id == record_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if record is None:
        raise NotFound
    return record


def may_follow(kind: RecordType, state: str) -> tuple[str, ...]:
    """The states that a record in this one may come into, in the order the type declares them."""
    declared = [choice.key for choice in kind.states if choice.key != state]
    allowed = kind.moves.get(state)
    return tuple(each for each in declared if allowed is None or each in allowed)


def _type(context: Context, view: CatalogView, name: str) -> RecordType:
    kind = view.record_types.get(name)
    if kind is None:
        raise NotFound
    if context.party == "provider":
        raise Denied(N_("Only the client can do this."))
    return kind


def _known_state(kind: RecordType, state: str | None) -> str:
    states = [choice.key for choice in kind.states]
    if state is None:
        return states[0] if states else "active"
    if states and state not in states:
        raise Invalid(
            N_("This is none of the choices. There are: %(choices)s."), field="state", choices=", ".join(states)
        )
    return state


def _entered(state: str, at: datetime) -> dict[str, Any]:
    return {"state": state, "at": at.astimezone(UTC).isoformat()}


def _began(record: Record, before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The beginning of a history that was not kept from the first day."""
    return [_entered(before["state"], record.occurred_at or record.created_at)]


def _parsed(
    fields: FieldSet,
    name: str,
    values: Mapping[str, Any],
    context: Context,
    *,
    partial: bool,
    held: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    owner = name.partition(".")[0]
    named = {key if "." in key else f"{owner}.{key}": value for key, value in values.items()}
    typed, errors = fields.parse(
        named, partial=partial, zone=ZoneInfo(context.zone), currency=context.currency, held=held
    )
    errors += [
        FieldError(field=key, code="unknown", message=N_("There is no such field."))
        for key in sorted(named.keys() - fields.fields.keys())
    ]
    if errors:
        raise Invalid(errors=errors)
    return typed


def _nested(view: CatalogView, record: Record, values: Mapping[str, Any], context: Context) -> dict[str, Any]:
    fields = FieldSet.of(view, target=f"record:{record.type}")
    held = fields.flat(record.attributes)
    owner = record.type.partition(".")[0]
    values = {key if "." in key else f"{owner}.{key}": value for key, value in values.items()}
    values = without_echoes(values, fields=fields.fields, held=held, sight=context.sight)
    return fields.changes(_parsed(fields, record.type, values, context, partial=True, held=held))


def _apply(
    record: Record,
    kind: RecordType,
    nested: Mapping[str, Mapping[str, Any]],
    *,
    state: str | None,
    changes: Mapping[str, Any],
) -> list[str]:
    """Set what differs; the names of it."""
    unknown = sorted(set(changes) - set(COLUMNS))
    if unknown:
        raise Invalid(N_("There is no such field."), field=unknown[0])
    changed = [
        f"{owner}.{key}"
        for owner, held in nested.items()
        for key, value in held.items()
        if record.attributes.get(owner, {}).get(key) != value
    ]
    if changed:
        record.attributes = merge_attributes(record.attributes, nested)
    for name in changes:
        if getattr(record, name) != changes[name]:
            setattr(record, name, changes[name])
            changed.append(name)
    if state is not None and state != record.state:
        if _known_state(kind, state) not in (may_follow(kind, record.state) if kind.states else (state,)):
            raise Invalid(N_("This state does not follow the one the record is in."), field="state")
        record.state = state
        changed.append("state")
    return changed


def _seen(context: Context, record: Record, identifiers: Mapping[str, str | None]) -> dict[str, str | None]:
    """Without what came back hidden, as it was shown. Raises Invalid for another value of a hidden number."""
    owner, kept = record.type.partition(".")[0], {}
    for scheme, value in identifiers.items():
        if mask_for("personal", None, name=f"{owner}.{scheme}", sight=context.sight) is None:
            kept[scheme] = value
        elif value != HIDDEN:
            raise Invalid(MASKED, field=scheme)
    return kept


def _besides(view: CatalogView, record: Record, identifiers: Mapping[str, str | None] | None) -> dict[str, str | None]:
    """Identifiers that are no fields of the type; of those that are, the field decides."""
    owner, fields = record.type.partition(".")[0], view.fields(on=f"record:{record.type}")
    given = dict(identifiers or {})
    declared = sorted(scheme for scheme in given if f"{owner}.{scheme}" in fields)
    if declared:
        raise Invalid(N_("This number is a field of the record; change the field."), field=declared[0])
    return given


def _note(session: Session, context: Context, record: Record, kind: RecordType, action: str, fields: list[str]) -> None:
    audit.append(
        session, context=context, action=action, subject=("record", record.id), fields=fields,
        details={"type": record.type},
    )  # fmt: skip
    states = {choice.key: dict(choice.label) for choice in kind.states}
    message = _ADDED if action == "record.created" else _CHANGED
    extra = {"state": states.get(record.state, record.state)}
    _tell(session, context, record, kind, kind_of_entry=action, message=message, extra=extra)


def _tell(
    session: Session,
    context: Context,
    record: Record,
    kind: RecordType,
    *,
    kind_of_entry: str,
    message: str,
    extra: Mapping[str, str | int | Label],
    at: datetime | None = None,
) -> None:
    """On the holder's timeline, where there is a holder."""
    if record.customer_id is None:
        return
    timeline.tell(
        session,
        context=context,
        customer_id=record.customer_id,
        kind=kind_of_entry,
        message=message,
        values={"type": dict(kind.label), "number": str(record.number), **extra},
        icon=kind.icon,
        visibility="client" if kind.exposure == "client_only" else "shared",
        subject=("record", record.id),
        occurred_at=at or datetime.now(UTC),
    )


_ADDED = N_("%(type)s %(number)s added: %(state)s")
_CHANGED = N_("%(type)s %(number)s changed: %(state)s")
_READ = N_("%(counter)s of %(type)s %(number)s read: %(value)s %(unit)s")
