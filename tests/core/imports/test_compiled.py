"""The compiled reader of a column says of every cell what the form, and what the schema of the API, say of the same value."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import Babel, force_locale
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from core import app as application
from core import config as configuration
from core.customers.fields import core_fields
from core.fields import FieldSet, stored
from core.fields.schema import attributes_schema
from core.imports.compiled import compile_cell
from core.plugin.types import Field

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True, scope="module")
def spoken() -> Any:
    """The schema says what is wrong in the language of a request."""
    app = Flask("kehub")
    Babel(app, default_locale="en")
    with app.test_request_context(), force_locale("en"):
        yield app


@cache
def declared() -> dict[str, Field]:
    """The core's own fields and those of every vertical: one of each kind, validator and limits."""
    found = {**core_fields("CN"), **everything().fields()}
    unlike = {(f.kind, f.validator, f.minimum, f.maximum, f.max_length, f.required): name for name, f in found.items()}
    return {name: found[name] for name in unlike.values()}


@cache
def everything() -> Any:
    return application.load_catalog(configuration.read({})).everything


@cache
def read(name: str) -> Any:
    return compile_cell(name, declared()[name], zone=ZONE, currency="CNY")


PLAIN = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="0123456789-/.年月日 ¥,元+", max_size=14),
    st.dates(min_value=date(1800, 1, 1), max_value=date(2100, 1, 1)).map(str),
    st.integers().map(str),
    st.sampled_from(
        ["", " ", "\u3000", "\ufeff", " Ann ", "e\u0301", "\u00e9", "a\tb", "a\r\nb", "2026-02-30", "2026-W01-1", "是",
         "no", "gold",
         "13800138000", "138 0013 8000", "Ann@Example.COM", "x" * 600, "\x00", "1,234.50", "1.005", "20260131", "CN", "zh-CN",
         "Asia/Shanghai", "month_to_month", "个人", "9" * 40]
    ),
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(cells=st.lists(PLAIN, min_size=8, max_size=8))
def test_a_compiled_column_reads_what_a_form_reads(cells: list[str]) -> None:
    for name, field in declared().items():
        compiled = read(name)
        own = FieldSet(fields={name: field})
        for cell in cells:
            values, errors = own.parse({name: cell}, partial=True, zone=ZONE, currency="CNY")
            wrong = [each for each in errors if each.code != "required"]
            assert compiled(cell) == ((None, wrong[0]) if wrong else (values.get(name), None)), (name, cell)


@settings(max_examples=12, deadline=None)
@given(cells=st.lists(PLAIN, min_size=10, max_size=10))
def test_what_a_column_takes_the_schema_loads_to_the_same_value(cells: list[str]) -> None:
    """The values of a whole document at once; and a text that the column refuses, the schema refuses with the same words."""
    view = everything()
    schema = attributes_schema(view)()
    document: dict[str, dict[str, Any]] = {}
    for place, (name, field) in enumerate(declared().items()):
        if "." not in name:
            continue
        cell = cells[place % len(cells)]
        value, error = read(name)(cell)
        owner, key = name.split(".", 1)
        if value is not None:
            document.setdefault(owner, {})[key] = stored(value)
        elif error is not None and field.kind == "text":
            told = refused(schema, {owner: {key: cell}})
            assert told[owner][key] == [error.message % dict(error.params)], (name, cell)
    assert schema.load(document, partial=True) == document


def refused(schema: Any, document: dict[str, Any]) -> Any:
    try:
        schema.load(document, partial=True)
    except ValidationError as wrong:
        return wrong.messages
    raise AssertionError(f"the schema took {document}")
