"""`install_api(app, ...)`: the endpoints on an app, and their description as OpenAPI 3.1 at /api/v1/openapi.json.

The description needs no token: it tells what this installation's API is, with the fields of every loaded vertical, and holds
no data. A workspace shows and takes only the fields of the verticals it has switched on.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask, Response
from flask_smorest import Api
from marshmallow import fields

from core.api.endpoints import PREFIX, PROBLEM, Endpoints
from core.api.fields import Attributes, Instant, Problem
from core.api.state import EXTENSION, ApiState
from core.context import Context
from core.plugin.catalog import Catalog

DOCUMENT = f"{PREFIX}/openapi.json"
STATUSES = (400, 401, 403, 404, 409, 412, 415, 422, 428, 429)

DESCRIPTION = """\
A token belongs to one workspace, so no address names a tenant. What a token may see is what its person may see: a
provider's token sees the customers that are leased to its engagement, with personal data masked.

Lists answer `{data, next}`; send `next` as `after`. Times are RFC 3339 in UTC. Money is in minor units of its currency.
PATCH is a JSON merge patch (RFC 7396) and needs `If-Match`. Every POST takes an `Idempotency-Key`.
Problems are RFC 9457 documents. Who asks too much gets 429 with `Retry-After`; docs/guide/limits.md names the limits.
"""


class KehubApi(Api):  # type: ignore[misc]  # smorest has no types
    """smorest without its own error handler, which would answer for pages too, and without its own document."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Problems are made in core.web.errors, for pages and API alike."""

    def _register_doc_blueprint(self) -> None:
        """The document is served by `document`, once made."""

    def _register_responses(self) -> None:
        for status in STATUSES:
            response = {
                "description": HTTPStatus(status).phrase,
                "content": {PROBLEM: {"schema": Problem}},
            }
            self.spec.components.response(f"Problem{status}", response)


def install_api(
    app: Flask, *, resources: Sequence[Endpoints], load_token: Callable[[str], Context | None], catalog: Catalog
) -> None:
    app.extensions[EXTENSION] = ApiState(load_token=load_token)
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    made = KehubApi(
        app,
        spec_kwargs={
            "title": "Kehub",
            "version": "1",
            "openapi_version": "3.1.0",
            "marshmallow_plugin": plugin,
            "info": {"description": DESCRIPTION},
            "servers": [{"url": "/"}],
        },
    )
    made.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    assert plugin.converter is not None
    plugin.converter.add_attribute_function(_attributes_of(catalog))  # type: ignore[no-untyped-call]
    made.register_field(Instant, fields.DateTime)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # two schemas of one name would describe each other
        for resource in resources:
            made.register_blueprint(resource.blueprint)
    body = orjson.dumps(_tagged(made.spec.to_dict(), resources), option=orjson.OPT_INDENT_2)
    app.add_url_rule(DOCUMENT, "api.document", lambda: Response(body, mimetype="application/json"))


def _name(schema: Any) -> str:
    """The name of a schema in the document: its class's."""
    return str(resolve_schema_cls(schema).__name__)  # type: ignore[union-attr]


def _attributes_of(catalog: Catalog) -> Callable[..., dict[str, Any]]:
    def attributes2properties(self: OpenAPIConverter, field: Any, **_: Any) -> dict[str, Any]:
        """The fields of every loaded vertical. In a patch none of them is required."""
        if not isinstance(field, Attributes):
            return {}
        schema = field.schema_of(catalog.everything)
        if not field.partial:
            found: dict[str, Any] = self.resolve_nested_schema(schema)  # type: ignore[no-untyped-call]
            return found
        verticals = {}
        for name, nested in schema().fields.items():
            assert isinstance(nested, fields.Nested)
            verticals[name] = self.schema2jsonschema(nested.schema)  # type: ignore[no-untyped-call]
            verticals[name].pop("required", None)
        return {"type": "object", "properties": verticals, "additionalProperties": False}

    return attributes2properties


def _tagged(document: dict[str, Any], resources: Sequence[Endpoints]) -> dict[str, Any]:
    """Call each group of operations by its title: a blueprint's name is ours only."""
    titles = {resource.name: resource.title for resource in resources}
    document["tags"] = [{"name": resource.title} for resource in resources]
    for operations in document["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                operation["tags"] = [titles[name] for name in operation["tags"]]
    return document
