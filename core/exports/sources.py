"""What can be exported: kinds of rows, their fields, how many there are, and the rows page by page, as the asker sees them.

`chosen` is what a list's address says (`args`: filters, conditions, a segment, never values of a customer), the type of records, or
the ids that somebody ticked. Every read goes through the lists' own queries, so lease, reach and masks are theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from core.cases.models import Case
from core.cases.queries import LINE
from core.cases.queries import conditions as case_conditions
from core.cases.shown import Line as CaseLine
from core.cases.table import filters_of
from core.contacts.models import Contact, ContactPoint
from core.context import Context
from core.customers import arranged
from core.customers import queries as customers
from core.customers.fields import field_set
from core.customers.models import Customer
from core.customers.shown import Reader
from core.engagements.queries import leased
from core.fields.masks import shown_as, written
from core.identity.models import Participant
from core.interactions.models import Interaction
from core.plugin.catalog import CatalogView
from core.records import queries as records
from core.records.listing import Listing as RecordListing
from core.records.models import Record
from core.records.shown import RecordReader, ShownRecord
from core.web.i18n import label
from core.web.words import word

PAGE = 500
Line = Sequence[str]
Chosen = Mapping[str, Any]


@dataclass(frozen=True)
class Asker:
    """Who reads; the scope is theirs."""

    session: Session
    context: Context
    view: CatalogView


@dataclass(frozen=True, kw_only=True)
class Source:
    """`fields` by key with their labels, in order; `pages` yields lines of the fields asked for."""

    label: Any
    permission: str
    fields: Callable[[Asker, Chosen], Mapping[str, Any]]
    count: Callable[[Asker, Chosen], int]
    pages: Callable[[Asker, Chosen, Sequence[str]], Iterator[Sequence[Line]]]


def _ids(chosen: Chosen) -> list[UUID] | None:
    return [UUID(each) for each in chosen["ids"]] if chosen.get("ids") else None


def _args(chosen: Chosen) -> MultiDict[str, str]:
    return MultiDict([(str(key), str(value)) for key, value in chosen.get("args", {}).items()])


def _walk(session: Session, wanted: Select[Any], key: Any) -> Iterator[Sequence[Any]]:
    """Page by page by a unique, rising key."""
    last: Any = None
    while True:
        page = wanted if last is None else wanted.where(key > last)
        rows = session.execute(page.order_by(key).limit(PAGE)).all()
        if not rows:
            return
        yield rows
        last = getattr(rows[-1], key.key)


# -- customers ------------------------------------------------------------------------------------------------------


def _customers_where(asker: Asker, chosen: Chosen) -> list[ColumnElement[bool]]:
    filters = arranged.listing_of(_args(chosen)).filters
    where = customers.conditions(asker.context, filters)
    ids = _ids(chosen)
    return [*where, Customer.id.in_(ids)] if ids is not None else where


def _customer_fields(asker: Asker, _chosen: Chosen) -> Mapping[str, Any]:
    known = field_set(asker.view, region=asker.context.country).fields
    named = {name: field.label for name, field in known.items() if field.kind != "long_text"}
    return {"number": _l("Customer no."), "state": _l("State"), **named}


def _count_customers(asker: Asker, chosen: Chosen) -> int:
    return asker.session.scalar(select(func.count(Customer.id)).where(*_customers_where(asker, chosen))) or 0


def _customer_pages(asker: Asker, chosen: Chosen, names: Sequence[str]) -> Iterator[Sequence[Line]]:
    reader = Reader(asker.context, field_set(asker.view, region=asker.context.country))
    wanted = select(*customers.COLUMNS).where(*_customers_where(asker, chosen))
    for rows in _walk(asker.session, wanted, Customer.number):
        yield [_customer(reader, row, names) for row in rows]


def _customer(reader: Reader, row: Any, names: Sequence[str]) -> Line:
    shown = reader.customer(row)
    own = {"number": str(shown.number), "state": str(word("customer_state", shown.state))}
    return [own[name] if name in own else _text(reader.text(shown, name)) for name in names]


def _text(value: Any) -> str:
    return "" if value is None or value == "–" else str(value)


# -- contacts -------------------------------------------------------------------------------------------------------

CONTACT = {
    "name": _l("Name"), "role": _l("Role"), "customer": _l("Customer"), "customer_number": _l("Customer no."),
    "phone": _l("Phone"), "email": _l("E-mail"),
}  # fmt: skip


def _contacts(asker: Asker, chosen: Chosen) -> Select[Any]:
    def point(kind: str) -> Any:
        return (
            select(func.string_agg(ContactPoint.value, " / "))
            .where(ContactPoint.contact_id == Contact.id, ContactPoint.kind == kind)
            .correlate(Contact)
            .scalar_subquery()
            .label(kind)
        )

    return (
        select(
            Contact.id, Contact.name, Contact.role, Customer.name.label("customer"), point("phone"), point("email"),
            Customer.number.label("customer_number"),
        )
        .join(Customer, Customer.id == Contact.customer_id)
        .where(*_customers_where(asker, chosen))
    )  # fmt: skip


def _count_contacts(asker: Asker, chosen: Chosen) -> int:
    return asker.session.scalar(select(func.count()).select_from(_contacts(asker, chosen).subquery())) or 0


def _contact_pages(asker: Asker, chosen: Chosen, names: Sequence[str]) -> Iterator[Sequence[Line]]:
    sight = asker.context.sight
    masks = {
        "name": ("name", "name"),
        "customer": ("name", "name"),
        "phone": ("phone", "phone"),
        "email": ("email", "email"),
    }

    def value(row: Any, name: str) -> str:
        held = getattr(row, name)
        if name not in masks or held is None:
            return _text(held)
        kind, field = masks[name]
        parts = str(held).split(" / ") if name in ("phone", "email") else [str(held)]
        return " / ".join(str(shown_as(kind, part, name=field, sight=sight)) for part in parts)  # type: ignore[arg-type]

    for rows in _walk(asker.session, _contacts(asker, chosen), Contact.id):
        yield [[value(row, name) for name in names] for row in rows]


# -- records --------------------------------------------------------------------------------------------------------


def _record_listing(asker: Asker, chosen: Chosen) -> RecordListing:
    return RecordListing(asker.session, asker.context, asker.view, chosen["type"], _args(chosen))


def _records(asker: Asker, chosen: Chosen) -> Select[Any]:
    filters = _record_listing(asker, chosen).filters
    where: list[ColumnElement[bool]] = [Record.type == chosen["type"], records.visible(asker.context), *filters.where]
    ids = _ids(chosen) if filters.ids is None else filters.ids
    for column, value in (
        (Record.state, filters.state), (Record.customer_id, filters.customer_id), (Record.parent_id, filters.parent_id),
    ):  # fmt: skip
        if value:
            where.append(column == value)
    if ids is not None:
        where.append(Record.id.in_(ids))
    columns: list[Any] = [
        *records.COLUMNS, records.known_by(), Customer.number.label("customer_number"), Customer.name.label("customer_name"),
    ]  # fmt: skip
    return select(*columns).outerjoin(Customer, Customer.id == Record.customer_id).where(*where)


def _record_fields(asker: Asker, chosen: Chosen) -> Mapping[str, Any]:
    reader = RecordReader(asker.context, asker.view, chosen["type"])
    named = {name: field.label for name, field in reader.fields.fields.items() if field.kind != "long_text"}
    known = {
        f"id:{each}": reader.scheme(each) for each in reader.kind.identifiers if f"{reader.owner}.{each}" not in named
    }
    return {
        "number": _l("Record no."), "state": _l("State"), "customer_number": _l("Customer no."), "holder": _l("Holder"),
        **known, **named, "amount": _l("Amount"),
    }  # fmt: skip


def _count_records(asker: Asker, chosen: Chosen) -> int:
    wanted = _records(asker, chosen).with_only_columns(func.count(Record.id), maintain_column_froms=True)
    return asker.session.scalar(wanted) or 0


def _record_pages(asker: Asker, chosen: Chosen, names: Sequence[str]) -> Iterator[Sequence[Line]]:
    reader = RecordReader(asker.context, asker.view, chosen["type"])
    for rows in _walk(asker.session, _records(asker, chosen), Record.number):
        yield [[_record_value(ShownRecord(row, reader), name) for name in names] for row in rows]


def _record_value(shown: ShownRecord, name: str) -> str:
    own = {
        "number": lambda: str(shown.row.number), "state": lambda: shown.state[0] if shown.row.state else "",
        "customer_number": lambda: _text(shown.row.customer_number), "holder": lambda: _text(shown.holder),
        "amount": lambda: _text(shown.amount),
    }  # fmt: skip
    if name in own:
        return own[name]()
    if name.startswith("id:"):
        held = (shown.row.identifiers or {}).get(name[3:])
        return "" if held is None else shown.reader.identifier(name[3:], held).text
    return _text(shown.reader.cell(name, shown.flat[name]).text) if name in shown.flat else ""


# -- cases ----------------------------------------------------------------------------------------------------------

CASE = {
    "number": _l("Case no."), "title": _l("Title"), "workflow": _l("Workflow"), "state": _l("State"),
    "severity": _l("Severity"), "customer_number": _l("Customer no."), "customer": _l("Customer"),
    "assignee": _l("Assignee"), "opened_at": _l("Opened"), "due_at": _l("Due"), "closed_at": _l("Closed"),
    "outcome": _l("Outcome"),
}  # fmt: skip


def _cases_where(asker: Asker, chosen: Chosen) -> list[ColumnElement[bool]]:
    where = case_conditions(asker.context, filters_of(_args(chosen), asker.context))
    ids = _ids(chosen)
    return [*where, Case.id.in_(ids)] if ids is not None else where


def _count_cases(asker: Asker, chosen: Chosen) -> int:
    return asker.session.scalar(select(func.count(Case.id)).where(*_cases_where(asker, chosen))) or 0


def _case_pages(asker: Asker, chosen: Chosen, names: Sequence[str]) -> Iterator[Sequence[Line]]:
    wanted = (
        select(*LINE)
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(Participant, Participant.id == Case.assignee_id)
        .where(*_cases_where(asker, chosen))
    )
    for rows in _walk(asker.session, wanted, Case.number):
        yield [_case(CaseLine(row, asker.view.workflows.get(row.workflow), asker.context), names) for row in rows]


def _case(line: CaseLine, names: Sequence[str]) -> Line:
    own = {"title": line.title, "workflow": line.workflow_name, "state": line.state, "customer": line.customer_name,
           "assignee": line.assignee, "severity": str(word("severity", line.row.severity))}  # fmt: skip
    return [_moment(own[name] if name in own else getattr(line.row, name)) for name in names]


def _moment(value: Any) -> str:
    return str(value.isoformat(timespec="seconds")) if hasattr(value, "isoformat") else _text(value)


# -- interactions ---------------------------------------------------------------------------------------------------

INTERACTION = {
    "number": _l("Interaction no."), "customer_number": _l("Customer no."), "customer": _l("Customer"),
    "channel": _l("Channel"), "direction": _l("Direction"), "purpose": _l("Purpose"), "started_at": _l("Began"),
    "talk_s": _l("Talk time in seconds"), "disposition": _l("Disposition"), "outcome": _l("Outcome"), "note": _l("Note"),
}  # fmt: skip


def _interactions(asker: Asker, chosen: Chosen) -> Any:
    wanted: Any = (
        select(
            Interaction.number, Interaction.channel, Interaction.direction, Interaction.purpose, Interaction.started_at,
            Interaction.talk_s, Interaction.disposition, Interaction.outcome, Interaction.note,
            Customer.number.label("customer_number"), Customer.name.label("customer"),
        )
        .join(Customer, Customer.id == Interaction.customer_id)
        .where(leased(Interaction.customer_id, asker.context), *_customers_where(asker, chosen))
    )  # fmt: skip
    return wanted


def _count_interactions(asker: Asker, chosen: Chosen) -> int:
    wanted = _interactions(asker, chosen).with_only_columns(func.count(Interaction.id), maintain_column_froms=True)
    return asker.session.scalar(wanted) or 0


def _interaction_pages(asker: Asker, chosen: Chosen, names: Sequence[str]) -> Iterator[Sequence[Line]]:
    sight = asker.context.sight
    for rows in _walk(asker.session, _interactions(asker, chosen), Interaction.number):
        yield [
            [
                _text(shown_as("name", row.customer, name="name", sight=sight)) if name == "customer"
                else _text(written(row.note, sight=sight)) if name == "note"
                else str(word(name, getattr(row, name))) if name in ("channel", "purpose")
                else _moment(getattr(row, name))
                for name in names
            ]
            for row in rows
        ]  # fmt: skip


SOURCES: Mapping[str, Source] = {
    "customers": Source(label=_l("Customers"), permission="customer.read", fields=_customer_fields,
                        count=_count_customers, pages=_customer_pages),
    "contacts": Source(label=_l("Contacts"), permission="customer.read", fields=lambda _a, _c: CONTACT,
                       count=_count_contacts, pages=_contact_pages),
    "records": Source(label=_l("Records"), permission="record.read", fields=_record_fields, count=_count_records,
                      pages=_record_pages),
    "cases": Source(label=_l("Cases"), permission="case.read", fields=lambda _a, _c: CASE, count=_count_cases,
                    pages=_case_pages),
    "interactions": Source(label=_l("Interactions"), permission="interaction.read",
                           fields=lambda _a, _c: INTERACTION, count=_count_interactions, pages=_interaction_pages),
}  # fmt: skip

CARDS: Mapping[str, Mapping[str, str]] = {
    "customers": {"FN": "name", "TEL": "phone", "EMAIL": "email", "ADR": "address"},
    "contacts": {"FN": "name", "TITLE": "role", "ORG": "customer", "TEL": "phone", "EMAIL": "email"},
}
"""The fields of a vCard by their property (RFC 6350), for the kinds that have one."""


def headings(source: Source, asker: Asker, chosen: Chosen, names: Sequence[str]) -> list[str]:
    known = source.fields(asker, chosen)
    return [str(label(known[name])) if isinstance(known[name], Mapping) else str(known[name]) for name in names]
