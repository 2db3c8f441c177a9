"""What is lent to a provider stays masked: no clear value in any body, header or log line of its people, however they ask."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from flask import Flask
from structlog.testing import capture_logs

from core.web.security import SESSION_COOKIE
from tests.isolation.factory import MODELS, NOTES, TABLES, Planted
from tests.isolation.test_tables import hidden_from_provider
from tests.isolation.visits import Visitor, fillings, leaks, rules, visitor

PERSONAL: Mapping[str, Sequence[str]] = {
    "customer": ("name", "name_key", "phone", "email", "address"),
    "customer_identifier": ("value", "value_key"),
    "contact": ("name", "name_key"),
    "contact_point": ("value", "value_key"),
    "record_identifier": ("value", "value_key"),
    "interaction": ("note", "number_shown", "recording"),
    "timeline_entry": ("note",),
    "case_step": ("note",),
    "case_comment": ("body",),
    "approval": ("decision_note",),
    "finding": ("note",),
    "consent": ("evidence",),
    "do_not_contact": ("value_key",),
}
"""Columns that tell who somebody is or what they said."""

SUSPECT = ("name", "phone", "email", "address", "note", "value", "evidence", "recording")
"""A text column of such a name is personal, or is argued for here."""

HARMLESS = {
    "participant.shown_name", "timeline_entry.shown_name", "case_step.shown_name",
    "data_grant.provider_name", "engagement.name", "engagement.provider_name", "unit.name", "api_token.name",
    "stored_file.name", "idempotency_key.name", "tenant.name", "case_comment.shown_name", "calendar_day.name",
    "outbox_event.name",
}  # fmt: skip
"""Names of things and organisations, and those under which colleagues of both sides work."""


@pytest.fixture(scope="module")
def agents(app: Flask, harbour: Planted) -> Sequence[Visitor]:
    return [visitor(app, harbour.world.dan), visitor(app, harbour.world.bob)]


@pytest.fixture(scope="module")
def clear(harbour: Planted) -> list[str]:
    """The clear values of rows that the provider does see."""
    return sorted(
        {
            value
            for table, columns in PERSONAL.items()
            for row in harbour.rows[table]
            for column in columns
            if column in row.values and not hidden_from_provider(row)
            for value in personal(column, row.values[column])
        }
    )


def personal(column: str, value: str) -> list[str]:
    """Of a note only the numbers and addresses it mentions: its words are for whoever works on the case."""
    return re.findall(r"\b139\d{8}\b|\S+@example\.com", value) if column in NOTES else [value]


def test_every_column_that_sounds_personal_is_looked_for() -> None:
    sounding = {
        f"{table}.{column.name}"
        for table in TABLES
        for column in MODELS[table].__table__.columns
        if set(column.name.split("_")) & set(SUSPECT) and column.type.python_type is str
    }
    known = {f"{table}.{column}" for table, columns in PERSONAL.items() for column in columns} | HARMLESS
    assert sounding - known == set()


def test_no_clear_value_reaches_a_provider(
    app: Flask, harbour: Planted, agents: Sequence[Visitor], clear: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    opened, faults = 0, []
    with capture_logs() as events, caplog.at_level(logging.INFO):
        for rule in rules(app):
            for places in fillings(app, harbour, rule):
                for agent in agents:
                    answer = agent.get(rule, **places)
                    opened += answer.status_code == 200 and bool(places)
                    told = leaks(answer, clear)
                    if told:
                        faults.append(f"{rule.rule} for {agent.person.email}: {told}")
    logged = f"{events} {caplog.text}"
    assert "\n".join(sorted(set(faults))) == ""
    assert [value for value in clear if value in logged] == []
    assert len(clear) > 15
    assert opened > 10


def test_searching_for_a_clear_value_does_not_repeat_it_and_tells_nothing_of_what_is_not_lent(
    app: Flask, harbour: Planted, agents: Sequence[Visitor], clear: list[str]
) -> None:
    """Whoever knows a number learns only whether a customer lent to them has it."""
    kept = [
        row.values[column]
        for table in ("customer_identifier", "contact_point", "customer")
        for row in harbour.rows[table]
        for column in PERSONAL[table]
        if column in row.values and row.place.customer in {"kept", "lent to another", "ended", "expired"}
    ]
    with capture_logs() as events:
        for term in kept:
            answer = _search(agents[0], term)
            assert answer.status_code == 200
            assert leaks(answer, [term]) == []
            assert answer.text == _search(agents[0], term.replace(harbour.word, "zq00nobody")).text
        for term in clear:
            assert leaks(_search(agents[0], term), [term]) == []
    assert len(kept) > 15
    assert [term for term in (*kept, *clear) if term in str(events)] == []


def _search(agent: Visitor, term: str) -> Any:
    client = agent.app.test_client()
    client.set_cookie(SESSION_COOKIE, agent.session)
    path = f"/t/{agent.person.workspace}/customers/search"
    return client.post(path, data={"q": term}, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=True)
