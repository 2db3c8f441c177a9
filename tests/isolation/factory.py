"""One row of every mapped tenant table, and more where a wall has more than one side: made by looking at the tables.

1. A client lends one customer to its provider, lets a lease expire, ends one, lends one to another provider, keeps one.
2. Every table gets a row for each of these customers, each engagement (own, other, none), visibility and exposure it knows.
3. A column is filled by its foreign key, its check or its type; text gets a marker that occurs nowhere else.
A new table joins by itself; one that cannot be filled fails with the name of its column.
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import JSON, CheckConstraint, Column, Computed, DefaultClause, Table
from sqlalchemy.orm import Session

from core import app as application
from core import config as configuration
from core.audit.jobs import PACK
from core.cases import bulk
from core.cases.definitions import to_document
from core.conditions import ValueType
from core.db import scope
from core.db.base import Model, TenantModel, db, new_id
from core.duplicates import runs
from core.engagements.models import DataGrant, Engagement
from core.files import service as files
from core.gate import trials
from core.identity import reach
from core.imports import service as imports
from core.imports.mapping import ColumnMapping
from core.leaving import service as leaving
from core.lists import acts
from core.plugin import Field
from core.testing.people import World, make_world
from core.webhooks import sending

CATALOG = application.load_catalog(configuration.read({})).everything
WORKFLOW, FLOW = next(iter(CATALOG.workflows.items()))
TYPE, RECORD_TYPE = next(iter(CATALOG.record_types.items()))

MODELS: dict[str, type[TenantModel]] = {
    mapper.local_table.name: mapper.class_
    for mapper in Model.registry.mappers
    if issubclass(mapper.class_, TenantModel) and isinstance(mapper.local_table, Table)
}
TABLES = sorted(MODELS)

CUSTOMERS = ("leased", "expired", "ended", "lent to another", "kept")
SECOND = "leased too"
"""A second customer who is lent: the other end of what is between two."""
LENT = ("leased", SECOND)
UNITS = ("north", "south")
NORTH = ("leased", "kept", SECOND)
"""Whose customers they are: two dealers' of one maker."""
ENGAGEMENTS = ("own", "other", None)
SIDES: Mapping[str, tuple[str, ...]] = {
    "visibility": ("shared", "client"),
    "exposure": ("leased", "shared", "client_only"),
    "audience": ("internal", "shared"),
}
STAMPED = {"tenant_id", "id", "created_at", "created_by", "updated_at", "version"}
AHEAD = {"expires_at", "ends_at", "valid_until"}

MADE_OF: Mapping[str | None, str] = {
    "phone": "138{n:08}", "card": "6222{n:012}", "vin": "LSVAA{n:012}", "plate": "京A{n:08}", "document": "11010119{n:010}",
    "email": "{word}.{n}@example.com",
}  # fmt: skip
"""How a value of a sensitive field looks, by its mask; the others are a marker."""

WORDS: Mapping[str, str] = {
    "country": "CN", "locale": "en", "time_zone": "Asia/Shanghai", "currency": "CNY", "workflow": WORKFLOW, "type": TYPE,
    "channel": "phone", "purpose": "service", "icon": "info", "tone": "info", "delimiter": ",", "encoding": "utf-8",
}  # fmt: skip
"""Text that is a word of the program, where a marker would not be readable back."""

LINES = itertools.count(11_000_000, 7)
"""Telephone numbers that notes mention."""

PARAMETER, JURISDICTION = next(
    (f"{owner}.{row.key}", row.jurisdiction)
    for owner, held in CATALOG.parameters.items()
    for row in held.rows
    if not row.set_by_tenant
)
"""A number that a vertical declares, and where."""

SENSITIVE: Mapping[str, Mapping[str, Field]] = {
    on: {
        name: declared
        for name, declared in CATALOG.fields(on=on).items()
        if declared.kind in ("text", "long_text")
        and (declared.sensitivity != "plain" or declared.mask is not None or declared.kind == "long_text")
    }
    for on in ("customer", "case", "interaction", *(f"record:{each}" for each in CATALOG.record_types))
}
"""Declared fields whose values tell who somebody is or what they said, by what they are on."""

