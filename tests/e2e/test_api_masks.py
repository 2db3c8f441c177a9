"""The REST interface with an agent's token, on a wire that keeps every byte: no clear value on any path, however asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from core.customers.models import Customer
from core.db.base import db
from core.engagements.service import lease_customers
from core.imports.commands import import_file
from core.testing.people import World
from core.testing.serving import Served
from tests.e2e.generated import sixty, write_csv, zone_at_noon
from tests.e2e.wiretap import readable, tapped

pytestmark = pytest.mark.e2e

PEOPLE = sixty()
LEASED, KEPT = PEOPLE[:50], PEOPLE[50:]
CLEAR = [value for person in PEOPLE for value in person.clear_values]


@pytest.fixture
def ids(world: World, acting: Callable[[Any], Any], tmp_path: Path) -> dict[str, str]:
    """All sixty imported, fifty leased; their ids by name."""
    file = write_csv(tmp_path / "customers.csv", PEOPLE, zone=zone_at_noon())
    acting(world.alice).rollback()
    import_file(db.session(), tenant=world.slug, file=file)
    session = acting(world.alice)
    found = {row.name: row.id for row in session.execute(select(Customer.name, Customer.id))}
    lease_customers(
        session, context=world.alice.context, engagement_id=world.engagement_id,
        customer_ids=[found[person.name] for person in LEASED], purpose="retention",
        expires_at=datetime.now(UTC) + timedelta(days=30),
    )  # fmt: skip
    session.commit()
    return {name: str(each) for name, each in found.items()}


def pages(client: httpx.Client, **query: Any) -> Iterator[dict[str, Any]]:
    """Every row of the list, page by page."""
    after = None
    while True:
        answer = client.get("/customers", params={**query, **({"after": after} if after else {})})
        assert answer.status_code == 200, answer.text
        yield from answer.json()["data"]
        after = answer.json()["next"]
        if after is None:
            return


def test_an_agents_token_reads_exactly_the_leased_customers_and_no_clear_value(
    served: Served, world: World, ids: dict[str, str], issue_token: Callable[..., str]
) -> None:
    leased = {ids[person.name] for person in LEASED}
    with tapped(served.port) as wire:
        headers = {"Authorization": f"Bearer {issue_token(world.dan)}"}
        with httpx.Client(base_url=f"{wire.url}/api/v1", headers=headers, timeout=30) as client:
            for sort in ("number", "-number", "name", "-name", "updated", "-updated"):
                rows = list(pages(client, sort=sort, limit=20))
                assert {row["id"] for row in rows} == leased
                assert len(rows) == 50
                assert rows[0]["phone"][3:7] == "****"
            for person in LEASED[:3]:
                one = client.get(f"/customers/{ids[person.name]}").json()
                assert one["name"] == person.name[0] + "*"
                assert client.get(f"/customers/{ids[person.name]}/timeline").status_code == 200
            for person in KEPT:
                assert client.get(f"/customers/{ids[person.name]}").status_code == 404
            refused = client.post("/customers", json={"name": "Vera Dunmore", "phone": "13800138000"})
            assert refused.status_code == 403
            client.get("/openapi.json")
    assert len(wire.exchanges) > 30
    assert wire.leaks(CLEAR) == []
    logged = readable(served.logged())
    assert [value for value in CLEAR if value.casefold() in logged] == []


def test_the_same_wire_finds_what_the_client_may_see(
    served: Served, world: World, ids: dict[str, str], issue_token: Callable[..., str]
) -> None:
    """Or the silence above would prove nothing."""
    with tapped(served.port) as wire:
        httpx.get(
            f"{wire.url}/api/v1/customers",
            params={"limit": 200},
            headers={"Authorization": f"Bearer {issue_token(world.alice)}"},
        )
    found = {leak.rsplit(": ", 1)[1] for leak in wire.leaks(CLEAR)}
    assert found == {value for person in PEOPLE for value in (person.name, person.phone, person.email)}
