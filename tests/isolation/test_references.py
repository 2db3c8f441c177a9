"""Another's row, one that is not lent, and one that never was: the same answer to the byte, wherever a request names a row.

For every place that names a row (see `references`) and every role that may use it. A row of one's own gets another answer: else
nothing would have been looked up. How many there are may not shrink unseen: `floor.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter

from core.audit.models import AuditEntry
from core.context import Context
from core.db.base import new_id
from core.web.routes import GUARDS
from tests.isolation.conftest import Asking, Walks
from tests.isolation.factory import MODELS, TABLES, Planted, Row
from tests.isolation.needs import need_of
from tests.isolation.references import METHODS, Form, Reference, example, forms_in, references, schemas_of
from tests.isolation.test_tables import hidden_from_dealer, hidden_from_provider
from tests.isolation.visits import (
    Visitor,
    by_chance,
    candidates,
    differing,
    fillings,
    ids_in,
    is_api,
    keys_in,
    rules,
    words,
)

FLOOR: Mapping[str, int] = tomllib.loads(Path(__file__).with_name("floor.toml").read_text(encoding="utf-8"))

ABSENT: Mapping[str, set[int]] = {"path": {404}, "query": {200, 404}, "body": {404, 422}, "form": {200, 404, 422}}
"""What an absent row answers: in an address 404; a filter finds nothing; a value of a form or a body is none to choose."""

ELSEWHERE: Mapping[str, str] = {
    "POST /t/<workspace>/customers/<uuid:customer_id>/interactions/outcomes path customer_id": "words to choose; no row",
    "POST /t/<workspace>/lists/<uuid:list_id>/return path list_id": "the other party's act, whatever the list",
    "POST /t/<workspace>/grants/<uuid:grant_id>/proof path grant_id": "the other party's act, whatever the grant",
    "PUT /api/v1/cases/<uuid:case_id>/assignee body assignee_id": "who may not assign hears that first",
    "POST /t/<workspace>/cases/<uuid:case_id>/assignee form assignee_id": "who may not assign hears that first",
    "POST /t/<workspace>/duplicates/of/<uuid:survivor_id> path survivor_id": "sends on to the page that asks for both",
    "POST /t/<workspace>/duplicates/<uuid:survivor_id>/with/<uuid:customer_id> form assignee_id":
        "what speaks against the merge is said first",
    "POST /api/v1/data-grants/<uuid:grant_id>/withdrawal path grant_id": "the other party's act, whatever the grant",
    "POST /api/v1/exports body ids": "the gate refuses an export of no rows, and keeps it",
    "POST /t/<workspace>/cases/many form row_id": "back to the list, where no case is chosen",
    "POST /t/<workspace>/many form row_id": "back to the list, where nothing is chosen; who may not act on many hears that first",
    "POST /api/v1/reveals body work_id": "without open work of theirs the gate refuses a provider's people, and keeps it",
    "POST /t/<workspace>/customers/<uuid:customer_id>/reveal form work": "the same",
    "POST /t/<workspace>/records/<uuid:record_id>/reveal form work": "the same",
}  # fmt: skip
"""Places where an absent row is not told so, each with the reason. The answers are the same all the same."""

UNREACHED: Mapping[str, str] = {
    "POST /t/<workspace>/customers/<uuid:customer_id>/interactions/outcomes path customer_id": "words to choose; no row",
    "POST /t/<workspace>/duplicates/of/<uuid:survivor_id> path survivor_id": "sends on to the page that asks for both",
}
"""Places where a row of one's own gets the answer of none, each with the reason."""

DIFFERENT: Mapping[str, str] = {
    "GET /api/v1/audit query customer": "a provider's acts stay its own to read after a lease has ended",
    "GET /api/v1/audit query subject_id": "the same",
}
"""Places where what is not lent may answer otherwise than what never was."""

