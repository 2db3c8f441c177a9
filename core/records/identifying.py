"""What a record is known by: each number once for a type and scheme, in the form that makes equal ones equal."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import N_, Conflict, Invalid
from core.fields.normalise import identifier_key
from core.plugin import RecordType
from core.records.models import Record, RecordIdentifier


def of_fields(kind: RecordType, record: Record) -> dict[str, str | None]:
    """The values of fields that the type names as identifiers; None for one that is not filled in."""
    held = record.attributes.get(record.type.partition(".")[0], {})
    return {scheme: str(held[scheme]) if held.get(scheme) else None for scheme in kind.identifiers}


def identify(session: Session, record: Record, kind: RecordType, wanted: Mapping[str, str | None]) -> list[str]:
    """Keep each identifier once; a new value takes the place of the old one, None removes it. The schemes that changed.

    Raises Invalid for a scheme that the type does not know, Conflict where another record has the number.
    """
    unknown = sorted(set(wanted) - set(kind.identifiers))
    if unknown:
        raise Invalid(N_("There is no such field."), field=unknown[0])
    kept = {
        row.scheme: row
        for row in session.scalars(select(RecordIdentifier).where(RecordIdentifier.record_id == record.id))
    }
    changed = []
    for scheme, value in wanted.items():
        key = identifier_key(scheme, value) if value else None
        row = kept.get(scheme)
        if key == (row.value_key if row is not None else None):
            continue
        changed.append(scheme)
        if key is None:
            session.delete(row)
        else:
            _keep(session, record, row, scheme=scheme, key=key, value=str(value))
    session.flush()
    return changed


def _keep(session: Session, record: Record, row: RecordIdentifier | None, *, scheme: str, key: str, value: str) -> None:
    try:
        with session.begin_nested():
            if row is None:
                row = RecordIdentifier(
                    record_id=record.id,
                    customer_id=record.customer_id,
                    exposure=record.exposure,
                    type=record.type,
                    scheme=scheme,
                )
            row.value_key, row.value = key, value
            session.add(row)
    except IntegrityError:
        raise Conflict(
            N_("Another record already has this number (%(scheme)s)."), field=scheme, scheme=scheme
        ) from None


def hand_over(session: Session, record: Record) -> None:
    """The identifiers of a record follow it to its holder, and so to the provider that the holder is leased to."""
    session.execute(
        update(RecordIdentifier)
        .where(RecordIdentifier.record_id == record.id)
        .values(customer_id=record.customer_id)
        .execution_options(synchronize_session=False)
    )


def find_record(session: Session, *, type: str, scheme: str, value: str) -> UUID | None:  # noqa: A002
    """The record with exactly this number; a provider gets the same None for absent and not exposed to it."""
    key = identifier_key(scheme, value)
    if key is None:
        return None
    return session.scalar(
        select(RecordIdentifier.record_id).where(
            RecordIdentifier.type == type, RecordIdentifier.scheme == scheme, RecordIdentifier.value_key == key
        )
    )