SENSITIVE_TYPES = [key for key in CATALOG.record_types if SENSITIVE[f"record:{key}"] and key != TYPE]
CHILD = next(
    key for key, kind in CATALOG.record_types.items() if kind.parent and f"{key.split('.')[0]}.{kind.parent}" == TYPE
)
"""Records of it belong to records of the first type."""

NOTES = ("note", "body", "decision_note")
FREE = {("attachment", "name")}
"""Columns of free text, in which people mention numbers and addresses: by their name, and others of single tables."""

UNKEYED: Mapping[str, str] = {"file_id": "stored_file"}
"""Columns that point to a row without a foreign key."""

LINKED: Mapping[tuple[str, str], str] = {
    ("case", "record_id"): "record",
    **{(table, "unit_id"): "unit" for table in ("participant", "record", "case", "customer")},
    ("interaction", "case_id"): "case",
    ("timeline_entry", "subject_id"): "case",
    ("retail_points_entry", "lot_id"): "retail_points_lot",
}
"""References to a row of the same customer. Optional ones are filled all the same, since something is found by them."""

PERSONS = {
    ("audit_entry", "participant_id"), ("notification", "participant_id"), ("approval_delegation", "from_id"),
    ("case", "assignee_id"), ("saved_view", "owner_id"), ("timeline_entry", "participant_id"),
}  # fmt: skip
"""Columns for a person who signs in: somebody of the tenant, or of the engagement that the row is of."""

BETWEEN: Mapping[str, str] = {
    name: column.name
    for name, model in MODELS.items()
    if name != "customer"
    for column in model.__table__.columns
    if column.name != "customer_id" and any(key.column.table.name == "customer" for key in column.foreign_keys)
    if column.name != "tenant_id"
}
"""Tables whose rows are between two customers, with the column of the other one."""

BESIDES: Mapping[str, set[str]] = {"bulk_run": {"stored_file"}}
"""Tables whose rows are named inside the JSON of another's."""

FIXED: Mapping[tuple[str, str], Any] = {
    ("bulk_run", "state"): "done",
    ("customer_merge", "state"): "undone",
    ("bulk_run", "total"): 1,
    ("tenant_field", "target"): "customer",
    ("tenant_field", "kind"): "text",
    ("tenant_field", "sensitivity"): "sensitive",
    ("tenant_field", "key"): "planted",
    ("import_file", "mapping"): ColumnMapping(columns={}).stored(),
    ("workflow_version", "workflow_version"): FLOW.version,
    ("workflow_version", "definition"): to_document(FLOW),
    ("case", "workflow_version"): FLOW.version,
    ("case", "state"): FLOW.states[0].key,
    ("interaction", "direction"): "outbound",
    ("parameter_override", "state"): "approved",
    ("parameter_override", "key"): PARAMETER,
    ("parameter_override", "jurisdiction"): JURISDICTION,
    ("parameter_override", "value"): 5,
    ("sign_in_policy", "methods"): ["password"],
    ("case_step", "transition"): None,
    ("webhook_delivery", "error"): next(iter(sending.ERRORS)),
    ("webhook_try", "error"): next(iter(sending.ERRORS)),
    ("segment", "mode"): "snapshot",
    ("segment", "round"): 1,
    ("segment_member", "round"): 1,
    ("segment", "key"): "planted",
    ("saved_view", "target"): "customer",
    ("case_step", "source"): None,
    ("case_step", "target"): FLOW.states[0].key,
    ("record", "state"): RECORD_TYPE.states[0].key if RECORD_TYPE.states else "",
    ("seat", "network"): "10.7.0.0/16",
    ("stored_file", "expires_at"): datetime(2099, 1, 1, tzinfo=UTC),
    ("audit_entry", "subject_type"): "customer",
    ("timeline_entry", "subject_type"): "case",
    ("role", "key"): "own_role",
    ("role", "parties"): ["client"],
    ("retail_points_entry", "target"): "debt",
    ("realestate_unit_hold", "released_at"): datetime(2026, 1, 1, tzinfo=UTC),
}
"""Values that other values hang on, so that pages can show the row."""

CONDITION = reach.kept(
    {"op": "and", "of": [{"op": "eq", "field": "kind", "value": "person"}]},
    types={"kind": ValueType(kind="choice", choices=frozenset({"person", "organisation"}), column="kind")},
)
"""A reach that somebody was given."""