REQUEST_ID = re.compile(r"\b[0-9A-F]{4}-[0-9A-F]{2}\b")
EXPIRES = re.compile(r"Expires=[^;]+")
MADE = re.compile(r"(?<=/)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The id of what the request made, in the address where it lies."""
NEW = re.compile(r'"(?:id|shown_at|until)":"[^"]*"')
"""The same, with its times, in the answer itself."""


@pytest.fixture(scope="module")
def forms(app: Flask, walks: Walks) -> list[Form]:
    """Every form that the pages showed to the people of both sides."""
    return [
        form for who in ("alice", "bob", "dan") for answer in walks(who).answers for form in forms_in(app, answer.forms)
    ]


@pytest.fixture(scope="module")
def places(app: Flask, harbour: Planted, forms: list[Form]) -> list[Reference]:
    return references(app, harbour, forms)


def ids(harbour: Planted, stranger: Planted, each: Reference, *, person: str) -> dict[str, Any]:
    """What the place is filled with: by the reason why it is absent. The dealer is of the tenant: its own rows are the case."""
    assert each.table is not None
    numbers = each.where == "path" and isinstance(each.rule._converters[each.name], IntegerConverter)
    found: dict[str, Any] = {"never was": 98_765_432 if numbers else new_id()}
    if not numbers and person != "dealer":
        found["of another tenant"] = stranger.rows[each.table][0].id
    if person == "dealer":
        hidden = [row for row in harbour.rows[each.table] if hidden_from_dealer(row, harbour)]
        return found | _some(hidden, numbers=numbers) if hidden else {}
    if person.endswith("of the provider"):
        hidden = [row for row in harbour.rows[each.table] if hidden_from_provider(row)]
        found |= _some(hidden, numbers=numbers)
        if MODELS[each.table].__walls__.provider == "none":
            found["closed to providers"] = harbour.rows[each.table][0].id
    return found


def _some(hidden: Sequence[Row], *, numbers: bool) -> dict[str, Any]:
    """Two of them, that stand on different sides."""
    kinds = {(row.place.customer, row.place.engagement, *row.place.sides.values()): row for row in hidden}
    chosen = list(kinds.values())[:: max(1, len(kinds) // 2)][:2]
    return {f"hidden {row.place}": row.values["number"] if numbers else row.id for row in chosen}


def send(app: Flask, person: Visitor, harbour: Planted, each: Reference, value: Any) -> Any:
    """The request with this value in its place, and everything else as it should be."""
    rule = each.rule
    need = need_of(harbour, f"{each.method} {rule.rule}", f"{each.where} {each.name}")
    filled = {name: candidates(harbour, name, rule._converters[name])[0] for name in ids_in(rule)}
    filled |= {name: words(app, rule, name)[0] for name in keys_in(rule)}
    filled |= dict(each.form.places) if each.form else {}
    filled |= {name: held for name, held in need.places.items() if name in filled}
    sent: dict[str, Any] = {}
    form: dict[str, Any] = {name: list(held) for name, held in each.form.values.items()} if each.form else {}
    form |= need.form
    body = next((schema for where, schema in schemas_of(app, rule) if where == "body"), None)
    if each.where == "path":
        filled[each.name] = value
    if each.where == "form":
        form[each.name] = [str(value)]
    if body is not None:
        listed = each.where == "body" and isinstance(body().load_fields[each.name], fields.List)
        named = {each.name: [str(value)] if listed else str(value)} if each.where == "body" else {}
        sent["json"] = example(body, harbour, {**need.body, **named})
    if each.where == "query" or each.method == "GET":
        asked = {**need.asked, **({each.name: str(value)} if each.where == "query" else form)}
        # Without blank fields: a list leads on to its address without them.
        sent["asked"] = {name: held for name, held in asked.items() if held not in ("", [""])}
    return person.send(each.method, rule, **sent, form=form, **filled)


def heard(response: Any, value: Any) -> tuple[int, str]:
    """The answer without what the asker said, the request's own id, and the second in which a cookie was set."""
    told = "\n".join([*(f"{name}: {held}" for name, held in sorted(response.headers)), response.text])
    told = EXPIRES.sub("<moment>", REQUEST_ID.sub("<request>", told.replace(str(value), "<id>")))
    if response.status_code in (201, 303):
        told = NEW.sub("<new>", MADE.sub("<made>", told))
    return response.status_code, told


def may(person: Visitor, each: Reference) -> bool:
    permission = GUARDS[each.rule.endpoint].permission
    return permission is None or person.person.context.may(permission)


def test_every_reference_is_known_by_its_table(places: list[Reference]) -> None:
    assert [str(each) for each in places if each.table is None] == []


def test_what_is_anothers_what_is_not_lent_and_what_never_was_are_one(
    app: Flask, harbour: Planted, stranger: Planted, everybody: Mapping[str, Visitor], dealership: Visitor,
    home: Visitor, places: list[Reference],
) -> None:  # fmt: skip
    """The dealer reaches one of two units: what is the other's is to them what is not lent to a provider."""
    faults, counted, people = [], 0, {**everybody, "dealer": dealership}
    argued, told = set(), {where: set[int]() for where in ABSENT}
    for each in places:
        for who, person in (people if each.rule.endpoint != "engagements.answer" else {"home": home}).items():
            if each.table is None or not may(person, each):
                continue
            found = ids(harbour, stranger, each, person=who)
            answers = {why: heard(send(app, person, harbour, each, value), value) for why, value in found.items()}
            counted += len(answers)
            expected = answers.get("never was", (404, ""))
            for why, answer in answers.items():
                if answer == expected:
                    continue
                if why.startswith("hidden") and str(each) in DIFFERENT:
                    argued.add(str(each))
                else:
                    faults.append(f"{each} for {who}: {why}: {differing(answer, expected)}")
            if expected[0] in ABSENT[each.where]:
                told[each.where].add(expected[0])
            elif str(each) in ELSEWHERE:
                argued.add(str(each))
            else:
                faults.append(f"{each} for {who}: {expected[0]}")
    print(f"{len(TABLES)} tables, {len(places)} places that name a row, {counted} combinations")
    assert "\n".join(faults) == ""
    assert "\n".join(sorted({*ELSEWHERE, *DIFFERENT} - argued)) == "", "these are argued for and do not happen"
    assert told == ABSENT
    assert len(TABLES) >= FLOOR["tables"]
    assert len(places) >= FLOOR["places"]
    assert counted >= FLOOR["combinations"]


@pytest.fixture
def undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written is not kept: an act is answered as always and taken back at the end of its request."""
    monkeypatch.setattr(Session, "commit", Session.flush)


def test_a_row_of_ones_own_is_answered_otherwise(
    app: Flask, harbour: Planted, everybody: Mapping[str, Visitor], visitors: Mapping[str, Visitor],
    home: Visitor, places: list[Reference], undone: None,
) -> None:  # fmt: skip
    """A place where it is not was not reached: what else the request needs was not there (`needs`)."""
    people = [visitors["alice"], visitors["dan"], home, *everybody.values()]
    unreached = {str(each) for each in places if not reached(app, harbour, each, people)}
    print(f"{len(places) - len(unreached)} of {len(places)} places reached")
    assert "\n".join(sorted(unreached - UNREACHED.keys())) == ""
    assert "\n".join(sorted(UNREACHED.keys() - unreached)) == "", "these are argued for and reached"
    assert len(places) - len(unreached) >= FLOOR["reached"]


def reached(app: Flask, harbour: Planted, each: Reference, people: Sequence[Visitor]) -> bool:
    """Whether somebody who may gets another answer for one of the tenant's rows than for none."""
    numbers = each.where == "path" and isinstance(each.rule._converters[each.name], IntegerConverter)
    for person in people:
        if not may(person, each):
            continue
        never: Any = 98_765_432 if numbers else new_id()
        absent = heard(send(app, person, harbour, each, never), never)
        for value in own(harbour, each, numbers=numbers):
            if heard(send(app, person, harbour, each, value), value) != absent:
                return True
    return False


def own(harbour: Planted, each: Reference, *, numbers: bool) -> Sequence[Any]:
    """A row of each kind that the tenant has in the place's table, and its people who sign in."""
    assert each.table is not None
    kinds = {(row.place.engagement, row.place.unit, row.place.type, *row.place.sides.values()): row
             for row in reversed(harbour.rows[each.table])}  # fmt: skip
    found = [row.values["number"] if numbers else row.id for row in reversed(kinds.values())]
    signing = [person.context.participant_id for person in harbour.world.people]
    return [*found, *(signing if each.table == "participant" else [])]


# -- who may not ------------------------------------------------------------------------------------------------------


def guarded(app: Flask) -> Iterator[tuple[str, Any]]:
    for method in METHODS:
        for rule in rules(app, method):
            yield method, rule


def let_in(
    app: Flask, harbour: Planted, everybody: Mapping[str, Visitor], only: Callable[[Any], bool]
) -> tuple[list[str], Counter[tuple[Any, str]]]:
    """Addresses that a role without the permission gets more than a refusal from: two roles for each, all in turn.

    And how often whom was refused what.
    """
    found, turn, refused = [], 0, Counter[tuple[Any, str]]()
    for method, rule in guarded(app):
        permission = GUARDS[rule.endpoint].permission
        without = [who for who, each in everybody.items() if permission and permission not in permissions(each)]
        if not only(rule) or not without:
            continue
        for who in {without[turn % len(without)], without[(turn + 3) % len(without)]}:
            status = everybody[who].send(method, rule, **next(fillings(app, harbour, rule), {})).status_code
            found += [f"{method} {rule.rule} for {who}: {status}"] if status != 403 else []
            refused[everybody[who].person.context.participant_id, rule.endpoint] += status == 403
        turn += 1
    return found, refused


def noted(harbour: Planted, asking: Asking) -> Counter[tuple[Any, str]]:
    """How often the trail says that somebody was refused something."""
    denied = select(AuditEntry.participant_id, AuditEntry.details["endpoint"].astext).where(
        AuditEntry.outcome == "denied"
    )
    with asking(harbour.world.alice.context) as session:
        return Counter(tuple(row) for row in session.execute(denied))


def permissions(person: Visitor) -> frozenset[str]:
    return person.person.context.permissions


def test_who_lacks_the_permission_is_refused_and_each_refusal_is_noted_once(
    app: Flask, harbour: Planted, everybody: Mapping[str, Visitor], asking: Asking
) -> None:
    before = noted(harbour, asking)
    found, refused = let_in(app, harbour, everybody, lambda rule: True)
    assert "\n".join(found) == ""
    assert noted(harbour, asking) - before == +refused
    assert len(list(guarded(app))) >= FLOOR["routes"]


def test_who_is_nobody_is_sent_to_the_door(app: Flask, harbour: Planted, visitors: Mapping[str, Visitor]) -> None:
    nobody = Visitor(app, visitors["alice"].person, session="", token="")
    faults = []
    for method, rule in guarded(app):
        answer = nobody.send(method, rule, **next(fillings(app, harbour, rule), {}))
        sent = answer.status_code == 302 and answer.headers["Location"].startswith("/login")
        if not (answer.status_code == 401 if is_api(rule) else sent):
            faults.append(f"{method} {rule.rule}: {answer.status_code}")
    assert "\n".join(faults) == ""


def test_a_permission_that_is_not_asked_for_is_noticed(
    app: Flask, harbour: Planted, everybody: Mapping[str, Visitor], monkeypatch: pytest.MonkeyPatch, undone: None
) -> None:
    """Of routes picked by chance. A few are guarded twice, such as those that are one party's alone."""
    asked = [(method, rule) for method, rule in guarded(app) if GUARDS[rule.endpoint].permission]
    picked = [rule for _method, rule in by_chance(asked, 8)]
    assert let_in(app, harbour, everybody, lambda rule: rule in picked)[0] == []
    monkeypatch.setattr(Context, "may", lambda self, permission: True)
    kept = [
        rule.rule for rule in picked if not let_in(app, harbour, everybody, lambda each, rule=rule: each is rule)[0]
    ]
    assert len(kept) < len(picked) // 2, kept
