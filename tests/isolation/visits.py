"""Walk every GET route of the application, pages and API, filling each place of its address with planted rows."""

from __future__ import annotations

import difflib
import itertools
import logging
import random
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any, TypeVar
from urllib.parse import unquote_plus
from uuid import UUID

from flask import Flask
from structlog.testing import capture_logs
from werkzeug.datastructures import Headers
from werkzeug.routing import IntegerConverter, Rule, UUIDConverter

from core.db import scope
from core.db.base import db
from core.identity import service as identity
from core.identity.roles import ROLES
from core.testing.people import Person
from core.web.routes import GUARDS
from core.web.security import SESSION_COOKIE
from tests.isolation.factory import CATALOG, LENT, SENSITIVE, TABLES, TYPE, Planted, Row

T = TypeVar("T")

OTHER_NAMES: Mapping[str, str] = {
    "run_id": "bulk_run",
    "field_id": "tenant_field",
    "day_id": "calendar_day",
    "delegation_id": "approval_delegation",
    "token_id": "api_token",
    "person_id": "participant",
    "code_id": "partner_code",
    "proof_id": "return_proof",
    "list_id": "lease_list",
    "grant_id": "data_grant",
    "entry_id": "audit_entry",
    "assignment_id": "role_assignment",
    "provider_id": "identity_provider",
    "client_id": "scim_client",
    "group_id": "scim_group",
    "freeze_id": "grant_freeze",
    "domain_id": "email_domain",
    "endpoint_id": "webhook_endpoint",
    "request_id": "rights_request",
    "delivery_id": "webhook_delivery",
    "export_id": "export_request",
    "merge_id": "customer_merge",
    "pair_id": "duplicate_pair",
    "point_id": "contact_point",
    "scheme_id": "grade_scheme",
    "survivor_id": "customer",
    "view_id": "saved_view",
}
"""Places that are not named after their table."""

ASKED: Mapping[str, Mapping[str, str]] = {
    "api_records.index": {"type": TYPE},
    "api_segments.overlap": {"a": "own.planted", "b": "own.planted"},
    "privacy.ask": {"field": "phone"},
    "privacy.ask_of_case": {"field": "title"},
    "privacy.ask_of_record": {"field": next(iter(SENSITIVE[f"record:{TYPE}"]))},
    "fields.setting": {"on": "customer", "field": next(iter(CATALOG.fields(on="customer")))},
}
"""What must stand after the question mark of an address."""

EVERYTHING = sorted(frozenset().union(*(role.permissions for role in ROLES.values())))


@dataclass(frozen=True)
class Visitor:
    """A person's browser and API client."""

    app: Flask
    person: Person
    session: str
    token: str

    def get(self, rule: Rule, *, at: str | None = None, **places: Any) -> Any:
        return self.send("GET", rule, at=at, **places)

    def send(
        self, method: str, rule: Rule, *, at: str | None = None, json: Any = None, form: Any = None, asked: Any = None,
        **places: Any,
    ) -> Any:  # fmt: skip
        if "workspace" in rule.arguments:
            places["workspace"] = at or self.person.workspace
        path = self.app.url_map.bind("localhost").build(rule.endpoint, places, method=method)
        client = self.app.test_client()
        headers = {"Sec-Fetch-Site": "same-origin"}
        if is_api(rule):
            headers |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
            headers |= {"If-Match": '"1"'} if method != "GET" else {}
            body = {"json": json if json is not None else {}} if method != "GET" else {}
            return opened(client, path, method=method, headers=headers, query_string=asked, **body)
        if self.session:
            client.set_cookie(SESSION_COOKIE, self.session)
        body = {"data": form or {}} if method != "GET" else {}
        return opened(client, path, method=method, headers=headers, query_string=asked, **body)


def opened(client: Any, path: str, **sent: Any) -> Any:
    """The answer, a stream read to its end. A fault, which a test's application raises, is the 500 that a server sends."""
    try:
        return client.open(path, buffered=True, **sent)
    except Exception as fault:
        where = traceback.extract_tb(fault.__traceback__)[-1]
        return Broken(f"{type(fault).__name__}: {fault} in {where.filename}:{where.lineno}")


@dataclass(frozen=True)
class Broken:
    """What a fault of ours looks like from outside, with what a developer wants to know."""

    text: str
    status_code: int = 500
    headers: Headers = field(default_factory=Headers)


def visitor(app: Flask, person: Person) -> Visitor:
    """Signed in, with a token that may all that the person may."""
    with app.app_context():
        session = db.session()
        visit = identity.Visit(peer="isolation", previous=None, agent="", hours=1)
        cookie = identity.sign_in(session, address=person.email, password=person.password, visit=visit)
        scope.enter(session, _issuer(person))
        participant = person.context.participant_id
        assert participant is not None
        _, token = identity.issue_token(session, participant_id=participant, name="walk", scopes=EVERYTHING)
        session.commit()
        db.session.remove()
    return Visitor(app, person, cookie, token)


