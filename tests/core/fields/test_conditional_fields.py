"""A field with a condition: not asked where it is not shown, kept where it was filled in, shown again when it is met."""

from __future__ import annotations

import json
from typing import Any

import pytest
from marshmallow import ValidationError

from core.context import Sight
from core.fields import FieldSet
from core.fields.controls import controls
from core.fields.schema import attributes_schema
from core.fields.shown import shown_attributes
from core.plugin import Choice, Field, Vertical, label
from core.plugin.catalog import Catalog, CatalogView, LoadedVertical

URGENT = {"op": "eq", "field": "funeral.urgent", "value": True}
FIELDS = (
    Field(key="urgent", label=label("加急", "Urgent"), kind="boolean"),
    Field(key="why", label=label("原因", "Why"), kind="text", required=True, show_when=URGENT),
    Field(
        key="plan", label=label("方案", "Plan"), kind="choice",
        choices=(Choice(key="oak", label=label("橡木", "Oak")),),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def view() -> CatalogView:
    loaded = LoadedVertical(
        vertical=Vertical(key="funeral", label=label("殡葬", "Funerals"), version="1", requires=">=1"),
        distribution="", module=__name__, package="core.plugin", fields=FIELDS,
    )  # fmt: skip
    return Catalog([loaded]).everything


def wrong(view: CatalogView, raw: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    _values, errors = FieldSet.of(view).parse(raw, **more)
    return [(each.field, each.code) for each in errors]


def test_what_is_not_shown_is_not_required(view: CatalogView) -> None:
    assert wrong(view, {"funeral.urgent": "no"}) == []
    assert wrong(view, {}) == []
    assert wrong(view, {"funeral.urgent": "yes"}) == [("funeral.why", "required")]


def test_the_row_that_is_changed_also_decides(view: CatalogView) -> None:
    held = {"funeral.urgent": True, "funeral.why": "flood"}
    assert wrong(view, {"funeral.why": ""}, partial=True, held=held) == [("funeral.why", "required")]
    assert wrong(view, {"funeral.why": "", "funeral.urgent": "no"}, partial=True, held=held) == []


def test_what_a_form_hides_keeps_its_value(view: CatalogView) -> None:
    held = {"funeral.urgent": False, "funeral.why": "flood"}
    values, _errors = FieldSet.of(view).parse({"funeral.why": "", "funeral.plan": ""}, partial=True, held=held)
    assert values == {"funeral.plan": None}


def test_a_form_reads_its_conditions_in_what_its_controls_hold(view: CatalogView) -> None:
    whole = {each.name: each for each in controls(FieldSet.of(view), {})}
    assert json.loads(whole["funeral.why"].shown_when or "") == {"op": "eq", "field": "funeral.urgent", "value": "yes"}
    assert whole["funeral.plan"].shown_when is None
    (part,) = controls(FieldSet.of(view), {"funeral.urgent": True}, names=["funeral.why"])
    assert part.shown_when == "true", "a value that no control of the form holds is decided by the server"


def test_a_value_is_kept_and_not_shown(view: CatalogView) -> None:
    kept = {"funeral": {"urgent": False, "why": "flood"}}
    assert FieldSet.of(view).shown(kept) == {"funeral.urgent": False}
    assert FieldSet.of(view).flat(kept)["funeral.why"] == "flood"
    show = shown_attributes(view, target="customer", sight=Sight("clear"))
    assert show(kept) == {"funeral": {"urgent": False}}
    assert show({"funeral": {"urgent": True, "why": "flood"}})["funeral"]["why"] == "flood"


def test_the_api_asks_it_where_it_is_shown(view: CatalogView) -> None:
    schema = attributes_schema(view)
    assert schema().load({"funeral": {"urgent": False}}) == {"funeral": {"urgent": False}}
    with pytest.raises(ValidationError) as refused:
        schema().load({"funeral": {"urgent": True}})
    assert list(refused.value.messages["funeral"]) == ["why"]
    assert schema(partial=True).load({"funeral": {"urgent": True}}) == {"funeral": {"urgent": True}}


def test_a_condition_on_a_field_that_is_gone_hides_nothing(view: CatalogView) -> None:
    alone = FieldSet(fields={"funeral.why": FIELDS[1]})
    assert alone.shown({"funeral": {"why": "flood"}}) == {"funeral.why": "flood"}
    assert wrong(view, {"funeral.plan": "oak"}) == []
