"""Read bodies and queries; what is wrong becomes one Invalid, each error with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import orjson
from babel.numbers import get_currency_precision
from flask import request
from flask_babel import gettext
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from core.errors import N_, DomainError, FieldError, Invalid
from core.plugin.types import Field

JSON_TYPES = ("application/json", "application/merge-patch+json")

CODES = {
    N_("Unknown field."): "unknown",
    N_("There is no such field."): "unknown",
    N_("Missing data for required field."): "required",
    N_("This must be filled in."): "required",
    N_("Field may not be null."): "null",
    N_("Not a valid string."): "type",
    N_("Not a valid integer."): "type",
    N_("Not a valid boolean."): "type",
    N_("Not a valid datetime."): "type",
    N_("Not a valid UUID."): "type",
    N_("Invalid input type."): "type",
    N_("Must be greater than or equal to 1 and less than or equal to 200."): "range",
}
"""Marshmallow's own messages, so that they are translated, and a stable code for each."""


class BadJson(DomainError):
    code = "bad_json"
    status = 400
    default = N_("The body is not valid JSON.")


def as_written(
    attributes: Mapping[str, Mapping[str, Any]], *, declared: Mapping[str, Field], currency: str
) -> dict[str, Any]:
    """Attributes of a body by qualified name, as services read them: money in major units, like a person writes it."""
    found = {}
    for owner, held in attributes.items():
        for key, value in held.items():
            field = declared[f"{owner}.{key}"]
            if field.kind == "money" and value is not None:
                value = str(Decimal(value).scaleb(-get_currency_precision(field.currency or currency)))
            found[f"{owner}.{key}"] = value
    return found


def read_query(schema: Schema) -> dict[str, Any]:
    """The query of this request. A parameter that is sent twice is as wrong as one that nobody knows. Raises Invalid."""
    twice = sorted(name for name, values in request.args.lists() if len(values) > 1)
    if twice:
        raise Invalid(errors=[_error(f"?{name}", N_("Send this once.")) for name in twice])
    try:
        return dict(schema.load(request.args.to_dict()))
    except ValidationError as error:
        raise Invalid(errors=[_error(f"?{path[0]}", said) for path, said in _leaves(error.messages, ())]) from None


def read_body(schema: Schema) -> dict[str, Any]:
    """The body of this request. Raises UnsupportedMediaType, BadJson, or Invalid with the place of every error."""
    if request.mimetype not in JSON_TYPES:
        raise UnsupportedMediaType
    try:
        body = orjson.loads(request.get_data(cache=True))
    except orjson.JSONDecodeError:
        raise BadJson from None
    return _loaded(schema, body, ())


def read_part(schema: Schema, value: Any, *, at: str) -> dict[str, Any]:
    """A part of the body whose schema depends on another part of it. Raises Invalid with the place of every error."""
    return _loaded(schema, value, (at,))


def _loaded(schema: Schema, value: Any, path: tuple[str, ...]) -> dict[str, Any]:
    try:
        return dict(schema.load(value))
    except ValidationError as error:
        raise Invalid(errors=[_error(pointer(place), said) for place, said in _leaves(error.messages, path)]) from None


def _error(place: str, message: str) -> FieldError:
    code = next((code for known, code in CODES.items() if message in (known, gettext(known))), "invalid")
    return FieldError(field=place, code=code, message=message)


def _leaves(found: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(found, Mapping):
        for key, inner in found.items():
            yield from _leaves(inner, path if key == "_schema" else (*path, str(key)))
    elif isinstance(found, list):
        for inner in found:
            yield from _leaves(inner, path)
    else:
        yield path, str(found)


def pointer(path: tuple[str, ...]) -> str:
    """RFC 6901; the empty pointer is the whole body."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)


def with_places(error: DomainError) -> DomainError:
    """A service names a field by its qualified key: `phone`, `<vertical>.<field>`. Say where that stands in the body."""
    errors = error.errors
    if error.field is not None and not errors:
        errors = [FieldError(field=error.field, code=error.code, message=error.message, params=error.params)]
    error.errors = [_placed(each) for each in errors]
    return error


def _placed(error: FieldError) -> FieldError:
    if error.field[:1] in ("/", "?", ""):
        return error
    owner, dot, key = error.field.partition(".")
    path = ("attributes", owner, key) if dot else (owner,)
    place = f"?{error.field}" if request.method == "GET" else pointer(path)
    return FieldError(field=place, code=error.code, message=error.message, params=error.params)
