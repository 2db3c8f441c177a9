"""Every GET route, pages and API: what a stranger and a provider get of another's rows is 404, and no word of them.

A new route joins by itself. The people of the tenant itself are walked too: else a route that answers nobody would pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.isolation.conftest import Walks
from tests.isolation.factory import MODELS, Planted, texts_of
from tests.isolation.test_tables import hidden_from_provider
from tests.isolation.visits import (
    Visitor,
    fillings,
    ids_in,
    keys_in,
    row_of,
    rules,
    table_of,
)

CLOSED = {403, 404}
OPEN = {200, 302, 303, 403}
"""403: a page for the other party's people only."""

UNPLANTED: Mapping[str, str] = {
    "/t/<workspace>/brand/logo": "a picture that somebody sends: tests/core/tenants",
    "/t/<workspace>/people/<uuid:participant_id>/condition/<uuid:assignment_id>":
        "two rows of one person, and one place varies at a time: test_references.py opens it",
    "/t/<workspace>/closed-engagements/<uuid:engagement_id>":
        "the provider's, in its own workspace: test_references.py opens it there",
}  # fmt: skip
"""Pages that open for no planted row, each with the reason."""

strangers = pytest.mark.parametrize("who", ["stranger", "stranger's agent"])
providers = pytest.mark.parametrize("who", ["bob", "dan"])


def described(rule: Rule, person: str, response: Any, what: Any) -> str:
    return f"{rule.rule} for {person}: {response.status_code}: {what}"


def told(faults: list[str]) -> str:
    """One line per fault, so that pytest shows them all."""
    return "\n".join(sorted(set(faults)))


def test_the_tenants_own_people_open_every_page(app: Flask, walks: Walks) -> None:
    """No fault of ours on any page, and each page that takes a row opens for some planted row."""
    alice = walks("alice")
    assert told([f"{answer}: broken" for answer in alice.answers if answer.status >= 500]) == ""
    shut = [rule for rule in rules(app) if rule.rule not in UNPLANTED]
    shut = [rule for rule in shut if not OPEN & {answer.status for answer in alice.of(rule)}]
    assert told([f"{rule.rule} opens for no planted row" for rule in shut]) == ""
    closed = {rule.rule for rule in rules(app) if not OPEN & {answer.status for answer in alice.of(rule)}}
    assert UNPLANTED.keys() <= closed, "these are argued for and open"


@strangers
def test_a_stranger_gets_404_for_every_row_of_another_tenant(walks: Walks, who: str) -> None:
    faults = [answer for answer in walks(who).answers if ids_in(answer.rule) and answer.status not in CLOSED]
    assert told([str(answer) for answer in faults]) == ""


@strangers
def test_a_stranger_never_reads_a_word_or_an_id_of_another_tenant(harbour: Planted, walks: Walks, who: str) -> None:
    words = sorted(harbour.markers() | {harbour.world.slug, harbour.word})
    ids = {str(row.id) for rows in harbour.rows.values() for row in rows} | {str(harbour.world.tenant_id)}
    assert all(harbour.word in word or harbour.world.slug in word for word in words)
    faults = [f"{answer}: {spoken}" for answer, spoken in walks(who).telling(words)]
    for answer in walks(who).answers:
        spoken = sorted((answer.ids & ids) - {str(value) for value in answer.places.values()})
        if spoken:
            faults.append(f"{answer}: {spoken}")
    assert told(faults) == ""


@strangers
def test_a_stranger_gets_404_in_another_tenants_workspace(
    app: Flask, harbour: Planted, visitors: Mapping[str, Visitor], who: str
) -> None:
    """The same as for an address that does not exist."""
    faults = []
    for rule in rules(app):
        if "workspace" not in rule.arguments:
            continue
        places = next(fillings(app, harbour, rule))
        for slug in (harbour.world.slug, harbour.world.engagement_slug, "no-such-place"):
            answer = visitors[who].get(rule, at=slug, **places)
            if answer.status_code != 404:
                faults.append(described(rule, who, answer, slug))
    assert told(faults) == ""


# -- the provider -----------------------------------------------------------------------------------------------------


@providers
def test_a_provider_gets_404_for_every_row_that_is_hidden_from_it(harbour: Planted, walks: Walks, who: str) -> None:
    faults = []
    for answer in walks(who).answers:
        for place in ids_in(answer.rule):
            table = table_of(place)
            if table is None or answer.status in CLOSED:
                continue
            row = row_of(harbour, table, answer.places[place])
            if MODELS[table].__walls__.provider == "none" or hidden_from_provider(row):
                faults.append(f"{answer}: {row.place}")
    assert told(faults) == ""


@providers
def test_a_provider_reads_no_word_of_a_row_that_is_hidden_from_it(harbour: Planted, walks: Walks, who: str) -> None:
    hidden = [
        row
        for table, rows in harbour.rows.items()
        for row in rows
        if MODELS[table].__walls__.provider == "none" or hidden_from_provider(row)
    ]
    words = sorted({value for row in hidden for value in texts_of(row.values) if harbour.word in value})
    faults = [f"{answer}: {spoken}" for answer, spoken in walks(who).telling(words)]
    faults += [f"{answer}: broken" for answer in walks(who).answers if answer.status >= 500]
    assert told(faults) == ""


def test_no_route_escapes_the_walk(app: Flask) -> None:
    """A place that is neither a row's id nor a word of the program has to be argued for here."""
    known = {"key", "clock", "name"}  # of retention; of what a KPI is told apart by
    assert {name for rule in rules(app) for name in keys_in(rule)} <= known
    assert len(rules(app)) > 20
