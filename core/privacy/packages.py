"""The package a person gets: all that is held of them, or what they gave, as one zip of JSON and tables.

Document numbers are in clear: it is their own. The package lies in the file store until `rights_package_days` are over, and goes
at once when the person is erased.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import keys
from core.cases.models import Case, CaseComment, CaseStep
from core.contacts.models import Consent, Contact, ContactPoint, DoNotContact
from core.context import Context
from core.customers.models import Customer, CustomerIdentifier
from core.db.base import TenantModel
from core.db.slots import NUMBER_SLOTS, TEXT_SLOTS, TIME_SLOTS
from core.engagements.models import Lease
from core.files import service as files
from core.files.models import StoredFile
from core.interactions.models import Interaction
from core.privacy.models import RevealEvent
from core.privacy.numbers import number
from core.privacy.rights_models import RightsRequest
from core.records.models import Record, RecordIdentifier, RecordReading

PURPOSE = "rights.package"
FORMAT = "kehub-person/1"
GIVEN: tuple[type[TenantModel], ...] = (Customer, Contact, ContactPoint, CustomerIdentifier, Consent, DoNotContact, Record,
                                        RecordIdentifier)  # fmt: skip
"""What the person gave, or what came of their use of the service (GDPR 20)."""
HELD: tuple[type[TenantModel], ...] = (*GIVEN, RecordReading, Interaction, Case, CaseStep, CaseComment, Lease, RevealEvent,
                                       RightsRequest)  # fmt: skip
"""All that says something of the person, whoever wrote it, and to whom it was shown (PIPL 45, GDPR 15)."""
INTERNAL = frozenset({
    "tenant_id", "version", "data_key", "name_key", "name_sound", "value_key", "sealed", "created_by", "participant_id",
    "workflow_revision", "exposure", "file_id", *TEXT_SLOTS, *NUMBER_SLOTS, *TIME_SLOTS,
})  # fmt: skip
"""How we keep it, not what it says."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LARGEST = 500 * 1024 * 1024


@dataclass(frozen=True)
class Package:
    file: StoredFile
    rows: int


def make(session: Session, *, context: Context, customer_id: UUID, given_only: bool) -> Package:
    """Write it. Raises Unavailable where the disk is full."""
    own = session.scalar(select(Customer.data_key).where(Customer.id == customer_id))
    told = {
        model.__tablename__: [_row(each, own, context) for each in _rows(session, model, customer_id)]
        for model in (GIVEN if given_only else HELD)
    }
    told = {name: rows for name, rows in told.items() if rows}
    made = {
        "format": FORMAT, "made_at": datetime.now(UTC), "controller": context.tenant_name, "customer": customer_id,
        "data": told,
    }  # fmt: skip
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", orjson.dumps(made, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z))
        for name, rows in told.items():
            archive.writestr(f"{name}.csv", _table(rows))
    stream.seek(0)
    row = session.scalar(select(Customer.number).where(Customer.id == customer_id))
    kept = files.keep(
        session, stream=stream, name=f"person-{row}.zip", media_type="application/zip", purpose=PURPOSE, limit=LARGEST,
        days=number("rights_package_days", context=context),
    )  # fmt: skip
    return Package(kept, sum(len(rows) for rows in told.values()))


def forget(session: Session, *, customer_id: UUID) -> int:
    """Remove the packages of a person. How many there were."""
    wanted = select(RightsRequest).where(RightsRequest.customer_id == customer_id, RightsRequest.file_id.is_not(None))
    requests = session.scalars(wanted).all()
    for each in requests:
        kept = session.scalar(select(StoredFile).where(StoredFile.id == each.file_id))
        if kept is not None:
            files.forget(session, file=kept)
        each.file_id = None
    session.flush()
    return len(requests)


def _rows(session: Session, model: type[TenantModel], customer_id: UUID) -> Iterable[Mapping[str, Any]]:
    columns = [getattr(model, name) for name in model.__table__.columns.keys()]  # noqa: SIM118 - a column collection
    names = model.__table__.columns
    own = model.id if model is Customer else getattr(model, "customer_id")  # noqa: B009 - tables differ
    wanted = select(*columns).where(own == customer_id).order_by(model.created_at, model.id)
    if "audience" in names:
        wanted = wanted.where(getattr(model, "audience") == "shared")  # noqa: B009
    return [dict(row._mapping) for row in session.execute(wanted)]


def _row(row: Mapping[str, Any], own: bytes | None, context: Context) -> dict[str, Any]:
    """Without how we keep it, and with sealed numbers opened."""
    shown = {name: value for name, value in row.items() if name not in INTERNAL and value not in (None, {}, [])}
    sealed = row.get("sealed")
    if sealed is not None and own is not None:
        with suppress(InvalidTag):
            shown["value"] = keys.decrypt(sealed, data_key=own, tenant_id=context.tenant_id)
            shown.pop("shown", None)
    return shown


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return "\ufeff" + stream.getvalue()


def _cell(value: Any) -> str:
    """As text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = orjson.dumps(value, default=str).decode() if isinstance(value, dict | list) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
