"""The dumper says what the schema says: for any customer, whoever reads."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some
from marshmallow import Schema, fields

from core import config as configuration
from core.api.fields import Instant, Masked
from core.api.writing import Dumper, encoded
from core.app import load_catalog
from core.context import Sight
from core.customers.queries import COLUMNS
from core.customers.schemas import customer_dumper, reader_schema

VIEW = load_catalog(configuration.read({})).everything
NAMES = [column.key for column in COLUMNS]

texts = some.text(alphabet=some.characters(exclude_categories=["Cs"]), max_size=30)
moments = some.datetimes(timezones=some.just(UTC))
values = {
    "id": some.uuids(),
    "number": some.integers(1, 2**53),
    "born_on": some.none() | some.dates(date(1900, 1, 1), date(2100, 1, 1)),
    "owner_id": some.none() | some.uuids(),
    "unit_id": some.none() | some.uuids(),
    "merged_into_id": some.none() | some.uuids(),
    "version": some.integers(1, 10_000),
    "created_at": moments,
    "updated_at": moments,
    "attributes": some.dictionaries(
        some.sampled_from(["telecom", "closed"]),
        some.dictionaries(
            some.sampled_from(["plan", "gender", "churned", "monthly_charge", "nothing_declared"]),
            texts | some.integers(0, 10**12) | some.booleans(),
        ),
    ),
}
rows = some.tuples(
    *(values.get(name, texts if name in ("name", "kind", "state") else some.none() | texts) for name in NAMES)
)


def plain(schema: Schema, row: tuple[Any, ...]) -> Any:
    """What marshmallow itself writes, as JSON and back."""
    return orjson.loads(orjson.dumps(schema.dump(dict(zip(NAMES, row, strict=True)))))


@pytest.mark.parametrize("sight", [Sight("clear"), Sight("masked"), Sight("provider")])
@given(row=rows)
def test_the_dumper_equals_the_schema(sight: Sight, row: tuple[Any, ...]) -> None:
    dumped = orjson.loads(encoded(customer_dumper(VIEW, sight=sight)(row)))
    assert dumped == plain(reader_schema(VIEW, sight=sight), row)


@given(row=rows)
def test_a_row_may_hold_more_at_its_end(row: tuple[Any, ...]) -> None:
    dumper = customer_dumper(VIEW, sight=Sight("clear"))
    assert dumper((*row, "lease")) == dumper(row)


def test_a_schema_in_another_order_is_followed() -> None:
    class Other(Schema):
        when = Instant(attribute="at", data_key="at_utc")
        name = Masked(str.upper)
        tags = fields.List(fields.String())

    row = ("a", datetime(2027, 1, 31, 8, tzinfo=UTC), ["x"])
    dumped = Dumper(Other(), columns=["name", "at", "tags"])(row)
    assert orjson.loads(encoded(dumped)) == {"at_utc": "2027-01-31T08:00:00Z", "name": "A", "tags": ["x"]}


def test_ids_are_written_as_text() -> None:
    assert encoded(UUID(int=1)) == b'"00000000-0000-0000-0000-000000000001"'
