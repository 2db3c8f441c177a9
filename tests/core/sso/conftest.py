"""Alice's tenant with an identity provider that speaks on loopback, and the way to it and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.db import scope
from core.sso import service
from core.sso.models import EmailDomain
from core.sso.service import Settings, Site
from tests.core.sso import idp

SITE = Site(callback="http://127.0.0.1:8000/sso/callback", private=True)


@pytest.fixture(scope="session")
def provider_process() -> Iterator[idp.Provider]:
    with idp.running() as provider:
        yield provider


@pytest.fixture
def provider(provider_process: idp.Provider) -> idp.Provider:
    provider_process.claims, provider_process.signs_with, provider_process.metadata = {}, None, {}
    provider_process.asked.clear()
    return provider_process


@pytest.fixture
def own_network(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation whose tenants' providers are on its own network."""
    kehub = app.extensions["kehub"]
    monkeypatch.setitem(kehub, "config", replace(kehub["config"], private_network=True))


@dataclass
class Door:
    """A browser at the door of a tenant."""

    client: Any
    slug: str
    domain: str
    provider: idp.Provider
    provider_id: Any

    def go(self, **query: str) -> dict[str, str]:
        """To the provider: what the browser takes along."""
        answer = self.client.get(f"/sso/{self.slug}", query_string=query)
        assert answer.status_code == 302, answer.text
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}

    def back(self, sent: dict[str, str], **changed: str) -> Any:
        """From the provider. It takes the nonce along as the code, so that its token can repeat it."""
        query = {"state": sent["state"], "code": sent["nonce"], "iss": self.provider.issuer, **changed}
        return self.client.get("/sso/callback", query_string=query)

    def sign_in(self, name: str, **claims: Any) -> Any:
        self.provider.claims = {"email": self.address(name), "sub": name, "name": name.title(), **claims}
        return self.back(self.go())

    def address(self, name: str) -> str:
        return f"{name}@{self.domain}"

    def sees(self, path: str = "/customers") -> int:
        return int(self.client.get(f"/t/{self.slug}{path}").status_code)


@pytest.fixture
def door(app: Any, session: Any, world: Any, provider: idp.Provider, own_network: None, unique: str) -> Iterator[Door]:
    alice, domain = world.alice.context, f"corp-{unique}.example"
    scope.enter(session, alice)
    session.add(EmailDomain(domain=domain, token="0" * 32, verified_at=datetime.now(UTC)))
    wanted = Settings(
        name="Corp",
        issuer=provider.issuer,
        client_id=idp.CLIENT,
        secret=idp.SECRET,
        makes_people=True,
        roles=("agent",),
    )
    row = service.add(session, context=alice, settings=wanted, site=SITE)
    service.switch(session, context=alice, provider_id=row.id, on=True)
    provider_id = row.id
    session.commit()
    yield Door(app.test_client(), world.slug, domain, provider, provider_id)
    session.rollback()
