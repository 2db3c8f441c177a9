"""`python -m tests.core.plugin.in_use`: a house with a partner's vertical installed, walked through once; one JSON line.

Runs in a process of its own, because a vertical's tables stay mapped for as long as a process lives.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import text

from core.app import create_app
from core.customers import service as customers
from core.db import home, scope
from core.db.base import db
from core.db.check import check
from core.engagements.service import lease_customers
from core.identity import hashing
from core.identity import service as identity
from core.testing.people import Person, World, make_world
from core.web.security import SESSION_COOKIE
from tests.core.plugin import in_processes

PET = "Huahua the seventh"


def main() -> dict[str, Any]:
    app = create_app()
    hashing.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    clinic, carrier = make_world(app, verticals=("petcare",)), make_world(app, verticals=("telecom",))
    keeper = a_customer(app, clinic, {"petcare": {"pet_name": PET, "species": "cat"}})
    stranger = a_customer(app, carrier, {})
    told = {
        "versions": version_tables(app),
        "walls": wall_faults(app),
        "form": "宠物名" in page(app, clinic.alice, "/customers/new").text,
        "form_without": "宠物名" in page(app, carrier.alice, "/customers/new").text,
        "customer": [word in page(app, clinic.alice, f"/customers/{keeper}").text for word in (PET, "宠物名")],
        "customer_without": "宠物名" in page(app, carrier.alice, f"/customers/{stranger}").text,
        "visits": page(app, clinic.alice, "/petcare/visits").status_code,
        "visits_words": "<h1>Visits</h1>" in page(app, clinic.alice, "/petcare/visits").text,
        "visits_of_the_provider": page(app, clinic.dan, "/petcare/visits").status_code,
        "visits_signed_out": app.test_client().get(f"/t/{clinic.slug}/petcare/visits").headers["Location"],
        "visits_of_a_stranger": page(app, carrier.alice, "/petcare/visits", at=clinic.slug).status_code,
        "visits_without": page(app, carrier.alice, "/petcare/visits").status_code,
        "link": "/petcare/visits" in page(app, clinic.alice, "/verticals").text,
        "link_without": "/petcare/visits" in page(app, carrier.alice, "/verticals").text,
        "rows": own_rows(app, clinic, carrier, keeper),
    }
    told |= posted(app, clinic, keeper)
    told |= in_processes.walk(app, clinic, UUID(keeper))
    paths = ("/records/petcare.animal", "/cases", "/kpis/petcare.healthy")
    told["pages"] = {path: page(app, clinic.alice, path).status_code for path in paths}
    told["pages_without"] = page(app, carrier.alice, paths[0]).status_code
    told["enabling"] = page(app, carrier.alice, "/verticals/petcare", sent={"enabled": "1"}).status_code
    told["visits_once_enabled"] = page(app, carrier.alice, "/petcare/visits").status_code
    return told


def a_customer(app: Flask, world: World, attributes: dict[str, Any]) -> str:
    with app.app_context():
        session = db.session()
        scope.enter(session, world.alice.context)
        values = {"name": "Lin Wei"}
        made = customers.create_customer(session, context=world.alice.context, values=values, attributes=attributes)
        session.commit()
        return str(made.id)


def posted(app: Flask, clinic: World, keeper: str) -> dict[str, Any]:
    """A form of the vertical, sent by who may, by who may not and from another site."""
    sent = {"customer": keeper, "on": "2026-05-01"}
    added = page(app, clinic.alice, "/petcare/visits", sent=sent)
    return {
        "added": [added.status_code, added.headers["Location"].removeprefix(f"/t/{clinic.slug}/")],
        "added_by_the_provider": page(app, clinic.dan, "/petcare/visits", sent=sent).status_code,
        "added_from_elsewhere": page(app, clinic.alice, "/petcare/visits", sent=sent, site="cross-site").status_code,
        "count": "<p>2 / cats</p>" in page(app, clinic.alice, "/petcare/visits/cats").text,
        "foreign_template": page(app, clinic.alice, "/petcare/elsewhere").status_code,
    }


def page(
    app: Flask, person: Person, path: str, *, at: str | None = None, sent: Any = None, site: str = "same-origin"
) -> Any:
    client = app.test_client()
    client.set_cookie(SESSION_COOKIE, session_of(app, person.email, person.password))
    address = f"/t/{at or person.workspace}{path}"
    if sent is None:
        return client.get(address)
    return client.post(address, data=sent, headers={"Sec-Fetch-Site": site})


@cache
def session_of(app: Flask, address: str, password: str) -> str:
    visit = identity.Visit(peer="", previous=None, agent="", hours=1)
    with app.app_context():
        return identity.sign_in(db.session(), address=address, password=password, visit=visit)


def version_tables(app: Flask) -> dict[str, str]:
    found = {}
    with app.app_context(), db.engine.connect() as connection:
        for owner in ("core", "petcare"):
            found[owner] = connection.scalar(text(f"SELECT version_num FROM alembic_version_{owner}"))
    return found


def wall_faults(app: Flask) -> list[str]:
    located = home.locate(app.extensions["kehub"]["config"])
    owner = located.owner_engine()
    with owner.connect() as connection:
        return check(connection, located.roles(owner))


def own_rows(app: Flask, clinic: World, carrier: World, keeper: str) -> list[int]:
    """Visits that the clinic, another tenant, the provider without and with a lease on the customer see."""
    add = "INSERT INTO petcare_visit (tenant_id, id, customer_id, visited_on) VALUES (:t, gen_random_uuid(), :c, now())"
    counts = []
    with app.app_context():
        session = db.session()
        scope.enter(session, clinic.alice.context)
        session.execute(text(add).execution_options(**scope.RLS_ONLY), {"t": clinic.tenant_id, "c": keeper})
        session.commit()
        for world, person in ((clinic, "alice"), (carrier, "alice"), (clinic, "dan")):
            scope.enter(session, getattr(world, person).context)
            counts.append(count(session))
            session.rollback()
        lend(session, clinic, keeper)
        scope.enter(session, clinic.dan.context)
        counts.append(count(session))
        session.rollback()
    return counts


def count(session: Any) -> int:
    return int(session.scalar(text("SELECT count(*) FROM petcare_visit").execution_options(**scope.RLS_ONLY)))


def lend(session: Any, world: World, customer_id: str) -> None:
    context = world.alice.context
    scope.enter(session, context)
    lease_customers(
        session,
        context=context,
        engagement_id=world.engagement_id,
        customer_ids=[UUID(customer_id)],
        purpose="retention",
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )
    session.commit()


if __name__ == "__main__":
    print(json.dumps(main()))
