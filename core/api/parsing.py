"""Read bodies and queries; what is wrong becomes one Invalid, each error with the place where it stands."""

# ruff: noqa: ARG002 - the signatures are webargs'
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import orjson
from flask import Request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from core.errors import N_, DomainError, FieldError, Invalid

JSON_TYPES = ("application/json", "application/merge-patch+json")
QUERY, BODY = "query", "json"

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


class Parser(FlaskParser):
    """The webargs parser of all endpoints."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {BODY: RAISE, QUERY: RAISE}

    def _raw_load_json(self, req: Request) -> Any:
        if req.mimetype not in JSON_TYPES:
            raise UnsupportedMediaType
        try:
            return orjson.loads(req.get_data(cache=True))
        except orjson.JSONDecodeError:
            raise BadJson from None

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """A parameter that is sent twice is as wrong as one that nobody knows."""
        twice = sorted(name for name, values in req.args.lists() if len(values) > 1)
        if twice:
            raise Invalid(errors=[_error(f"?{name}", N_("Send this once.")) for name in twice])
        return req.args.to_dict()

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: Any) -> NoReturn:
        raise Invalid(errors=list(_errors(error.messages)))


def _errors(messages: Any) -> Iterator[FieldError]:
    """webargs nests by location first: `{"json": {"attributes": {"x": ["..."]}}, "query": {"limit": ["..."]}}`."""
    for location, found in messages.items():
        for path, message in _leaves(found, ()):
            place = f"?{path[0]}" if location == QUERY and path else pointer(path)
            yield _error(place, message)


def _error(place: str, message: str) -> FieldError:
    return FieldError(field=place, code=CODES.get(message, "invalid"), message=message)


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
    place = pointer(("attributes", owner, key) if dot else (owner,))
    return FieldError(field=place, code=error.code, message=error.message, params=error.params)
