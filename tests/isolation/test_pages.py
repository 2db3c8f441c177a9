"""Every GET route, pages and API: what a stranger and a provider get of another's rows is 404, and no word of them.

A new route joins by itself. The people of the tenant itself are walked too: else a route that answers nobody would pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.isolation.factory import MODELS, Planted
from tests.isolation.test_tables import hidden_from_provider
from tests.isolation.visits import (
    Visitor,
    candidates,
    fillings,
    ids_in,
    keys_in,
    leaks,
    row_of,
    rules,
    said,
    table_of,
    uuids,
    visitor,
)

CLOSED = {403, 404}
OPEN = {200, 302, 303, 403}
"""403: a page for the other party's people only."""


@pytest.fixture(scope="module")
def people(app: Flask, harbour: Planted, stranger: Planted) -> Mapping[str, Visitor]:
    return {
        "alice": visitor(app, harbour.world.alice),
        "bob": visitor(app, harbour.world.bob),
        "dan": visitor(app, harbour.world.dan),
        "stranger": visitor(app, stranger.world.alice),
        "stranger's agent": visitor(app, stranger.world.dan),
    }


def described(rule: Rule, person: str, response: Any, what: Any) -> str:
    return f"{rule.rule} for {person}: {response.status_code}: {what}"


def test_the_tenants_own_people_open_every_page(app: Flask, harbour: Planted, people: Mapping[str, Visitor]) -> None:
    """No fault of ours on any page, and each page that takes a row opens for some planted row."""
    broken, shut = [], []
    for rule in rules(app):
        answers = [people["alice"].get(rule, **places) for places in fillings(app, harbour, rule)]
        broken += [described(rule, "alice", answer, "broken") for answer in answers if answer.status_code >= 500]
        if not any(answer.status_code in OPEN for answer in answers):
            shut.append(described(rule, "alice", answers[0], "opens for no planted row"))
    assert "\n".join(broken) == ""
    assert "\n".join(shut) == ""


@pytest.mark.parametrize("who", ["stranger", "stranger's agent"])
def test_a_stranger_gets_404_for_every_row_of_another_tenant(
    app: Flask, harbour: Planted, people: Mapping[str, Visitor], who: str
) -> None:
    faults = []
    for rule in rules(app):
        if not ids_in(rule):
            continue
        for places in fillings(app, harbour, rule):
            answer = people[who].get(rule, **places)
            if answer.status_code not in CLOSED:
                faults.append(described(rule, who, answer, places))
    assert "\n".join(faults) == ""


@pytest.mark.parametrize("who", ["stranger", "stranger's agent"])
def test_a_stranger_never_reads_a_word_or_an_id_of_another_tenant(
    app: Flask, harbour: Planted, people: Mapping[str, Visitor], who: str
) -> None:
    words = sorted(harbour.markers() | {harbour.world.slug, harbour.word})
    ids = {str(row.id) for rows in harbour.rows.values() for row in rows} | {str(harbour.world.tenant_id)}
    faults = []
    for rule in rules(app):
        for places in fillings(app, harbour, rule):
            answer = people[who].get(rule, **places)
            asked = {str(value) for value in places.values()}
            told = leaks(answer, words) + sorted((uuids(said(answer)) & ids) - asked)
            if told:
                faults.append(described(rule, who, answer, told))
    assert "\n".join(faults) == ""


@pytest.mark.parametrize("who", ["stranger", "stranger's agent"])
def test_a_stranger_gets_404_in_another_tenants_workspace(
    app: Flask, harbour: Planted, people: Mapping[str, Visitor], who: str
) -> None:
    """The same as for an address that does not exist."""
    faults = []
    for rule in rules(app):
        if "workspace" not in rule.arguments:
            continue
        places = next(fillings(app, harbour, rule))
        for slug in (harbour.world.slug, harbour.world.engagement_slug, "no-such-place"):
            answer = people[who].get(rule, at=slug, **places)
            if answer.status_code != 404:
                faults.append(described(rule, who, answer, slug))
    assert "\n".join(faults) == ""


def test_a_stranger_changes_nothing_of_another_tenant(
    app: Flask, harbour: Planted, people: Mapping[str, Visitor]
) -> None:
    """Every other method on every address that takes a row: refused before anything is looked at or done."""
    faults = []
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for rule in rules(app, method):
            if not ids_in(rule):
                continue
            for places in fillings(app, harbour, rule):
                answer = people["stranger"].send(method, rule, **places)
                if not 400 <= answer.status_code < 500:
                    faults.append(described(rule, f"stranger ({method})", answer, places))
    assert "\n".join(faults) == ""


# -- the provider -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["bob", "dan"])
def test_a_provider_gets_404_for_every_row_that_is_not_lent_to_it(
    app: Flask, harbour: Planted, people: Mapping[str, Visitor], who: str
) -> None:
    faults = []
    for rule in rules(app):
        named = [place for place in ids_in(rule) if table_of(place)]
        for place in named:
            table = str(table_of(place))
            for value in candidates(harbour, place, rule._converters[place]):
                row = row_of(harbour, table, value)
                if MODELS[table].__walls__.provider != "none" and not hidden_from_provider(row):
                    continue
                filled = next(fillings(app, harbour, rule)) | {place: value}
                answer = people[who].get(rule, **filled)
                if answer.status_code not in CLOSED:
                    faults.append(described(rule, who, answer, row.place))
    assert "\n".join(faults) == ""


@pytest.mark.parametrize("who", ["bob", "dan"])
def test_a_provider_reads_no_word_of_a_row_that_is_hidden_from_it(
    app: Flask, harbour: Planted, people: Mapping[str, Visitor], who: str
) -> None:
    hidden = [
        row
        for table, rows in harbour.rows.items()
        for row in rows
        if MODELS[table].__walls__.provider == "none" or hidden_from_provider(row)
    ]
    words = sorted(
        {value for row in hidden for value in row.values.values() if isinstance(value, str) and harbour.word in value}
    )
    faults = []
    for rule in rules(app):
        for places in fillings(app, harbour, rule):
            answer = people[who].get(rule, **places)
            told = leaks(answer, words)
            if told or answer.status_code >= 500:
                faults.append(described(rule, who, answer, told))
    assert "\n".join(faults) == ""


def test_no_route_escapes_the_walk(app: Flask) -> None:
    """A place that is neither a row's id nor a word of the program has to be argued for here."""
    known = {"key"}
    assert {name for rule in rules(app) for name in keys_in(rule)} <= known
    assert len(rules(app)) > 20
