"""Records over REST: list of a type, one, new, change, found by number, and the readings of a counter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response

from core.api.endpoints import Endpoints, expected_version
from core.api.parsing import as_written, read_part
from core.api.writing import answer, created, page, resource
from core.audit import keys
from core.audit import service as audit
from core.customers.finding import HEARD
from core.db.base import db
from core.errors import NotFound
from core.fields.schema import attributes_schema
from core.records import identifying, policy, queries, service
from core.records.queries import Filters, Place
from core.records.schemas import (
    Reading,
    ReadingNew,
    ReadingQuery,
    Readings,
    Record,
    RecordChange,
    RecordNew,
    RecordPage,
    RecordQuery,
    RecordSearch,
    RecordsFound,
    record_dumper,
)
from core.web.current import catalog_view, context

endpoints = Endpoints("records", __name__, prefix="/records", title="Records")


@endpoints.get("", permission=policy.READ, query=RecordQuery, returns=RecordPage)
def index(query: dict[str, Any]) -> Response:
    """List the records of a type. A provider sees shared ones and those of customers leased to its engagement."""
    name = query.pop("type")
    place = Place(after=query.pop("after"), limit=query.pop("limit"), sort=query.pop("sort"))
    _known(name)
    found = queries.record_page(db.session(), context=context(), type=name, filters=Filters(**query), place=place)
    return page([_dumped(row) for row in found.rows], following=found.next)


@endpoints.get("/<uuid:record_id>", permission=policy.READ, returns=Record, versioned=True)
def show(record_id: UUID) -> Response:
    """Read one record."""
    return resource(_shown(record_id))


@endpoints.post("", permission=policy.WRITE, body=RecordNew, returns=Record, versioned=True)
def create(body: dict[str, Any]) -> Response:
    """Add a record."""
    values = _given(body["type"], body.pop("attributes"), partial=False)
    made = service.create_record(db.session(), context=context(), view=catalog_view(), values=values, **body)
    return created(_shown(made.id), endpoint="api_records.show", record_id=made.id)


@endpoints.patch("/<uuid:record_id>", permission=policy.WRITE, body=RecordChange, returns=Record, versioned=True)
def change(record_id: UUID, body: dict[str, Any]) -> Response:
    """Change what is named; null removes. A state changes only as the type lets it follow."""
    version, row = expected_version(), _row(record_id)
    values = _given(row.type, body.pop("attributes"), partial=True)
    state, identifiers = body.pop("state", None), body.pop("identifiers", None)
    service.update_record(
        db.session(), context=context(), view=catalog_view(), record_id=record_id, version=version, state=state,
        values=values, changes=body, identifiers=identifiers,
    )  # fmt: skip
    return resource(_shown(record_id))


@endpoints.post("/search", permission=policy.READ, body=RecordSearch, returns=RecordsFound, status=200, located=False,
                while_read_only="reads: terms travel by POST")  # fmt: skip
def search(body: dict[str, Any]) -> Response:
    """The record with exactly this number, or none. What is not leased is as absent as what is not there."""
    _known(body["type"])
    found = identifying.find_record(db.session(), **body)
    row = queries.record_row(db.session(), context=context(), record_id=found) if found is not None else None
    for heard in HEARD:
        heard(db.session(), context=context(), term=body["value"], found=int(row is not None))
    if context().masked:
        term = keys.digest(body["value"], tenant_id=context().tenant_id)
        audit.append(db.session(), context=context(), action="records.searched", subject=("record", None),
                     details={"term": term, "found": int(row is not None)})  # fmt: skip
    return answer({"data": [_dumped(row)] if row is not None else []})


@endpoints.get("/<uuid:record_id>/readings", permission=policy.READ, query=ReadingQuery, returns=Readings)
def readings(record_id: UUID, query: dict[str, Any]) -> Response:
    """The readings of a counter, the newest first."""
    _row(record_id)
    rows = queries.readings(db.session(), record_id=record_id, **query)
    return answer({"data": Reading().dump(rows, many=True)})


@endpoints.post("/<uuid:record_id>/readings", permission=policy.WRITE, body=ReadingNew, returns=Reading, located=False)
def add_reading(record_id: UUID, body: dict[str, Any]) -> Response:
    """Add a reading. None is ever taken away; a wrong one is answered by a later one."""
    made = service.add_reading(db.session(), context=context(), view=catalog_view(), record_id=record_id, **body)
    return answer(Reading().dump(made), status=201)


def _known(name: str) -> None:
    if name not in catalog_view().record_types:
        raise NotFound


def _row(record_id: UUID) -> Any:
    row = queries.record_row(db.session(), context=context(), record_id=record_id)
    if row is None or row.type not in catalog_view().record_types:
        raise NotFound
    return row


def _shown(record_id: UUID) -> dict[str, Any]:
    return _dumped(_row(record_id))


def _dumped(row: Any) -> dict[str, Any]:
    names = [column.key for column in queries.COLUMNS]
    values = tuple(getattr(row, name) for name in (*names, "identifiers"))
    return record_dumper(catalog_view(), type=row.type, sight=context().sight)(values)


def _given(name: str, attributes: Mapping[str, Any], *, partial: bool) -> dict[str, Any]:
    """Strictly read, by qualified name, as the service reads them: money in major units, like a person writes it."""
    _known(name)
    target = f"record:{name}"
    read = read_part(attributes_schema(catalog_view(), target=target)(partial=partial), attributes, at="attributes")
    return as_written(read, declared=catalog_view().fields(on=target), currency=context().currency)
