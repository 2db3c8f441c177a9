"""A directory of alice's tenant, and a proved domain for its people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from core.db import scope
from core.scim import service
from core.sso.models import EmailDomain

JSON = "application/scim+json"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class Directory:
    """What a directory says over HTTP."""

    client: Any
    token: str
    domain: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {self.token}", **headers}
        return self.client.open(f"/scim/v2{path}", method=method, json=body, headers=given, content_type=JSON)

    def address(self, name: str) -> str:
        return f"{name}@{self.domain}"

    def add(self, name: str, **more: Any) -> dict[str, Any]:
        answer = self.ask("POST", "/Users", {"schemas": [USER], "userName": self.address(name), **more})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json
        return found

    def patch(self, path: str, *operations: dict[str, Any]) -> Any:
        return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def group(self, name: str, *members: str) -> dict[str, Any]:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": each} for each in members]}
        answer = self.ask("POST", "/Groups", body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json
        return found


@pytest.fixture
def domain(session: Any, world: Any, unique: str) -> Iterator[str]:
    """Proved, without asking the DNS: that is tried in `tests/core/sso`."""
    name = f"corp-{unique}.example"
    scope.enter(session, world.alice.context)
    session.add(EmailDomain(domain=name, token="0" * 32, verified_at=datetime.now(UTC)))
    session.commit()
    yield name
    session.rollback()


@pytest.fixture
def directory(app: Any, session: Any, world: Any, domain: str) -> Directory:
    scope.enter(session, world.alice.context)
    _, token = service.add_client(session, context=world.alice.context, name="Azure", roles=["agent"], days=30)
    session.commit()
    return Directory(app.test_client(), token, domain)
