"""The API takes a vertical's fields strictly, and refuses by the field's name what it does not know."""

from __future__ import annotations

from typing import Any

import pytest
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from flask_babel import Babel, force_locale
from marshmallow import ValidationError

from core.fields.schema import attributes_schema
from core.plugin.catalog import CatalogView
from tests.core.fields.sample import VIEW


@pytest.fixture(autouse=True)
def spoken() -> Any:
    app = Flask("kehub")
    Babel(app, default_locale="en")
    with app.test_request_context(), force_locale("en"):
        yield app


def load(values: dict[str, Any], **rest: Any) -> Any:
    return attributes_schema(VIEW)(**rest).load({"funeral": values})["funeral"]


def refusals(values: Any, *, target: str = "customer", **rest: Any) -> Any:
    with pytest.raises(ValidationError) as raised:
        attributes_schema(VIEW, target=target)(**rest).load(values)
    return raised.value.messages


def test_json_comes_in_and_the_stored_form_comes_out() -> None:
    sent = {
        "wood": "oak",
        "flowers": ["lily", "rose", "lily"],
        "motto": "  静 ",
        "guests": 3,
        "rate": "0.1250",
        "price": 123450,
        "paid": False,
        "day": "2027-01-02",
        "begins_at": "2027-01-02T08:00:00.5+08:00",
    }
    held = {
        **sent,
        "flowers": ["lily", "rose"],
        "motto": "静",
        "rate": "0.125",
        "begins_at": "2027-01-02T00:00:00Z",
    }
    assert load(sent) == held
    assert load(held) == held
    assert attributes_schema(VIEW)().dump({"funeral": held}) == {"funeral": held}
    assert load({"rate": 0.1}) == {"rate": "0.1"}


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("wood", "ash", "There are: oak, pine."),
        ("wood", ["oak"], "There are: oak, pine."),
        ("flowers", "lily", "A list is expected here."),
        ("flowers", ["ash"], "There are: lily, rose, iris."),
        ("motto", 5, "A text that is not empty"),
        ("motto", " ", "A text that is not empty"),
        ("motto", "a\0", "cannot be stored"),
        ("motto", "12345678901", "at most 10"),
        ("guests", "3", "not a whole number"),
        ("guests", True, "not a whole number"),
        ("guests", 3.0, "not a whole number"),
        ("guests", 401, "The most is 400."),
        ("chairs", 7, "7 guests leave one chair empty."),
        ("rate", "1,5", "not a number"),
        ("rate", True, "not a number"),
        ("price", 1_000_001, "The most is 1000000."),
        ("paid", "yes", "true or false"),
        ("day", "2027/1/2", "not a date such as"),
        ("day", "2027-02-30", "not a date such as"),
        ("begins_at", "2027-01-02T08:00:00", "with its zone"),
        ("begins_at", 1, "with its zone"),
    ],
)
def test_values_are_taken_strictly(key: str, value: Any, words: str) -> None:
    (message,) = refusals({"funeral": {key: value}})["funeral"][key]
    assert words in message


def test_unknown_names_are_refused_by_name() -> None:
    assert refusals({"funeral": {"woood": 1}, "bakery": {}}) == {
        "funeral": {"woood": ["There is no such field."]},
        "bakery": ["There is no such field."],
    }
    assert refusals({"funeral": 5}) == {"funeral": {"_schema": ["An object is expected here."]}}


def test_what_a_record_needs_is_asked_for_but_not_again_in_a_patch() -> None:
    urn = "record:funeral.urn"
    assert refusals({}, target=urn) == {"funeral": ["This must be filled in."]}
    assert refusals({"funeral": {}}, target=urn) == {"funeral": {"phone": ["This must be filled in."]}}
    schema = attributes_schema(VIEW, target=urn)
    assert schema(partial=True).load({}) == {}
    assert refusals({"funeral": {"phone": None}}, target=urn, partial=True) == {
        "funeral": {"phone": ["This cannot be removed."]}
    }


def test_null_in_a_patch_stays_to_remove_the_value() -> None:
    assert load({"wood": None, "guests": 3}, partial=True) == {"wood": None, "guests": 3}


def test_the_schema_is_made_once_for_a_set_of_verticals() -> None:
    assert attributes_schema(VIEW) is attributes_schema(VIEW)
    assert attributes_schema(VIEW) is not attributes_schema(VIEW, target="case")
    assert attributes_schema(CatalogView([]))().load({}) == {}


def test_openapi_tells_types_choices_and_limits() -> None:
    spec = APISpec("kehub", "1", "3.1.0", plugins=[MarshmallowPlugin()])
    spec.components.schema("Attributes", schema=attributes_schema(VIEW))
    told = spec.to_dict()["components"]["schemas"]["FuneralCustomerAttributes"]["properties"]
    assert told["wood"]["enum"] == ["oak", "pine", None]
    assert told["wood"]["type"] == ["string", "null"]
    assert (told["guests"]["minimum"], told["guests"]["maximum"]) == (0, 400)
    assert told["day"]["format"] == "date"
    assert told["begins_at"]["format"] == "date-time"
    assert told["rate"] == {"type": ["string", "null"], "format": "decimal", "title": "Rate"}
    assert told["price"]["description"] == "Minor units of CNY."
    assert told["flowers"]["items"]["enum"] == ["lily", "rose", "iris"]