RUNS: Mapping[str, Mapping[str, Any]] = {
    imports.KIND: {"phase": "importing", "existing": "update", "read_as": "utf-8", "body": [0, 1], "line": 1},
    bulk.KIND: {"phase": "draft", "act": None, "within": []},
    runs.KIND: {"phase": "keys", "since": None, "after": None},
    acts.KIND: {"target": "customer", "phase": "draft", "act": None, "asked": None, "within": []},
    trials.KIND: {
        "rule": next(iter(CATALOG.rules())),
        "since": "2026-01-01T00:00:00+00:00",
        "until": "2026-02-01T00:00:00+00:00",
        "days": ["2026-01-01", "2026-01-31"],
        "parameters": {},
        "version": "0.1.0",
    },
    PACK: {"asked": {}, "note": "", "entries": 1},
    leaving.KIND: {},
}
"""Settings of a bulk run by its kind: a run is planted of each that has a page."""

TRIED: Mapping[str, Any] = {**runs.NO_COUNTS, "done": 0, **dict.fromkeys(trials.COUNTED, 0), "missing": {}}
"""What runs count: a trial of a rule, a comparison of customers."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A side of the walls. A row that needs a parent (a step its case) stands where its parent stands.

    `other` is the customer at the other end of a row that is between two.
    """

    customer: str | None = None
    other: str | None = None
    engagement: str | None = None
    sides: Mapping[str, str] = field(default_factory=dict)
    parent: Row | None = None
    type: str | None = None
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """A planted row. `of_customer` and `of_engagement` say whether it, or its parent, is about one at all."""

    table: str
    id: UUID
    place: Place
    of_customer: bool
    of_engagement: bool
    values: Mapping[str, Any] = field(repr=False)


def texts_of(held: Any) -> Iterator[str]:
    """Every text inside a value, however deep."""
    if isinstance(held, str):
        yield held
    elif isinstance(held, Mapping):
        for inner in held.values():
            yield from texts_of(inner)


@dataclass(kw_only=True)
class Planted:
    """A tenant with rows in every table."""

    world: World
    word: str
    engagements: Mapping[str, UUID]
    providers: Mapping[str, UUID]
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def markers(self) -> set[str]:
        """Every text that only this tenant's rows hold."""
        return {
            value for rows in self.rows.values() for row in rows for value in texts_of(row.values) if self.word in value
        }

    def id_of(self, table: str, customer: str | None = None) -> UUID:
        return self._parent(table, customer).id

    def of_engagement(self, table: str, engagement: str | None) -> UUID:
        """The first row of an engagement, or of none."""
        return next(row.id for row in self.rows[table] if row.place.engagement == engagement)

    def unit(self, name: str) -> UUID:
        return next(row.id for row in self.rows["unit"] if row.place.unit == name)

    def person(self, engagement: str | None) -> UUID:
        """Somebody who signs in; of the other engagement nobody does."""
        signed_in = {"own": self.world.dan, None: self.world.alice}.get(engagement)
        found = signed_in.context.participant_id if signed_in else self.of_engagement("participant", engagement)
        assert found is not None
        return found

    def _parent(self, table: str, customer: str | None) -> Row:
        same = [row for row in self.rows[table] if row.place.customer == customer]
        return (same or self.rows[table])[0]


def plant(app: Flask) -> Planted:
    """A new tenant whose rows fill every table, committed."""
    world, other = make_world(app), make_world(app, verticals=())
    with app.app_context():
        session = db.session()
        scope.enter(session, world.alice.context)
        second = Engagement(
            provider_tenant_id=other.provider_id, provider_name="Second", name="Second", purpose="survey"
        )
        offered = Engagement(
            provider_tenant_id=world.provider_id, provider_name="Provider", name="Offered", purpose="service",
            state="idea", offered_at=datetime.now(UTC),
        )  # fmt: skip
        closed = Engagement(
            provider_tenant_id=world.provider_id, provider_name="Provider", name="Closed", purpose="service",
            state="closed", accepted_at=datetime.now(UTC), closed_at=datetime.now(UTC),
        )  # fmt: skip
        session.add_all([second, offered, closed])
        session.flush()
        session.add(_ended(closed))
        first = world.provider_id
        planted = Planted(
            world=world,
            word="zq" + secrets.token_hex(4),
            engagements={"own": world.engagement_id, "other": second.id, "offered": offered.id, "closed": closed.id},
            providers={"own": first, "other": other.provider_id, "offered": first, "closed": first},
        )
        for table in _ordered():
            _fill(session, planted, table)
        for identity in [planted.id_of("stored_file"), *(row.id for row in planted.rows["attachment"])]:
            file = files.path_of(world.tenant_id, identity)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("name\n", encoding="utf-8")
        session.commit()
        db.session.remove()
    return planted