def _issuer(person: Person) -> Any:
    """Tokens are the client's to give, a provider's people's too."""
    from dataclasses import replace

    return replace(person.context, party="client", engagement_id=None)


def is_api(rule: Rule) -> bool:
    return rule.rule.startswith("/api/")


def rules(app: Flask, method: str = "GET") -> list[Rule]:
    """Routes with a guard, in the order of their addresses."""
    found = [
        rule
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or ()) and rule.endpoint in GUARDS and not GUARDS[rule.endpoint].public
    ]
    return sorted(found, key=lambda rule: rule.rule)


def ids_in(rule: Rule) -> list[str]:
    """Names of the places that take a row's id or number."""
    return sorted(name for name, kind in rule._converters.items() if isinstance(kind, UUIDConverter | IntegerConverter))


def keys_in(rule: Rule) -> list[str]:
    """Names of the places that take a word, such as a vertical's key."""
    return sorted(rule.arguments - {"workspace"} - set(ids_in(rule)))


def table_of(place: str) -> str | None:
    name = OTHER_NAMES.get(place) or place.removesuffix("_id")
    return name if name in TABLES else None


def candidates(planted: Planted, place: str, kind: Any, *, thin: bool = False) -> Sequence[UUID | int]:
    """What to fill a place with: the rows of the table it is named after, else one row of each table."""
    table = table_of(place)
    rows = planted.rows[table] if table else [rows[0] for rows in planted.rows.values()]
    rows = spread(rows) if thin and table else rows
    if isinstance(kind, IntegerConverter):
        return sorted({row.values["number"] for row in rows if "number" in row.values})
    return [row.id for row in rows]


def spread(rows: Sequence[Row]) -> list[Row]:
    """So many of the rows that each customer, engagement and side stands in one of them."""
    found, shown = [], set()
    for row in rows:
        place = row.place
        sides = {
            ("customer", "leased" if place.customer in LENT else place.customer),
            ("engagement", place.engagement),
            ("type", place.type),
            *place.sides.items(),
            *((name, place.sides[name], place.engagement) for name in ("run", "view") if name in place.sides),
        }
        if not sides <= shown:
            found.append(row)
            shown |= sides
    return found


def fillings(app: Flask, planted: Planted, rule: Rule, *, thin: bool = False) -> Iterator[dict[str, Any]]:
    """The address filled with each of the tenant's rows and the program's words: one place varies at a time.

    `thin`: with as few rows as show every side that a row can stand on.
    """
    places = {name: candidates(planted, name, rule._converters[name], thin=thin) for name in ids_in(rule)}
    places |= {name: some(words(app, rule, name), thin=thin) for name in keys_in(rule)}
    asked = ASKED.get(rule.endpoint, {})
    if not all(places.values()):
        return
    first = {name: values[0] for name, values in places.items()}
    yield {**first, **asked}
    for name, values in places.items():
        for value in values[1:]:
            yield {**first, name: value, **asked}


def some(words: list[str], *, thin: bool) -> list[str]:
    """Of thirteen record types or KPIs the first ones, and the last of all, that nothing is named."""
    return [*words[:3], *words[-2:]] if thin and len(words) > 5 else words


def words(app: Flask, rule: Rule, name: str) -> list[str]:
    """Keys that the address may hold, by the word before them; for a word we do not know, keys of every sort.

    Of parameters two per vertical: all are looked up in one way. What a KPI is told apart by goes with the KPIs that are.
    """
    view = app.extensions["kehub"]["catalog"].everything
    apart = {key: kpi for key, kpi in view.kpis.items() if kpi.by}
    if name == "name":
        return [*dict.fromkeys(field for kpi in apart.values() for field in kpi.by), "unknown"]
    sorts = {
        "verticals": view.verticals,
        "kpis": apart if "name" in rule.arguments else view.kpis,
        "workflows": view.workflows,
        "rules": view.rules(),
        "records": view.record_types,
        "roles": [*ROLES, "own_role"],
        "retention": ["person", "interactions", "cases"],
        "segments": ["own.planted"],
        "parameters": [f"{owner}.{key}" for owner, held in view.parameters.items() for key in sorted(held.keys)[:2]],
    }
    named = re.search(r"/([a-z]+)/<key>", rule.rule)
    sort = sorts.get(named[1]) if named else None
    return [*(sort if sort is not None else itertools.chain(*sorts.values())), "unknown"]


@dataclass(frozen=True)
class Answer:
    """What somebody got for one address. Of what it told only the lines are kept that may tell of somebody."""

    rule: Rule
    places: Mapping[str, Any]
    status: int
    told: frozenset[str]
    """Lines of headers and body, escapes undone, that have one of the walk's marks."""
    ids: frozenset[str]
    forms: str
    """Its tags of forms, if no page before it had the same."""

    def __str__(self) -> str:
        return f"{self.rule.rule} {dict(self.places)}: {self.status}"


