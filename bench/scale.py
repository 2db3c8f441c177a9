"""`scale`: the list of customers of a tenant with 200,000 against that of one with 500, through the whole request.

The small tenant's customers are the first of the large one's. Rounds are interleaved, so that what else the machine does meets
both; each ratio is the median of the rounds' ratios of median times.
"""

from __future__ import annotations

import json
import statistics
import time
from typing import Any
from uuid import UUID

import psycopg
from flask.testing import FlaskClient
from sqlalchemy import delete

from bench import data
from bench.load import Target, fetch, measure, served
from core.app import create_app
from core.db import home, scope
from core.db.base import db
from core.identity import service as identity
from core.identity.models import ApiToken
from core.tenants import service as tenants
from core.testing.people import PASSWORD, make_world
from core.web.security import SESSION_COOKIE

SMALL = 500
ROUNDS = 15
SECONDS = 0.4
LOOKS = 12
SORTS = ("-updated", "number", "name")
MARKER = data.FOLDER / "scale.json"

COPY = """
INSERT INTO customer (tenant_id, id, number, kind, state, name, name_key, born_on, phone, email, address, country, region,
                      grade, legal_hold, attributes, created_at, updated_at, version)
SELECT %(small)s, uuidv7(), number, kind, state, name, name_key, born_on, phone, email, address, country, region,
       grade, legal_hold, attributes, created_at, updated_at, version
  FROM customer WHERE tenant_id = %(large)s AND number <= %(many)s
"""


def run() -> dict[str, Any]:
    made = data.prepare()
    small = _small(made)
    tokens = {"large": data.tokens(made)["client"], "small": _token(small)}
    ours = {"KEHUB_DATA_DIR": str(data.FOLDER)}
    with served("wsgi:app", environment=ours) as port:
        told: dict[str, Any] = {}
        for sort in SORTS:
            told |= _measured(sort, {size: _target(port, sort, token) for size, token in tokens.items()})
    worst = max(told[f"{_name(sort)}ratio"] for sort in SORTS)
    return {"ratio": worst, **told, **_pages(made, small), "small": SMALL, "rounds": ROUNDS}


def _name(sort: str) -> str:
    return f"{sort.removeprefix('-')}_"


def _target(port: int, sort: str, token: str) -> Target:
    return Target(port, f"/api/v1/customers?limit=50&sort={sort}", {"Authorization": f"Bearer {token}"})


def _measured(sort: str, targets: dict[str, Target]) -> dict[str, Any]:
    for target in targets.values():
        assert len(json.loads(fetch(target))["data"]) == 50
        measure(target, seconds=SECONDS)
    ratios: list[float] = []
    times: dict[str, list[float]] = {size: [] for size in targets}
    for number in range(ROUNDS):
        for size in sorted(targets, reverse=bool(number % 2)):
            times[size].append(measure(targets[size], seconds=SECONDS).p50_ms)
        ratios.append(times["large"][-1] / times["small"][-1])
    name = _name(sort)
    data.say(f"scale: {sort}: {statistics.median(ratios):.3f}")
    return {
        f"{name}ratio": round(statistics.median(ratios), 3),
        f"{name}p50_ms": round(statistics.median(times["large"]), 2),
        f"{name}small_p50_ms": round(statistics.median(times["small"]), 2),
    }


def _pages(made: dict[str, str], small: dict[str, str]) -> dict[str, Any]:
    """The page as people open it, with its capped total, marks and saved views; asked in this process."""
    app = create_app(data.bench_config())
    clients = {
        size: _signed_in(app.test_client(), each["workspace"]) for size, each in (("large", made), ("small", small))
    }
    ratios: list[float] = []
    times: dict[str, list[float]] = {size: [] for size in clients}
    for number in range(ROUNDS):
        for size in sorted(clients, reverse=bool(number % 2)):
            times[size].append(_page_ms(clients[size], (made if size == "large" else small)["workspace"]))
        ratios.append(times["large"][-1] / times["small"][-1])
    with app.app_context():
        db.engine.dispose()
    return {
        "page_ratio": round(statistics.median(ratios), 3),
        "page_p50_ms": round(statistics.median(times["large"]), 2),
        "page_small_p50_ms": round(statistics.median(times["small"]), 2),
    }


def _signed_in(client: FlaskClient, slug: str) -> FlaskClient:
    form = {"email": f"alice.{slug}@example.com", "password": PASSWORD}
    answer = client.post("/login", data=form, headers={"Sec-Fetch-Site": "same-origin"}, base_url="https://localhost")
    assert answer.status_code == 302, answer.status_code
    cookie = client.get_cookie(SESSION_COOKIE)
    assert cookie is not None
    client.set_cookie(SESSION_COOKIE, cookie.value, secure=False)
    return client


def _page_ms(client: FlaskClient, slug: str) -> float:
    found = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        answer = client.get(f"/t/{slug}/customers")
        found.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200
    return statistics.median(found)


def _small(made: dict[str, str]) -> dict[str, str]:
    """The small tenant, made once."""
    kept = json.loads(MARKER.read_text()) if MARKER.exists() else {}
    if kept.get("beside") == made["tenant_id"]:
        return dict(kept)
    world = make_world(create_app(data.bench_config()))
    with psycopg.connect(
        home.server(data.bench_config()).superuser_conninfo(home.DATABASE), autocommit=True
    ) as connection:
        connection.execute(COPY, {"small": world.tenant_id, "large": made["tenant_id"], "many": SMALL})
        connection.execute("VACUUM (ANALYZE) customer")
    found = {
        "beside": made["tenant_id"], "tenant_id": str(world.tenant_id), "workspace": world.slug,
        "client": str(world.carol.context.participant_id),
    }  # fmt: skip
    MARKER.write_text(json.dumps(found))
    return found


def _token(small: dict[str, str]) -> str:
    app = create_app(data.bench_config())
    with app.app_context():
        session = db.session()
        scope.enter(session, tenants.system_context(session, workspace=small["workspace"]))
        session.execute(delete(ApiToken).where(ApiToken.name == "bench"))
        token = identity.issue_token(
            session,
            participant_id=UUID(small["client"]),
            name="bench",
            scopes=["customer.read", "customer.clear"],
            days=1,
        )[1]
        session.commit()
        db.engine.dispose()
    return token
