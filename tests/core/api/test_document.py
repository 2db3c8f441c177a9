"""The description of the API: valid OpenAPI 3.1 that says of every operation what may go wrong."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.web.routes import PERMISSIONS_BY_ENDPOINT


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict)
    ]


def test_the_description_is_valid_openapi(document):
    assert document["openapi"].startswith("3.1")
    from openapi_spec_validator import OpenAPIV31SpecValidator

    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_route_of_the_api_is_described_and_asks_for_a_permission(app: Flask, document):
    routes = {
        (rule.rule.replace("<uuid:", "{").replace("<", "{").replace(">", "}"), method.lower(), rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}
        if rule.rule.startswith("/api/") and rule.endpoint != "api.document"
    }
    assert {(path, method) for path, method, _ in routes} == {
        (path, method) for path, method, _ in operations(document)
    }
    assert len(routes) >= 15
    for _, _, endpoint in routes:
        assert PERMISSIONS_BY_ENDPOINT[endpoint]


def test_every_operation_says_its_errors_as_problems(document):
    for path, method, operation in operations(document):
        answers = operation["responses"]
        assert {"401", "403", "404"} <= answers.keys(), (path, method)
        sent = [each for each in operation.get("parameters", ()) if each["in"] in ("query", "header")]
        assert ("422" in answers) == bool(sent or "requestBody" in operation), (path, method)
    for name, described in document["components"]["responses"].items():
        assert list(described["content"]) == ["application/problem+json"], name


KEPT_NOWHERE = {
    "/api/v1/reveals", "/api/v1/search", "/api/v1/partner-codes", "/api/v1/webhook-endpoints",
    "/api/v1/webhook-endpoints/{endpoint_id}/secret",
}  # fmt: skip
"""Their answers show a clear value once; none is kept under a key."""


def test_a_post_tells_of_its_key_and_a_patch_of_its_etag(document):
    assert {path for path, method, _ in operations(document) if method == "post"} >= KEPT_NOWHERE
    for path, method, operation in operations(document):
        headers = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (method == "post" and path not in KEPT_NOWHERE), path
        if method == "patch":
            assert "If-Match" in headers
            assert {"412", "428"} <= operation["responses"].keys()
            assert list(operation["requestBody"]["content"]) == ["application/merge-patch+json"]


def test_the_fields_of_every_vertical_are_described(document):
    schemas = document["components"]["schemas"]
    attributes = schemas["CustomerNew"]["properties"]["attributes"]
    verticals = schemas[attributes["$ref"].rpartition("/")[2]]["properties"]
    telecom = schemas[verticals["telecom"]["$ref"].rpartition("/")[2]]["properties"]
    assert telecom["monthly_charge"]["type"] == ["integer", "null"]
    assert "minor units" in telecom["monthly_charge"]["description"].lower()


def test_a_schema_has_its_own_name_and_no_copy(document):
    names = document["components"]["schemas"].keys()
    assert not [name for name in names if name[-1].isdigit()]
