"""What is lent to a provider stays masked: no clear value in any body, header or log line of its people, however they ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, g
from structlog.testing import capture_logs

from core.context import Context, Reach, Sight
from core.exports.sources import SOURCES, Asker
from core.privacy import search
from core.web.security import SESSION_COOKIE
from tests.isolation.conftest import Asking, Walks
from tests.isolation.factory import FREE, MODELS, NOTES, SENSITIVE, TABLES, Planted, Row
from tests.isolation.test_tables import hidden_from_dealer, hidden_from_provider
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

TWICE = {"/api/v1/approvals", "/api/v1/customers/<uuid:customer_id>/consents"}
"""Pages that leave out for a provider what they tell the client, whatever is masked: notes of decisions, evidence."""

SUSPECT = ("name", "phone", "email", "address", "note", "value", "evidence", "recording")
"""A text column of such a name is personal, or is argued for here."""

HARMLESS = {
    "data_grant.asked_name", "data_grant.checked_name", "data_grant.approved_name", "data_grant.ended_name",
    "data_grant.check_note",
    "engagement.accepted_name", "engagement.client_name", "engagement_step.actor_name", "lease_list.name", "lease_list.lent_name",
    "return_proof.signed_name", "site.name", "canary_alarm.note", "identity_provider.name", "scim_client.name", "scim_group.name",
    "attachment.shown_name", "before_image.table_name", "export_request.requested_name", "grade_scheme.name", "saved_view.name",
    "segment.name", "scim_user.user_name_key", "webhook_endpoint.name", "webhook_delivery.event_name",
    "reveal_event.shown_name",
    "reveal_limit.set_name", "reveal_limit.approved_name", "reveal_limit.ended_name",
    "reveal_score.shown_name", "participant.shown_name", "timeline_entry.shown_name",
    "case_step.shown_name",
    "engagement.name", "engagement.provider_name", "unit.name", "api_token.name",
    "stored_file.name", "case_comment.shown_name", "calendar_day.name",
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
        for value in personal(row.values[column], free=column in NOTES or (row.table, column) in FREE)
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
    personal = {f"{table}.{column}" for table, columns in PERSONAL.items() for column in columns}
    assert sounding - personal - HARMLESS == set()
    assert HARMLESS - sounding == set(), "these are argued for and are not there"
    assert personal & HARMLESS == set()
    assert personal <= {f"{table}.{column.name}" for table in TABLES for column in MODELS[table].__table__.columns}


@pytest.mark.parametrize("who", ["bob", "dan"])
def test_no_clear_value_reaches_a_provider(harbour: Planted, walks: Walks, clear: list[str], who: str) -> None:
    """On any page, in any header, export, file name or log line."""
    walked = walks(who)
    faults = {f"{answer.rule.rule}: {found}" for answer, found in walked.telling(clear)}
    assert "\n".join(sorted(faults)) == ""
    assert [value for value in clear if value in walked.logged] == []
    assert len(clear) > 15
    assert sum(answer.status == 200 and bool(answer.places) for answer in walked.answers) > 10


def test_the_client_reads_the_same_values_clear(walks: Walks, clear: list[str]) -> None:
    """Else nothing would be there to mask."""
    read = walks("alice").read()
    assert len([value for value in clear if value in read]) > 15


def test_searching_for_a_clear_value_does_not_repeat_it_and_tells_nothing_of_what_is_not_lent(
    app: Flask, harbour: Planted, visitors: Mapping[str, Visitor], clear: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever knows a number learns only whether a customer lent to them has it. One value of each sort is asked for."""
    kept = [
        row.values[column]
        for table in ("customer_identifier", "contact_point", "customer")
        for row in harbour.rows[table]
        for column in PERSONAL[table]
        if column in row.values and row.place.customer in {"kept", "lent to another", "ended", "expired"}
    ]
    sorts = list({re.sub(r"\d", "", term): term for term in clear}.values())
    monkeypatch.setattr(search, "_within_quota", lambda session, **_: None)  # of searches in an hour
    with capture_logs() as events:
        for term in kept:
            answer = _search(visitors["dan"], term)
            assert answer.status_code == 200
            assert leaks(said(answer), [term]) == []
            assert answer.text == _search(visitors["dan"], term.replace(harbour.word, "zq00nobody")).text
        for term in sorts:
            assert leaks(said(_search(visitors["dan"], term)), [term]) == []
    assert len(kept) > 15
    assert len(sorts) > 15
    assert [term for term in (*kept, *sorts) if term in str(events)] == []


def _search(agent: Visitor, term: str) -> Any:
    client = agent.app.test_client()
    client.set_cookie(SESSION_COOKIE, agent.session)
    path = f"/t/{agent.person.workspace}/customers/search"
    return client.post(path, data={"q": term}, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=True)


def test_a_mask_that_is_gone_is_noticed(
    app: Flask, harbour: Planted, visitors: Mapping[str, Visitor], walks: Walks, clear: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """On every page that tells the client something personal, but for those that keep it back a second time."""
    shown = {answer.rule.endpoint for answer in walks("dan").answers if answer.status == 200}
    shown &= {answer.rule.endpoint for answer, _ in walks("alice").telling(clear)}
    telling = [rule for rule in rules(app) if rule.endpoint in shown]
    assert len(telling) > 15
    monkeypatch.setattr(Context, "sight", property(lambda self: Sight("clear")))
    kept = {rule.rule for rule in telling if not walk(app, harbour, visitors["dan"], [rule], thin=True).telling(clear)}
    assert kept == TWICE


def exported(app: Flask, asking: Asking, context: Context) -> str:
    """Every kind of export with all its fields, as its job writes it for this person. Addresses hand out files that are there."""
    view, lines = app.extensions["kehub"]["catalog"].everything, []
    with asking(context) as session, app.test_request_context():
        g.context = context
        for what, source in SOURCES.items():
            for chosen in [{"type": key} for key in view.record_types] if what == "records" else [{}]:
                asker = Asker(session, context, view)
                pages = source.pages(asker, chosen, list(source.fields(asker, chosen)))
                lines += ["\t".join(map(str, line)) for page in pages for line in page]
    return "\n".join(lines)


def test_a_file_that_is_taken_away_holds_what_its_taker_may_see(
    app: Flask, harbour: Planted, asking: Asking, clear: list[str]
) -> None:
    """No clear value in a provider's, nothing that is not lent; nothing of the other unit in a dealer's."""
    alice, dan = harbour.world.alice.context, harbour.world.dan.context
    whole, lent = exported(app, asking, alice), exported(app, asking, dan)
    dealers = exported(app, asking, replace(alice, reach=Reach(units=(harbour.unit("north"),))))
    assert leaks(lent, clear) == []
    assert leaks(lent, words(harbour, hidden_from_provider)) == []
    assert leaks(dealers, words(harbour, lambda row: hidden_from_dealer(row, harbour))) == []
    assert len(leaks(whole, clear)) > 15
    assert lent
    assert len(lent) < len(whole)
    assert len(leaks(dealers, clear)) > 10


def words(harbour: Planted, hidden: Callable[[Row], bool]) -> list[str]:
    """What only rows that are hidden say of somebody."""
    told: dict[bool, set[str]] = {True: set(), False: set()}
    for row in (row for rows in harbour.rows.values() for row in rows):
        told[hidden(row)].update(value for value in (*in_columns(row), *in_fields(row)) if harbour.word in value)
    assert len(told[True]) > 15
    return sorted(told[True] - told[False])
