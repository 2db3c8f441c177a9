"""What is lent to a provider stays masked: no clear value in any body, header or log line of its people, however they ask."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from flask import Flask
from structlog.testing import capture_logs
from werkzeug.routing import Rule

from core.context import Context, Sight
from core.privacy import search
from core.web.security import SESSION_COOKIE
from tests.isolation.conftest import Walks
from tests.isolation.factory import MODELS, NOTES, SENSITIVE, TABLES, Planted, Row
from tests.isolation.test_tables import hidden_from_provider
from tests.isolation.visits import Visitor, leaks, rules, said, walk

PERSONAL: Mapping[str, Sequence[str]] = {
    "customer": ("name", "name_key", "name_sound", "phone", "email", "address"),
    "customer_identifier": ("value", "value_key"),
    "contact": ("name", "name_key", "name_sound"),
    "attachment": ("name", "note"),
    "duplicate_pair": ("note",),
    "relationship": ("note",),
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
    "reveal_event": ("note",),
    "canary": ("email_key", "phone_key"),
}
"""Columns that tell who somebody is or what they said."""

SUSPECT = ("name", "phone", "email", "address", "note", "value", "evidence", "recording")
"""A text column of such a name is personal, or is argued for here."""

HARMLESS = {
    "data_grant.asked_name", "data_grant.checked_name", "data_grant.approved_name", "data_grant.ended_name",
    "data_grant.check_note",
    "engagement.accepted_name", "engagement.client_name", "engagement_step.actor_name", "lease_list.name", "lease_list.lent_name",
    "return_proof.signed_name", "site.name", "canary_alarm.note", "identity_provider.name", "scim_client.name", "scim_group.name",
    "attachment.shown_name", "before_image.table_name", "export_request.requested_name", "grade_scheme.name", "saved_view.name",
    "segment.name", "scim_user.user_name_key", "webhook_endpoint.name", "webhook_delivery.event_name",
    "reveal_event.shown_name", "reveal_score.shown_name", "participant.shown_name", "timeline_entry.shown_name",
    "case_step.shown_name",
    "data_grant.provider_name", "engagement.name", "engagement.provider_name", "unit.name", "api_token.name",
    "stored_file.name", "idempotency_key.name", "tenant.name", "case_comment.shown_name", "calendar_day.name",
    "outbox_event.name", "invitation.email", "invitation.email_key", "invitation.shown_name",
}  # fmt: skip
"""Names of things and organisations, and those under which colleagues of both sides work."""


@pytest.fixture(scope="module")
def clear(harbour: Planted) -> list[str]:
    """The clear values of rows that the provider does see."""
    seen = [row for rows in harbour.rows.values() for row in rows if not hidden_from_provider(row)]
    return sorted({value for row in seen for value in (*in_columns(row), *in_fields(row))})


def in_columns(row: Row) -> list[str]:
    return [
        value
        for column in PERSONAL.get(row.table, ())
        if column in row.values
        for value in personal(row.values[column], free=column in NOTES)
    ]


def in_fields(row: Row) -> list[str]:
    """Values of the fields that a vertical, or the tenant itself, declares personal or sensitive."""
    on = f"record:{row.values['type']}" if row.table == "record" else row.table
    held = row.values.get("attributes") or {}
    return [
        value
        for owner, values in held.items()
        for key, text in values.items()
        for value in personal(text, free=owner != "own" and SENSITIVE[on][f"{owner}.{key}"].kind == "long_text")
    ]


def personal(value: str, *, free: bool) -> list[str]:
    """Of a note only the numbers and addresses it mentions: its words are for whoever works on the case."""
    return re.findall(r"\b139\d{8}\b|\S+@example\.com", value) if free else [value]


def test_every_column_that_sounds_personal_is_looked_for() -> None:
    sounding = {
        f"{table}.{column.name}"
        for table in TABLES
        for column in MODELS[table].__table__.columns
        if set(column.name.split("_")) & set(SUSPECT) and column.type.python_type is str
    }
    known = {f"{table}.{column}" for table, columns in PERSONAL.items() for column in columns} | HARMLESS
    assert sounding - known == set()


@pytest.mark.parametrize("who", ["bob", "dan"])
def test_no_clear_value_reaches_a_provider(harbour: Planted, walks: Walks, clear: list[str], who: str) -> None:
    """On any page, in any header, export, file name or log line."""
    walked = walks(who)
    faults = {f"{answer.rule.rule}: {found}" for answer in walked.answers if (found := leaks(answer.text, clear))}
    assert "\n".join(sorted(faults)) == ""
    assert [value for value in clear if value in walked.logged] == []
    assert len(clear) > 15
    assert sum(answer.status == 200 and bool(answer.places) for answer in walked.answers) > 10


def test_the_client_reads_the_same_values_clear(walks: Walks, clear: list[str]) -> None:
    """Else nothing would be there to mask."""
    read = "".join(answer.text for answer in walks("alice").answers)
    assert len([value for value in clear if value in read]) > 15


def test_searching_for_a_clear_value_does_not_repeat_it_and_tells_nothing_of_what_is_not_lent(
    app: Flask, harbour: Planted, visitors: Mapping[str, Visitor], clear: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever knows a number learns only whether a customer lent to them has it."""
    kept = [
        row.values[column]
        for table in ("customer_identifier", "contact_point", "customer")
        for row in harbour.rows[table]
        for column in PERSONAL[table]
        if column in row.values and row.place.customer in {"kept", "lent to another", "ended", "expired"}
    ]
    monkeypatch.setattr(search, "_within_quota", lambda session, **_: None)  # of searches in an hour
    with capture_logs() as events:
        for term in kept:
            answer = _search(visitors["dan"], term)
            assert answer.status_code == 200
            assert leaks(said(answer), [term]) == []
            assert answer.text == _search(visitors["dan"], term.replace(harbour.word, "zq00nobody")).text
        for term in clear:
            assert leaks(said(_search(visitors["dan"], term)), [term]) == []
    assert len(kept) > 15
    assert [term for term in (*kept, *clear) if term in str(events)] == []


def _search(agent: Visitor, term: str) -> Any:
    client = agent.app.test_client()
    client.set_cookie(SESSION_COOKIE, agent.session)
    path = f"/t/{agent.person.workspace}/customers/search"
    return client.post(path, data={"q": term}, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=True)


def test_a_mask_that_is_gone_is_noticed(
    app: Flask, harbour: Planted, visitors: Mapping[str, Visitor], clear: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    some = [rule for rule in rules(app) if rule.endpoint in ("customers.show", "records.show", "api_customers.show")]
    assert len(some) == 3

    def told(rule: Rule) -> list[str]:
        return leaks("".join(answer.text for answer in walk(app, harbour, visitors["dan"], [rule]).answers), clear)

    assert [rule.rule for rule in some if told(rule)] == []
    monkeypatch.setattr(Context, "sight", property(lambda self: Sight("clear")))
    assert [rule.rule for rule in some if not told(rule)] == []