def _ended(closed: Engagement) -> DataGrant:
    """What a closed engagement owes a proof of."""
    now = datetime.now(UTC)
    return DataGrant(
        engagement_id=closed.id, provider_tenant_id=closed.provider_tenant_id, purpose="service", state="expired",
        approved_at=now, starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1),
    )  # fmt: skip


def _ordered() -> Iterator[Table]:
    """Each table after those that its rows point to. Not everything that points to a row is a foreign key."""
    waiting = {table.name: table for table in Model.metadata.sorted_tables if table.name in MODELS}
    while waiting:
        free = [table for table in waiting.values() if not _points_to(table) & waiting.keys()]
        assert free, f"these point to each other: {sorted(waiting)}"
        for table in free:
            yield waiting.pop(table.name)


def _points_to(table: Table) -> set[str]:
    targets = {key.column.table.name for column in table.columns if not column.nullable for key in column.foreign_keys}
    wanted = {key.column.table.name for column in table.columns if _is_wanted(column) for key in column.foreign_keys}
    unkeyed = {UNKEYED[column.name] for column in table.columns if column.name in UNKEYED}
    linked = {LINKED[table.name, column.name] for column in table.columns if (table.name, column.name) in LINKED}
    people = {"participant"} if any((table.name, column.name) in PERSONS for column in table.columns) else set()
    customer = {"customer"} if "customer_id" in table.columns else set()
    return (targets | wanted | unkeyed | linked | people | customer | BESIDES.get(table.name, set())) - {table.name}


def _fill(session: Session, planted: Planted, table: Table) -> None:
    rows = planted.rows[table.name] = []
    if table.name == "engagement":
        rows += [_engagement_row(planted, side) for side in planted.engagements]
        return
    for number, place in enumerate(_places(planted, table), start=1):
        values = {
            column.name: _value(planted, column, number, place)
            for column in table.columns
            if column.name not in STAMPED and not re.fullmatch(r"[snt]\d\d", column.name) and not _is_made(column)
        }
        if table.name == "bulk_run":
            values |= _run(planted, place.sides["run"])
        if table.name == "record" and place.type is not None:
            states = CATALOG.record_types[place.type].states
            values |= {"type": place.type, "state": states[0].key if states else ""}
            values |= {"parent_id": rows[0].id} if place.type == CHILD else {}
        if "attributes" in values and table.name in ("customer", "case", "interaction", "record"):
            on = f"record:{values['type']}" if table.name == "record" else table.name
            values["attributes"] = attributes_of(planted, on)
        if table.name == "saved_view" and place.sides["view"] == "removed":
            values["removed_at"] = datetime.now(UTC)
        if table.name == "participant":
            values["party"] = "provider" if place.engagement else "client"
        if table.name == "lease":
            values |= _lease_times(place.customer)
        if table.name == "role_assignment" and place.engagement is None:
            values |= {"reach": "condition", "condition": CONDITION}
        given = {name: value for name, value in values.items() if value is not None}
        made = MODELS[table.name](**given)
        session.add(made)
        session.flush()
        rows.append(_row(table, made.id, place, given))


def _run(planted: Planted, kind: str) -> dict[str, Any]:
    file = str(planted.id_of("stored_file"))
    settings = {**RUNS[kind], "file_id": file} if kind == PACK else RUNS[kind]
    settings = {**settings, "asked_by": str(planted.person(None))} if kind == leaving.KIND else settings
    counts = {"file": file, "bytes": 5} if kind == leaving.KIND else TRIED
    return {"kind": kind, "settings": settings, "counts": counts}


def _row(table: Table, identity: UUID, place: Place, values: Mapping[str, Any]) -> Row:
    above = place.parent
    return Row(
        table=table.name,
        id=identity,
        place=place,
        of_customer=table.name == "customer" or "customer_id" in table.columns or bool(above and above.of_customer),
        of_engagement="engagement_id" in table.columns or bool(above and above.of_engagement),
        values=values,
    )


