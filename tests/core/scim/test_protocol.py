"""The protocol as its own tester sees it: RFC 7643 and 7644, every resource, every attribute.

What speaks the protocol is imported by the test that needs it: every process collects every file, and it takes seconds.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

NUMBERS = itertools.count()


def test_the_tester_of_scim_servers_finds_no_error(app: Any, directory: Any) -> None:
    """It invents values for every attribute; of addresses it is told which domain is proved, as a directory would know."""
    from scim2_client.engines.wsgi import WSGISCIMClient
    from scim2_models import ScimProvider
    from scim2_tester import Status, check_server

    from core.scim.resources import Group, User, provider

    described, address = provider(), app.extensions["kehub"]["config"].address
    user_name = User.model_fields["user_name"]
    user_name.examples = [directory.address(f"person{next(NUMBERS)}") for _ in range(2000)]
    User.model_rebuild(force=True)
    try:
        client = WSGISCIMClient(
            app,
            base_url=f"{address}/scim/v2",
            headers={"Authorization": f"Bearer {directory.token}"},
            provider=ScimProvider(
                models=[User, Group], resource_types=described.resource_types, config=described.config
            ),
        )
        results = check_server(client)
    finally:
        user_name.examples = None
        User.model_rebuild(force=True)
    wrong = [
        f"{each.title}: {each.status.name} {each.reason}"
        for each in results
        if each.status in (Status.ERROR, Status.CRITICAL)
    ]
    assert "\n".join(wrong) == ""
    assert sum(each.status is Status.SUCCESS for each in results) >= 20


def test_without_a_token_only_what_the_server_can_do_is_told(directory: Any) -> None:
    directory.token = "kehub_scim_made-up"
    assert directory.ask("GET", "/ServiceProviderConfig").status_code == 200
    for path in ("/Users", "/Groups", "/Schemas", "/ResourceTypes"):
        answer = directory.ask("GET", path)
        assert (answer.status_code, answer.mimetype) == (401, "application/scim+json")
        assert "Bearer" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("body", ["", "{", "[]", '{"schemas": []}', '{"userName": 7}'])
def test_what_cannot_be_read_is_a_scim_error(directory: Any, body: str) -> None:
    answer = directory.client.post(
        "/scim/v2/Users", data=body, content_type="application/scim+json",
        headers={"Authorization": f"Bearer {directory.token}"},
    )  # fmt: skip
    assert answer.status_code == 400
    assert answer.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
