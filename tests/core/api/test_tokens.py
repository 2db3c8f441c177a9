"""Who may call: tokens, their scopes, and the answer to everybody else."""

from __future__ import annotations

from sqlalchemy import text

from core.audit.models import AuditEntry
from core.db import scope
from core.identity.models import ApiToken


def problem(answer, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == code
    assert answer.json["status"] == status
    return answer.json


def test_without_a_token_there_is_one_answer(client):
    for headers in (
        {},
        {"Authorization": "Bearer kehub_wrong"},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer"},
    ):
        answer = client.get("/api/v1/customers", headers=headers)
        problem(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_is_no_token(sign_in, world):
    answer = sign_in(world.alice).client.get("/api/v1/customers")
    problem(answer, 401, "unauthorized")


def test_an_expired_and_a_revoked_token_are_refused(api, session, world):
    expired, revoked = api(world.alice), api(world.alice)
    assert expired.get("/customers").status_code == revoked.get("/customers").status_code == 200
    scope.enter(session, world.alice.context)
    kept = session.query(ApiToken).order_by(ApiToken.created_at).all()
    kept[0].expires_at = text("now() - interval '1 second'")
    kept[1].revoked_at = text("now()")
    session.commit()

    problem(expired.get("/customers"), 401, "unauthorized")
    problem(revoked.get("/customers"), 401, "unauthorized")


def test_a_token_may_do_what_its_scopes_say_and_no_more(api, session, world):
    reader = api(world.alice, scopes=["customer.read"])
    assert reader.get("/customers").status_code == 200
    said = problem(reader.post("/customers", {"name": "张伟"}), 403, "denied")
    assert "customer.create" in said["detail"]

    scope.enter(session, world.alice.context)
    refused = session.query(AuditEntry).filter(AuditEntry.outcome == "denied").one()
    assert refused.action == "customer.create"


def test_a_scope_gives_nobody_what_their_role_does_not(api, world):
    agent = api(world.dan, scopes=["customer.read", "vertical.configure"])
    problem(agent.put("/verticals/telecom", {"enabled": False}), 403, "denied")


def test_an_unknown_address_is_a_problem_too(api, world):
    problem(api(world.alice).get("/nothing"), 404, "not_found")
    problem(api(world.alice)("DELETE", "/customers"), 405, "method_not_allowed")
