"""The catalog is sealed at boot, and a view shows what its verticals declare and nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from core.plugin.catalog import Catalog
from core.plugin.host import load
from tests.core.plugin.test_host import PARAMETER, hook

BODY = (
    hook(
        "fields",
        "*[Field(key='plan', label=both('Plan'), kind='text', on=on) for on in ('customer', 'record:line')],"
        "Field(key='offer', label=both('Offer'), kind='text', on='case')",
    )
    + hook("record_types", "RecordType(key='line', label=both('L'), states=[Choice(key='s', label=both('S'))])")
    + hook(
        "rules",
        "Rule(key='call', label=both('C'), action='outbound_contact', citation='1', decide=print),"
        "Rule(key='show', label=both('S'), action='reveal', citation='2', decide=print)",
    )
    + hook("routes", "Route(path='plots', view=print, permission='customer.read')")
    + hook("subscribers", "Subscriber(event='case.opened', handle=print)")
)


@pytest.fixture
def catalog(write) -> Catalog:
    points = [write(BODY, key="mobile", params=PARAMETER), write(BODY, key="fixed", params=PARAMETER)]
    return load(allowed=["mobile", "fixed"], found=points)


def test_a_view_shows_the_enabled_verticals_by_qualified_key(catalog: Catalog) -> None:
    view = catalog.view(frozenset({"mobile"}))
    assert list(view.fields()) == ["mobile.plan"]
    assert list(view.fields(on="record:mobile.line")) == ["mobile.plan"]
    assert list(view.fields(on="case")) == ["mobile.offer"]
    assert list(view.record_types) == ["mobile.line"]
    assert list(view.routes) == [("mobile", "GET", "plots")]
    assert [vertical for vertical, _ in view.subscribers] == ["mobile"]
    assert view.field("fixed.plan") is None


def test_verticals_keep_the_order_of_the_allow_list(catalog: Catalog) -> None:
    assert list(catalog.view(frozenset({"fixed", "mobile"})).fields()) == ["mobile.plan", "fixed.plan"]


def test_a_fields_record_type_belongs_to_its_own_vertical(catalog: Catalog) -> None:
    assert list(catalog.everything.fields(on="record:fixed.line")) == ["fixed.plan"]


def test_rules_are_asked_by_action(catalog: Catalog) -> None:
    view = catalog.view(frozenset({"fixed"}))
    assert list(view.rules("reveal")) == ["fixed.show"]
    assert list(view.rules()) == ["fixed.call", "fixed.show"]


def test_a_view_is_made_once_for_a_set_of_verticals(catalog: Catalog) -> None:
    assert catalog.view(frozenset({"mobile"})) is catalog.view(frozenset({"mobile", "gone"}))


def test_a_vertical_that_is_enabled_but_not_loaded_shows_nothing(catalog: Catalog) -> None:
    assert dict(catalog.view(frozenset({"gone"})).fields()) == {}


def test_nothing_can_be_added_after_the_boot(catalog: Catalog) -> None:
    view = catalog.everything
    with pytest.raises(TypeError):
        view.kpis["mobile.mine"] = object()  # type: ignore[index]
    with pytest.raises(TypeError):
        catalog.verticals["mine"] = object()  # type: ignore[index]
    with pytest.raises(AttributeError):
        view.fields()["mobile.plan"].kind = "money"  # type: ignore[misc]


def test_a_vertical_cannot_change_what_it_declared(write) -> None:
    body = "\nLABEL = both('Plan')\n" + hook("fields", "Field(key='plan', label=LABEL, kind='text')")
    point = write(body)
    catalog = load(allowed=["tried"], found=[point])
    point.load().LABEL["en"] = "Changed"
    assert catalog.everything.fields()["tried.plan"].label["en"] == "Plan"


def test_a_parameter_is_found_by_qualified_key(catalog: Catalog) -> None:
    view = catalog.view(frozenset({"mobile"}))
    assert view.parameter("mobile.days", jurisdiction="CN", on=date(2026, 1, 1)).value == 3
    with pytest.raises(LookupError, match=r"no vertical 'fixed' is enabled"):
        view.parameter("fixed.days", jurisdiction="CN", on=date(2026, 1, 1))