@dataclass(frozen=True)
class Walk:
    """All that one person was answered, and what was logged meanwhile."""

    answers: Sequence[Answer]
    logged: str
    marks: re.Pattern[str]

    def of(self, rule: Rule) -> list[Answer]:
        return [answer for answer in self.answers if answer.rule is rule]

    def read(self) -> str:
        """Every line that has a mark, once."""
        return "\n".join(sorted(frozenset().union(*(answer.told for answer in self.answers))))

    def telling(self, secrets: Sequence[str]) -> list[tuple[Answer, list[str]]]:
        """The answers that tell any of the secrets. Each of these has a mark of the walk and is of one line."""
        assert all(self.marks.search(secret) and "\n" not in secret for secret in secrets)
        spoken = leaks(self.read(), secrets)
        found = ((answer, leaks("\n".join(answer.told), spoken)) for answer in self.answers if spoken)
        return [(answer, said) for answer, said in found if said]


def walk(
    app: Flask, planted: Planted, person: Visitor, only: Sequence[Rule] | None = None, *, thin: bool = False
) -> Walk:
    """Every GET address with every row of the tenant, once; or with as few as show every side (`thin`)."""
    answers, handler, reader = [], _Kept(), _Reader(marks(planted, person))
    logging.getLogger().addHandler(handler)
    try:
        with capture_logs() as events:
            for rule in only if only is not None else rules(app):
                for places in fillings(app, planted, rule, thin=thin):
                    response = person.get(rule, **places)
                    answers.append(Answer(rule, places, response.status_code, *reader.read(response)))
    finally:
        logging.getLogger().removeHandler(handler)
    return Walk(answers, f"{events} {handler.lines}", reader.marks)


def marks(planted: Planted, person: Visitor) -> re.Pattern[str]:
    """What a secret of the tenant has: its word or a long number; for those of other tenants the tenant's address too."""
    mine = planted.world.slug in person.person.workspace
    return re.compile("|".join([planted.word, r"\d{8}", *([] if mine else [planted.world.slug])]))


class _Reader:
    """Reads answers line by line, each line once: pages have most of them in common."""

    def __init__(self, marks: re.Pattern[str]) -> None:
        self.marks = marks
        self._lines: dict[str, tuple[str, frozenset[str]]] = {}
        self._forms: set[str] = set()

    def read(self, response: Any) -> tuple[frozenset[str], frozenset[str], str]:
        """Lines with a mark, ids, tags of forms."""
        text = "\n".join([*(f"{name}: {value}" for name, value in response.headers), response.text])
        told, ids = set(), set()
        for line in set(text.split("\n")):
            if line not in self._lines:
                self._lines[line] = self._line(line)
            marked, named = self._lines[line]
            if marked:
                told.add(marked)
            ids |= named
        forms = "".join(found[0] for found in TAGS.finditer(text)) if "<form" in text else ""
        new = forms not in self._forms
        self._forms.add(forms)
        return frozenset(told), frozenset(ids), forms if new else ""

    def _line(self, line: str) -> tuple[str, frozenset[str]]:
        every = "\n".join(undone(line))
        return every if self.marks.search(every) else "", frozenset(uuids(every))


TAGS = re.compile(r"""<(/?)(form|input|button|select|option|textarea)\b((?:[^<>"']|"[^"]*"|'[^']*')*)>""")
"""What a form is made of."""


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def said(response: Any) -> str:
    """Everything that a response tells: headers and body, with escapes undone."""
    return "\n".join(undone("\n".join([*(f"{name}: {value}" for name, value in response.headers), response.text])))


def undone(text: str) -> list[str]:
    """The text, and what it is with each sort of escapes undone."""
    kinds = [text]
    if "&" in text:
        kinds.append(unescape(text))
    if "%" in text:
        kinds.append(unquote_plus(text))
    if "\\u" in text:
        kinds.append(re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text))
    return kinds


def leaks(told: str, secrets: Sequence[str]) -> list[str]:
    """Which of the secrets are told."""
    return [secret for secret in secrets if secret in told]


def by_chance(of: Sequence[T], most: int) -> list[T]:
    """Some of them. The same ones until one joins or goes: then others have their turn."""
    return random.Random(len(of) * 7919 + len(TABLES)).sample(list(of), min(most, len(of)))


def differing(answer: tuple[int, str], expected: tuple[int, str]) -> str:
    """Where two answers part: the lines that are in one alone, empty where there is none."""
    if answer == expected:
        return ""
    status = [f"{answer[0]}, not {expected[0]}"] if answer[0] != expected[0] else []
    lines = difflib.unified_diff(expected[1].splitlines(), answer[1].splitlines(), lineterm="", n=0)
    told = [line[:300] for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return "\n".join([*status, *told[:12]]) or "the ends of their lines"


def row_of(planted: Planted, table: str, identity: Any) -> Row:
    return next(row for row in planted.rows[table] if identity in {row.id, row.values.get("number")})


def uuids(text: str) -> set[str]:
    return set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text))
