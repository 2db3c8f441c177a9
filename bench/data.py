"""The data of the benchmarks: a million customers in a thousand tenants, one of which has 200,000.

Made once in a database of its own below `.kehub/bench`, by the server itself (`generate_series`), as the superuser: that a
million rows go through the application is another measurement. Made anew when tables, walls or this file change.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import delete

from core import config as configuration
from core.app import create_app
from core.config import CHECKOUT, Config
from core.db import home, scope
from core.db.base import db
from core.fields.sounds import sound_key
from core.identity import service as identity
from core.identity.models import ApiToken
from core.serving.prepare import upgrade_database
from core.tenants import service as tenants
from core.testing.people import make_world

TENANTS = 1000
CUSTOMERS = 1_000_000
IN_THE_LARGEST = 200_000
LEASED = 20_000

FOLDER = CHECKOUT / ".kehub" / "bench"

SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英秀兰华玉梅建国志"

FILL_TENANTS = """
INSERT INTO tenant (id, name, kinds, version)
  SELECT uuidv7(), 'Bench ' || g, '["client"]'::jsonb, 1 FROM generate_series(2, %(tenants)s) g;
INSERT INTO workspace (slug, tenant_id, current)
  SELECT 'bench-' || replace(id::text, '-', ''), id, true FROM tenant WHERE name LIKE 'Bench %%';
"""

FILL_CUSTOMERS = """
INSERT INTO customer (tenant_id, id, number, kind, state, name, name_key, name_sound, born_on, phone, email, address, country,
                      region, grade, legal_hold, attributes, created_at, updated_at, version)
SELECT tenant_id, uuidv7(), g, 'person', 'active', name, name,
       (%(sounds)s::jsonb->>first) || (%(sounds)s::jsonb->>second) || coalesce(%(sounds)s::jsonb->>third, '') || ' '
         || left(%(sounds)s::jsonb->>first, 1) || left(%(sounds)s::jsonb->>second, 1)
         || coalesce(left(%(sounds)s::jsonb->>third, 1), ''),
       date '1950-01-01' + (g * 7919 %% 18000)::int,
       '+86138' || lpad((g * 7907 %% 100000000)::text, 8, '0'), 'user' || g || '@example.com',
       '上海市浦东新区世纪大道' || g || '号', 'CN', '上海', (array['A','B','C'])[1 + g %% 3], false,
       jsonb_build_object('telecom', jsonb_build_object(
         'plan', '5G 畅享 ' || 59 + 10 * (g %% 15), 'contract', 'month_to_month', 'tenure_months', g %% 73,
         'contract_end', (date '2026-01-01' + (g %% 700)::int)::text, 'value_tier', 'gold',
         'real_name_status', 'verified', 'monthly_charge', 5900 + 100 * (g %% 97), 'churned', g %% 4 = 0)),
       now() - g * interval '1 minute', now() - g * interval '1 minute', 1
FROM (
  SELECT o.tenant_id, g, n.first, n.second, n.third, n.first || n.second || n.third AS name
  FROM (SELECT t.id AS tenant_id, CASE WHEN t.id = %(largest)s THEN %(many)s ELSE %(few)s END AS n
        FROM tenant t WHERE t.kinds = '["client"]'::jsonb) o
  CROSS JOIN LATERAL generate_series(1, o.n) g
  CROSS JOIN LATERAL (
    SELECT substr(%(surnames)s, 1 + (hashint4(g::int) & 65535) %% 20, 1) AS first,
           substr(%(given)s, 1 + (hashint4(g::int + 1000000) & 65535) %% 30, 1) AS second,
           CASE WHEN g %% 4 = 0 THEN '' ELSE substr(%(given)s, 1 + (hashint4(g::int + 2000000) & 65535) %% 30, 1) END AS third) n
) made
"""

FILL_LEASES = """
INSERT INTO lease (tenant_id, id, engagement_id, provider_tenant_id, customer_id, purpose, expires_at, version)
SELECT c.tenant_id, uuidv7(), %(engagement)s, %(provider)s, c.id, 'retention', now() + interval '10 years', 1
FROM customer c WHERE c.tenant_id = %(largest)s AND c.number %% 10 = 0 AND c.number <= %(leased)s * 10
"""


TOKENS: Mapping[str, tuple[str, Sequence[str]]] = {
    "client": ("client", ["customer.read", "customer.clear"]),
    "masked": ("client", ["customer.read"]),
    "provider": ("provider", ["customer.read"]),
}
"""Whose token with which scopes."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def digest() -> str:
    """Changes whenever the data would: with the tables or with this file."""
    made_from = [Path(__file__), *sorted((CHECKOUT / "core" / "db" / "migrations" / "versions").glob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in made_from)).hexdigest()


def prepare() -> dict[str, str]:
    """The marker of the data, which are made if they are not there. The server runs afterwards."""
    marker = FOLDER / "made.json"
    kept = json.loads(marker.read_text()) if marker.exists() else {}
    config = bench_config()
    if kept.get("digest") == digest():
        upgrade_database(config)  # walls and functions are made again each time
        return dict(kept)
    if FOLDER.exists():
        home.server(config).destroy()
        shutil.rmtree(FOLDER, ignore_errors=True)
    began = time.monotonic()
    say(f"making {CUSTOMERS:,} customers in {FOLDER}, once ...")
    upgrade_database(config)
    made = {"digest": digest(), **_fill(config)}
    marker.write_text(json.dumps(made))
    say(f"made in {time.monotonic() - began:.0f} s")
    return made


def stop() -> None:
    """Stop the server; its data stay."""
    home.server(bench_config()).stop()


def bench_config() -> Config:
    return replace(configuration.read({}), data_dir=FOLDER)


def _fill(config: Config) -> dict[str, str]:
    world = make_world(create_app(config))
    few = (CUSTOMERS - IN_THE_LARGEST) // (TENANTS - 1)
    values = {
        "tenants": TENANTS,
        "largest": world.tenant_id,
        "many": CUSTOMERS - few * (TENANTS - 1),
        "few": few,
        "surnames": SURNAMES,
        "given": GIVEN,
        "sounds": Jsonb({each: (sound_key(each) or " ").split()[0] for each in SURNAMES + GIVEN}),
        "engagement": world.engagement_id,
        "provider": world.provider_id,
        "leased": LEASED,
    }
    with psycopg.connect(home.server(config).superuser_conninfo(home.DATABASE), autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        for statement in (*FILL_TENANTS.split(";")[:-1], FILL_CUSTOMERS, FILL_LEASES):
            connection.execute(statement, {name: value for name, value in values.items() if f"%({name})s" in statement})
        connection.execute("VACUUM (ANALYZE) customer, lease, tenant, workspace")
    return {
        "tenant_id": str(world.tenant_id),
        "engagement_id": str(world.engagement_id),
        "workspace": world.slug,
        "client": str(world.carol.context.participant_id),
        "provider": str(world.dan.context.participant_id),
    }


def tokens(made: dict[str, str]) -> dict[str, str]:
    """Fresh API tokens: `client` (manages the largest tenant), `masked` (the same without clear values), `provider` (an agent)."""
    app = create_app(bench_config())
    with app.app_context():
        session = db.session()
        scope.enter(session, tenants.system_context(session, workspace=made["workspace"]))
        session.execute(delete(ApiToken).where(ApiToken.name == "bench"))
        issued = {
            kind: identity.issue_token(session, participant_id=UUID(made[party]), name="bench", scopes=scopes, days=1)[
                1
            ]
            for kind, (party, scopes) in TOKENS.items()
        }
        session.commit()
        db.engine.dispose()
    return issued