def _engagement_row(planted: Planted, side: str) -> Row:
    values = {"provider_tenant_id": planted.providers[side], "provider_name": "Provider", "name": "Engagement"}
    return Row(
        table="engagement",
        id=planted.engagements[side],
        place=Place(engagement=side),
        of_customer=False,
        of_engagement=True,
        values=values,
    )


def _places(planted: Planted, table: Table) -> Iterator[Place]:
    """Each side of a wall that a row of the table can stand on."""
    own = _own_places(table)
    if own:
        yield from own
        return
    parents = _parents(planted, table)
    for above in parents or [None]:
        given = above.place if above else Place()
        customers = [given.customer] if above and above.of_customer else _customers(table)
        engagements = [given.engagement] if above and above.of_engagement else _engagements(table)
        names = [name for name in SIDES if name in table.columns and name not in given.sides]
        choices = [SIDES[name] for name in names]
        if table.name == "bulk_run":
            names, choices = ["run"], [tuple(RUNS)]
        if table.name == "saved_view":
            names, choices = ["view"], [("kept", "removed")]
        for customer, engagement, *sides in itertools.product(customers, engagements, *choices):
            own = {**given.sides, **dict(zip(names, sides, strict=True))}
            yield Place(customer=customer, engagement=engagement, sides=own, parent=above)
    if table.name == "record":
        for each in (*SENSITIVE_TYPES, CHILD):
            yield Place(customer="leased", sides={"exposure": "leased"}, type=each)


def _own_places(table: Table) -> list[Place]:
    """Of the tables whose rows are what others stand by."""
    if table.name == "customer":
        return [Place(customer=each) for each in (*CUSTOMERS, SECOND)]
    if table.name == "lease":
        lent = (*CUSTOMERS[:-1], SECOND)
        return [Place(customer=each, engagement="other" if each == "lent to another" else "own") for each in lent]
    if table.name == "unit":
        return [*(Place(unit=name) for name in UNITS), *(Place(engagement=each) for each in ENGAGEMENTS[:-1])]
    if table.name in BETWEEN:
        first = [Place(customer=each, other=SECOND if each == "leased" else "leased") for each in CUSTOMERS]
        return [*first, *(Place(customer="leased", other=each) for each in ("expired", "kept"))]
    return []


def _parents(planted: Planted, table: Table) -> list[Row]:
    """The rows of the table that this one needs, besides customer and engagement."""
    needed = {
        key.column.table.name
        for column in table.columns
        for key in column.foreign_keys
        if not column.nullable and column.name != "tenant_id"
    } - {"customer", "engagement", "tenant", "user_account", "participant"}
    rows = [row for name in sorted(needed)[:1] for row in planted.rows[name]]
    return [row for row in rows if not row.of_customer or row.place.customer or None in _customers(table)]


def _customers(table: Table) -> list[str | None]:
    if "customer_id" not in table.columns:
        return [None]
    return [*CUSTOMERS, None] if table.columns["customer_id"].nullable else list(CUSTOMERS)


def _engagements(table: Table) -> list[str | None]:
    if "engagement_id" not in table.columns:
        return [None]
    return list(ENGAGEMENTS if table.columns["engagement_id"].nullable else ENGAGEMENTS[:-1])


def _is_made(column: Column[Any]) -> bool:
    """Whether the database makes the value itself."""
    return column.identity is not None or isinstance(column.computed, Computed)


