"""Write answers: rows straight to JSON, as the schema says, without a marshmallow call per value.

1. `Dumper` is made once from a schema and the columns of a query: it keeps the fields whose values orjson writes exactly as
marshmallow would, and the converters of the others (masks, attributes). 2. A row becomes one `dict(zip(...))` and as many
calls as there are converters. 3. A property test holds the outcome equal to `Schema.dump`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

import orjson
from flask import Response, request, url_for
from marshmallow import Schema, fields

from core.api.fields import Attributes, Instant, Masked
from core.web import looks

OPTIONS = orjson.OPT_UTC_Z
"""The database connection speaks UTC, so every moment is written with a Z."""

AS_THEY_ARE = (fields.String, fields.Integer, fields.Boolean, fields.UUID, Instant)
"""Fields whose values, as the database gives them, orjson writes like marshmallow. Exactly these classes."""

FRAME = frozenset({"id", "version", "created_at", "updated_at"})
"""What every resource has: no field that somebody reads."""

Convert = Callable[[Any], Any]


class Dumper:
    """Rows of `columns` (their names in order) to the dicts that the schema describes, ready for orjson."""

    def __init__(self, schema: Schema, *, columns: Sequence[str]) -> None:
        shown = schema.dump_fields
        places = {name: place for place, name in enumerate(columns)}
        self._names = [field.data_key or name for name, field in shown.items()]
        sources = [places[field.attribute or name] for name, field in shown.items()]
        leading = sources == list(range(len(sources)))
        self._pick: Callable[[Any], Any] = _itself if leading else itemgetter(*sources)
        converters = ((field.data_key or name, _converter(field)) for name, field in shown.items())
        self._converters = [(name, convert) for name, convert in converters if convert is not None]

    def __call__(self, row: Any) -> dict[str, Any]:
        made = dict(zip(self._names, self._pick(row), strict=False))  # a row may hold more at its end
        for name, convert in self._converters:
            made[name] = convert(made[name])
        return made

    def all(self, rows: Iterable[Any]) -> list[dict[str, Any]]:
        names, pick = self._names, self._pick
        made = [dict(zip(names, pick(row), strict=False)) for row in rows]
        for name, convert in self._converters:
            for each in made:
                each[name] = convert(each[name])
        return made


def _itself(row: Any) -> Any:
    return row


def _converter(field: fields.Field[Any]) -> Convert | None:
    if type(field) in AS_THEY_ARE or type(field) is fields.Date:
        return None
    if isinstance(field, Masked):
        return field.mask
    if isinstance(field, Attributes):
        return field.shown
    return lambda value: field._serialize(value, "", None)


def encoded(value: Any) -> bytes:
    return orjson.dumps(value, option=OPTIONS)


def answer(value: Any, *, status: int = 200) -> Response:
    return Response(encoded(value), status=status, mimetype="application/json")


def page(rows: list[dict[str, Any]], *, following: str | None) -> Response:
    """One page of a list."""
    looks.counted(len(rows))
    return answer({"data": rows, "next": following})


def resource(value: dict[str, Any]) -> Response:
    """One resource with its version as ETag; 304 where the reader has it already."""
    looks.showed(name for name, held in value.items() if held is not None and name not in FRAME)
    looks.of(value.get("customer_id"))
    response = answer(value)
    response.set_etag(str(value["version"]))
    if request.method == "GET":
        response.make_conditional(request)
    return response


def created(value: dict[str, Any], *, endpoint: str, **address: Any) -> Response:
    """What a POST made, its version as ETag, and where it is."""
    response = resource(value)
    response.status_code = 201
    response.headers["Location"] = url_for(endpoint, **address)
    return response
