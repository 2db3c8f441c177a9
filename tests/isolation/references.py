"""Every place of a request that names a row, found by looking: addresses, bodies and queries of the API, forms of the pages.

1. A place of an address that takes an id.  2. A field of a marshmallow schema that takes a UUID, or a list of them.
3. A control of a rendered form whose value is the id of a row, or that is named like one (`..._id`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask
from marshmallow import Schema, fields, validate
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from tests.isolation.factory import WORDS, Planted
from tests.isolation.visits import TAGS, ids_in, is_api, rules, table_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

FIELD_TABLES: Mapping[str, str] = {
    "assignee_id": "participant", "owner_id": "participant", "to": "participant", "manager_id": "participant",
    "delegate_id": "participant", "decision": "gate_decision", "case_ids": "case", "customer_ids": "customer",
    "subject_id": "customer", "work_id": "case", "work": "case",
    "person": "participant", "person_id": "participant", "parent_id": "record", "customers": "customer",
    "other_id": "customer", "widens_id": "data_grant", "ids": "customer", "who": "participant",
}  # fmt: skip
"""Fields that are not named after their table."""


@dataclass(frozen=True)
class Form:
    """A form as a page showed it: where it goes, and what it would send."""

    rule: Rule
    method: str
    places: Mapping[str, Any]
    values: Mapping[str, Sequence[str]]
    offered: Mapping[str, Sequence[str]]
    """Every value that a control offers."""


@dataclass(frozen=True)
class Reference:
    """A place of a request that names a row of a table. `form` is how the page would send it."""

    rule: Rule
    method: str
    where: str
    name: str
    table: str | None
    form: Form | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule} {self.where} {self.name}"


def references(app: Flask, planted: Planted, forms: Iterable[Form]) -> list[Reference]:
    """Each place once."""
    forms = list(forms)
    found = {str(each): each for each in (*_in_addresses(app, forms), *_in_schemas(app), *_in_forms(planted, forms))}
    return [found[key] for key in sorted(found)]


def _in_addresses(app: Flask, forms: Sequence[Form]) -> Iterator[Reference]:
    sending = {(form.rule.endpoint, form.method): form for form in forms}
    for method in METHODS:
        for rule in rules(app, method):
            for name in ids_in(rule):
                yield Reference(rule, method, "path", name, table_of(name), sending.get((rule.endpoint, method)))


def _in_schemas(app: Flask) -> Iterator[Reference]:
    for method in METHODS:
        for rule in rules(app, method):
            for where, schema in schemas_of(app, rule):
                for name, each in schema().load_fields.items():
                    if _takes_id(each):
                        yield Reference(rule, method, where, name, _table_of_field(name, rule))


def _takes_id(each: Any) -> bool:
    return isinstance(each, fields.UUID) or (isinstance(each, fields.List) and isinstance(each.inner, fields.UUID))


def _table_of_field(name: str, rule: Rule | None = None) -> str | None:
    if name == "parent_id" and rule is not None and "/units" in rule.rule:
        return "unit"
    return FIELD_TABLES.get(name) or table_of(name)


def schemas_of(app: Flask, rule: Rule) -> Iterator[tuple[str, type[Schema]]]:
    """`body` and `query` of an operation of the API."""
    notes = getattr(app.view_functions[rule.endpoint], "_apidoc", {})
    for parameter in notes.get("arguments", {}).get("parameters", ()):
        schema = parameter.get("schema")
        if isinstance(schema, type) and issubclass(schema, Schema) and parameter["in"] in ("json", "query"):
            yield "body" if parameter["in"] == "json" else "query", schema


def example(schema: type[Schema], planted: Planted, given: Mapping[str, Any]) -> dict[str, Any]:
    """A body with what must be there, and what is given."""
    required = ((name, each) for name, each in schema().load_fields.items() if each.required)
    made = {each.data_key or name: _value(name, each, planted) for name, each in required}
    return {**made, **given}


def _value(name: str, each: Any, planted: Planted) -> Any:
    choices = [check.choices for check in each.validators if isinstance(check, validate.OneOf)]
    if isinstance(each, fields.UUID):
        table = _table_of_field(name)
        return str(planted.id_of(table, "leased")) if table else str(UUID(int=1))
    if choices:
        return next(iter(choices[0]))
    if isinstance(each, fields.Nested):
        return example(type(each.schema), planted, {})
    if isinstance(each, fields.List):
        return [_value(name, each.inner, planted)]
    if isinstance(each, fields.Integer):
        return 1
    if isinstance(each, fields.Boolean):
        return True
    if isinstance(each, fields.DateTime):
        return "2026-11-01T08:00:00Z"
    if isinstance(each, fields.Date):
        return "2026-11-01"
    return {} if isinstance(each, fields.Mapping) else WORDS.get(name, "x")


# -- forms ------------------------------------------------------------------------------------------------------------


def _in_forms(planted: Planted, forms: Iterable[Form]) -> Iterator[Reference]:
    tables = {str(row.id): name for name, rows in planted.rows.items() for row in rows}
    tables |= {str(person.context.participant_id): "participant" for person in planted.world.people}
    for form in forms:
        for name, offered in form.offered.items():
            held = {tables[value] for value in offered if value in tables}
            table = next(iter(sorted(held)), _table_of_field(name))
            if table is not None and (held or name.endswith(("_id", "_ids"))):
                yield Reference(form.rule, form.method, "form", name, table, form)


def forms_in(app: Flask, text: str) -> Iterator[Form]:
    """The forms of a page."""
    reader = _Forms()
    for tag in TAGS.finditer(text):
        if tag[1]:
            reader.ends(tag[2])
        else:
            reader.begins(tag[2], {name: unescape(one or other) for name, one, other in HELD.findall(tag[3])})
    adapter = app.url_map.bind("localhost")
    for made in reader.made:
        try:
            rule, places = adapter.match(urlsplit(made.action).path, method=made.method, return_rule=True)
        except HTTPException:
            continue
        if not is_api(rule):
            yield Form(
                rule, made.method, {k: v for k, v in places.items() if k != "workspace"}, made.values, made.offered
            )


HELD = re.compile(r"""([^\s=/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?""")
"""An attribute of a tag, and its value."""


@dataclass
class _Made:
    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)


class _Forms:
    def __init__(self) -> None:
        self.made: list[_Made] = []
        self._select: str | None = None
        self._named: dict[str, _Made] = {}

    def begins(self, tag: str, given: Mapping[str, str]) -> None:
        if tag == "form":
            action = given.get("action") or given.get("hx-post") or given.get("hx-get") or ""
            method = "POST" if given.get("hx-post") and not given.get("action") else given.get("method", "get").upper()
            self.made.append(self._named.setdefault(given.get("id") or str(len(self.made)), _Made("", "")))
            self.made[-1].action, self.made[-1].method = action, method
        # A control may name a form that comes after it.
        target = self._named.setdefault(given["form"], _Made("", "")) if given.get("form") else self._around()
        if target is None:
            return
        if tag in ("input", "button") and given.get("name"):
            self._input(target, given)
        elif tag == "textarea" and given.get("name"):
            target.values.setdefault(given["name"], ["x"])
        elif tag == "select":
            self._select = given.get("name")
        elif tag == "option" and self._select:
            target.offered.setdefault(self._select, []).append(given.get("value", ""))
            held = target.values.setdefault(self._select, [given.get("value", "")])
            if "selected" in given or not held[0]:
                held[:] = [given.get("value", "")]

    def _around(self) -> _Made | None:
        return self.made[-1] if self.made else None

    def _input(self, target: _Made, given: Mapping[str, str]) -> None:
        name, value = given["name"], given.get("value", "")
        target.offered.setdefault(name, []).append(value)
        if given.get("type") in ("checkbox", "radio", "submit") and "checked" not in given:
            return
        target.values.setdefault(name, [value or _typed(given)])

    def ends(self, tag: str) -> None:
        if tag == "select":
            self._select = None


def _typed(given: Mapping[str, str]) -> str:
    """What a person would type where they must."""
    if "required" not in given:
        return ""
    kinds = {"date": "2027-01-31", "datetime-local": "2027-01-31T08:00", "number": "1", "email": "zq@example.com"}
    return kinds.get(given.get("type", "text"), "13912341369" if re.search("phone|tel", given["name"]) else "x")