def _value(planted: Planted, column: Column[Any], number: int, place: Place) -> Any:  # noqa: C901 - one case after another
    assert isinstance(column.table, Table)
    if (column.table.name, column.name) in FIXED:
        return FIXED[column.table.name, column.name]
    if column.name in place.sides:
        return place.sides[column.name]
    if column.name == "customer_id" or (column.table.name, column.name) == ("audit_entry", "subject_id"):
        return planted.id_of("customer", place.customer) if place.customer else None
    if BETWEEN.get(column.table.name) == column.name:
        return planted.id_of("customer", place.other)
    if column.name in UNKEYED:
        return planted.id_of(UNKEYED[column.name])
    if column.name == "engagement_id":
        return planted.engagements[place.engagement] if place.engagement else None
    if (column.table.name, column.name) in PERSONS:
        return planted.person(place.engagement)
    if (column.table.name, column.name) in LINKED and not column.foreign_keys:
        return planted.id_of(LINKED[column.table.name, column.name], place.customer)
    if column.name == "unit_id" and (column.table.name, column.name) in LINKED:
        return _unit(planted, number, place)
    if column.name == "provider_tenant_id":
        return planted.providers[place.engagement or "own"]
    if column.foreign_keys:
        target = next(key.column.table.name for key in column.foreign_keys)
        linked = (column.table.name, column.name) in LINKED
        if column.nullable and not _is_wanted(column) and not linked:
            return None
        if target == "participant" and "engagement_id" in column.table.columns:
            return planted.of_engagement(target, place.engagement)
        if linked:
            return planted.id_of(target, place.customer)
        return place.parent.id if place.parent and place.parent.table == target else planted.id_of(target)
    if isinstance(column.server_default, DefaultClause) or (column.nullable and column.type.python_type is not str):
        return None
    return _of_type(planted, column, number)


def _unit(planted: Planted, number: int, place: Place) -> UUID | None:
    """A customer's rows stand where the customer stands; what is of no customer in either unit, or in none."""
    if place.customer is not None:
        return planted.unit("north" if place.customer in NORTH else "south")
    if place.engagement is not None:
        return planted.of_engagement("unit", place.engagement)
    return [None, planted.unit("north"), planted.unit("south")][number % 3]


def _of_type(planted: Planted, column: Column[Any], number: int) -> Any:
    assert isinstance(column.table, Table)
    table, kind = column.table.name, column.type.python_type
    if isinstance(column.type, JSON) and column.name == "label":
        return dict.fromkeys(("zh-CN", "en"), f"{table} label {planted.word} {number}")
    if isinstance(column.type, JSON):
        return [] if "list[" in str(MODELS[table].__annotations__.get(column.name)) else {}
    if kind is str:
        allowed = _allowed(column)
        written = f"{table} {column.name} {planted.word} {number}"
        if column.name in NOTES or (table, column.name) in FREE:
            written += f", 139{next(LINES):08}, {planted.word}.{number}@example.com"
        return allowed[0] if allowed else WORDS.get(column.name) or written
    if kind is datetime:
        return datetime.now(UTC) + (timedelta(days=30) if column.name in AHEAD else timedelta())
    made = {
        int: 10_000 + number, float: 0.5, bool: False, UUID: new_id(), bytes: secrets.token_bytes(32),
        date: date(1980, 1, 2),
    }  # fmt: skip
    if kind not in made:
        raise LookupError(f"The factory cannot fill {table}.{column.name}, a {kind.__name__}")
    return made[kind]


def attributes_of(planted: Planted, on: str) -> dict[str, dict[str, str]]:
    """A value for each sensitive field that verticals declare on something, and for the tenant's own one on customers."""
    made: dict[str, dict[str, str]] = {}
    for name, declared in SENSITIVE[on].items():
        owner, key = name.split(".", 1)
        number = next(LINES)
        value = MADE_OF.get(declared.mask, f"{name} {planted.word} {number}").format(n=number, word=planted.word)
        made.setdefault(owner, {})[key] = f"called from 139{number:08}" if declared.kind == "long_text" else value
    if on == "customer":
        made["own"] = {"planted": f"own {planted.word} {next(LINES)}"}
    return made


def _is_wanted(column: Column[Any]) -> bool:
    """Whether a check of the table wants one of several references, and this is the first of them."""
    assert isinstance(column.table, Table)
    checks = (str(each.sqltext) for each in column.table.constraints if isinstance(each, CheckConstraint))
    return any(re.match(rf"num_nonnulls\({column.name}\b.* = 1$", check) for check in checks)


def _allowed(column: Column[Any]) -> list[str]:
    """What the column's check names."""
    assert isinstance(column.table, Table)
    for check in column.table.constraints:
        if isinstance(check, CheckConstraint) and str(check.sqltext).startswith(f"{column.name} IN ("):
            return re.findall(r"'([^']*)'", str(check.sqltext))
    return []


def _lease_times(customer: str | None) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "expires_at": now - timedelta(minutes=1) if customer == "expired" else now + timedelta(days=30),
        "ended_at": now if customer == "ended" else None,
    }
