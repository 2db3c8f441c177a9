"""`rls`: four reads with the database's wall over the same without: one customer, the list, its next page, a number.

Their statements are recorded from the application as it answers, then asked again straight of the server, each time in a
transaction that opens the reader's scope: by the application's login, and by a superuser, whom no policy holds. Both sides
send the same, and ask for the role that a party has; only the role they take differs. So the ratio is what row security costs,
not diluted by what the application does besides. The provider has 5,000 of the tenant's 200,000 customers on loan.

The sides take turns read by read, each first as often as the other. A round is a few turns; its ratio is of the quickest read
of either side, since what else the machine does only adds. The ratio told is the median of the rounds' ratios, the times are
medians of the rounds' quickest reads. `quartiles` tell how far the rounds of the worst read agree.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from bench import data
from core.app import create_app
from core.db import driver, home, scope
from core.db.base import db
from core.engagements import service as engagements
from core.identity import people
from core.identity import service as identity
from core.tenants import service as tenants

LEASED = 5_000
ROUNDS = 41
TIMES = 5
READS = ("get", "list", "page", "search")

FILL_POINTS = """
INSERT INTO contact_point (tenant_id, id, customer_id, kind, value, value_key, version)
SELECT tenant_id, uuidv7(), id, 'phone', phone, phone, 1 FROM customer WHERE tenant_id = %(tenant)s
ON CONFLICT DO NOTHING
"""

FILL_LEASES = """
INSERT INTO lease (tenant_id, id, engagement_id, provider_tenant_id, customer_id, purpose, data_grant_id, expires_at, version)
SELECT c.tenant_id, uuidv7(), g.engagement_id, e.provider_tenant_id, c.id, 'retention', g.id, now() + interval '200 days', 1
FROM customer c, data_grant g JOIN engagement e ON e.tenant_id = g.tenant_id AND e.id = g.engagement_id
WHERE c.tenant_id = %(tenant)s AND c.number %% 40 = 1 AND c.number <= %(leased)s * 40 AND g.engagement_id = %(engagement)s
"""


@dataclass(frozen=True)
class Reader:
    """Whose token, and the scope it opens."""

    token: str
    party: str
    tenant_id: str
    engagement_id: str


@dataclass(frozen=True)
class Statement:
    """`prepared`: the application has the server keep its plan; what it does not, is planned each time here too."""

    cursor: type[psycopg.Cursor[Any]]
    query: Any
    values: Any
    prepared: bool


def run() -> dict[str, Any]:
    made = data.prepare()
    readers = _readers(made)
    told: dict[str, Any] = {}
    for party, prefix in (("client", ""), ("provider", "provider_")):
        ratios = {}
        for read, statements in _recorded(readers[party]).items():
            rounds = _measured(readers[party], statements)
            ratios[read] = statistics.quantiles((walled / bare for walled, bare in rounds), n=4)
            told |= {
                f"{prefix}{read}_p50_ms": round(statistics.median(walled for walled, _ in rounds) * 1000, 3),
                f"{prefix}{read}_bare_ms": round(statistics.median(bare for _, bare in rounds) * 1000, 3),
            }
            data.say(f"rls: {party} {read}: {ratios[read][1]:.2f}")
        worst = max(ratios.values(), key=lambda each: each[1])
        told |= {f"{prefix}ratio": round(worst[1], 3), f"{prefix}quartiles": [round(each, 3) for each in worst]}
    return {**told, "rounds": ROUNDS}


def _readers(made: dict[str, str]) -> dict[str, Reader]:
    """The client's manager, and an agent of an engagement of the bench's own, which is made on the first run."""
    tenant = UUID(made["tenant_id"])
    client = Reader(data.tokens(made)["client"], "client", str(tenant), "")
    app = create_app(data.bench_config())
    with app.app_context():
        session, system = db.session(), tenants.system_context(db.session(), workspace=made["workspace"])
        scope.enter(session, system)
        slug = f"{made['workspace']}-rls-{int(time.time())}"
        provider = tenants.create_tenant(session, slug=f"{slug}-provider", name="Bench", kinds=["provider"])
        engagement = engagements.open_engagement(
            session, context=system, provider=engagements.Partner(provider, "Bench"), name="Bench", slug=slug,
            purpose="retention",
        )  # fmt: skip
        user = identity.create_user(session, address=f"{slug}@example.com", name="Bench", password="bench " * 4)
        row = people.add_participant(
            session, user_id=user, shown_name="Bench", roles=["agent"], party="provider", engagement_id=engagement.id
        )
        scopes = ["customer.read"]
        _, token = identity.issue_token(session, participant_id=row.id, name="bench rls", scopes=scopes, days=1)
        session.commit()
        db.engine.dispose()
    with _superuser() as connection:
        connection.execute(FILL_POINTS, {"tenant": tenant})
        connection.execute(FILL_LEASES, {"tenant": tenant, "leased": LEASED, "engagement": engagement.id})
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE contact_point, lease")
    return {"client": client, "provider": Reader(token, "provider", str(tenant), str(engagement.id))}


@contextmanager
def _superuser() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(home.server(data.bench_config()).superuser_conninfo(home.DATABASE)) as connection:
        yield connection


def _recorded(reader: Reader) -> dict[str, list[Statement]]:
    """What each read asks of the tables of customers, once everything is compiled and cached."""
    client = create_app(data.bench_config()).test_client()
    headers = {"Authorization": f"Bearer {reader.token}"}
    first = client.get("/api/v1/customers?limit=50", headers=headers).get_json()
    one, after = first["data"][25], first["next"]
    phone = {"kind": "phone", "value": _phone_of(one["id"])}
    asked = {
        "get": lambda: client.get(f"/api/v1/customers/{one['id']}", headers=headers),
        "list": lambda: client.get("/api/v1/customers?limit=50", headers=headers),
        "page": lambda: client.get(f"/api/v1/customers?limit=50&after={after}", headers=headers),
        "search": lambda: client.post("/api/v1/searches", headers=headers, json=phone),
    }
    found = {}
    for read in READS:
        asked[read]()
        with _recording() as sent:
            answer = asked[read]()
        assert answer.status_code == 200, answer.text
        assert read != "search" or one["id"] in answer.text, "the number is nobody's, and nothing would be read"
        found[read] = [each for each in sent if _reads_customers(each.query)]
        assert found[read], f"{read} reads nothing"
    return found


def _phone_of(customer_id: str) -> str:
    with _superuser() as connection:
        row = connection.execute("SELECT phone FROM customer WHERE id = %s", (customer_id,)).fetchone()
    assert row is not None
    return str(row[0])


@contextmanager
def _recording() -> Iterator[list[Statement]]:
    sent: list[Statement] = []
    usual, prepared = psycopg.Cursor.execute, driver.Statement._prepared

    def execute(self: psycopg.Cursor[Any], query: Any, params: Any = None, **options: Any) -> Any:
        prepared = bool(options.get("prepare")) or self.connection.prepare_threshold != driver.NEVER
        sent.append(Statement(type(self), query, params, prepared))
        return usual(self, query, params, **options)

    psycopg.Cursor.execute = execute  # type: ignore[method-assign,assignment]
    driver.Statement._prepared = lambda *_: None  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        psycopg.Cursor.execute = usual  # type: ignore[method-assign]
        driver.Statement._prepared = prepared  # type: ignore[method-assign]


def _reads_customers(query: Any) -> bool:
    text = query.decode() if isinstance(query, bytes) else str(query)
    return text.lstrip().upper().startswith(("SELECT", "WITH")) and ("FROM customer" in text or "contact_point" in text)


def _measured(reader: Reader, statements: Sequence[Statement]) -> list[tuple[float, float]]:
    """Of each round the quickest read with the wall and without, in seconds."""
    login = home.locate(data.bench_config()).app_url.replace("postgresql+psycopg", "postgresql")
    values = {"tenant": reader.tenant_id, "engagement": reader.engagement_id, "party": reader.party}
    taken = "CASE WHEN scope_role(%(party)s) IS NOT NULL THEN 'postgres' END"
    bare_scope = scope._ENTER.replace("scope_role(%(party)s)", taken)
    assert bare_scope != scope._ENTER, "both sides would be walled"
    with psycopg.connect(login) as walled, _superuser() as bare:
        sides = [("walled", walled, scope._ENTER), ("bare", bare, bare_scope)]
        kept = []
        for number in range(ROUNDS + 1):
            quickest = {"walled": math.inf, "bare": math.inf}
            for turn in range(TIMES):
                for name, connection, enter in sides if (number + turn) % 2 else reversed(sides):
                    quickest[name] = min(quickest[name], _timed(connection, enter, values, statements))
            kept.append((quickest["walled"], quickest["bare"]))
    return kept[1:]  # the first one plans and reads what is cold


def _timed(connection: psycopg.Connection[Any], enter: str, values: Any, statements: Sequence[Statement]) -> float:
    """One read: a transaction that opens its scope, asks and ends."""
    began = time.perf_counter()
    connection.execute(enter, values, prepare=True)
    for each in statements:
        each.cursor(connection).execute(each.query, each.values, prepare=each.prepared).fetchall()
    connection.commit()
    return time.perf_counter() - began
