"""A provider whose own organisation is suspended: its people read at their clients and change nothing; deadlines run on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core.cases.models import Case
from core.cases.service import open_case
from core.clocks.models import Clock
from core.customers import service as customers
from core.db import scope
from core.engagements.service import lease_customers
from core.errors import Denied
from core.identity import service as identity
from core.jobs import service as jobs
from core.jobs.tasks import set_going
from core.tenants import life
from core.tenants.models import Tenant


@pytest.fixture
def held(session: Any, world: Any, view: Any) -> Any:
    """A case of a lent customer in dan's hands, with a deadline. Then the provider's organisation is suspended."""
    alice = world.alice.context
    scope.enter(session, alice)
    customer_id = customers.create_customer(session, context=alice, values={"name": "吴敏", "phone": "13912341369"}).id
    until = datetime.now(UTC) + timedelta(days=9)
    lease_customers(session, context=alice, engagement_id=world.engagement_id, customer_ids=[customer_id],
                    purpose="retention", expires_at=until)  # fmt: skip
    session.commit()
    scope.enter(session, world.dan.context)
    case = open_case(
        session, context=world.dan.context, view=view, customer_id=customer_id, workflow="telecom.complaint"
    )
    case.assignee_id = world.dan.context.participant_id
    case_id = case.id
    session.commit()
    scope.enter(session, alice)
    _, token = identity.issue_token(
        session, participant_id=world.bob.context.participant_id, name="x", scopes=sorted(world.bob.context.permissions)
    )
    session.commit()
    put(session, world, "suspended")
    return {"case": case_id, "customer": customer_id, "token": token}


def put(session: Any, world: Any, state: str) -> None:
    """Move the provider's own tenant, as the operator does."""
    context = replace(world.alice.context, tenant_id=world.provider_id, participant_id=None, party="system")
    session.rollback()
    scope.enter(session, context)
    session.execute(update(Tenant).where(Tenant.id == world.provider_id).values(state=state))
    session.commit()


def test_sessions_and_tokens_read_and_change_nothing_and_are_told_why(session, world, held, sign_in, app):
    dan = sign_in(world.dan)
    page = dan.get(f"/customers/{held['customer']}")
    assert page.status_code == 200
    assert "你所在的机构已被暂停" in page.text or "Your own organisation is suspended" in page.text
    for path, data in (
        ("comments", {"body": "x", "audience": "shared"}),
        ("reveal", {"field": "title", "reason": "verify"}),
    ):
        refused = dan.post(f"/cases/{held['case']}/{path}", data=data)
        assert refused.status_code == 403
        assert "suspended" in refused.text or "暂停" in refused.text
    assert dan.post("/exports/new", data={}).status_code == 403, "open to a suspended client alone"
    client = app.test_client()
    bearer = {"Authorization": f"Bearer {held['token']}"}
    assert client.get("/api/v1/customers", headers=bearer).status_code == 200
    told = client.post("/api/v1/cases", headers=bearer, json={})
    assert told.status_code == 403
    assert "你所在的机构已被暂停" in told.json["detail"]
    assert sign_in(world.alice).post("/customers/search", data={"q": "x"}).status_code in (200, 303)
    put(session, world, "active")
    assert dan.post(f"/cases/{held['case']}/comments", data={"body": "x", "audience": "shared"}).status_code == 303


def test_deadlines_run_on_and_the_client_sees_what_is_held(session, world, held, sign_in):
    scope.enter(session, world.alice.context)
    assert session.scalar(
        select(func.count()).select_from(Clock).where(Clock.case_id == held["case"], Clock.state == "running")
    )
    session.execute(update(Case).where(Case.id == held["case"]).values(due_at=datetime.now(UTC) - timedelta(hours=1)))
    session.commit()
    page = sign_in(world.alice).get(f"/engagements/{world.engagement_id}")
    assert "1，其中 1 个已逾期" in page.text or "1, 1 of them late" in page.text
    assert sign_in(world.bob).get(f"/engagements/{world.engagement_id}").status_code == 200


def test_its_long_acts_stop_with_the_reason_and_the_clients_go_on(session, world, held, monkeypatch):
    monkeypatch.setitem(jobs._kinds, "quiet", lambda *_a, **_k: False)
    for person, stops in ((world.bob, True), (world.alice, False)):
        scope.enter(session, person.context)
        run = jobs.create_run(session, kind="quiet", settings={}, engagement_id=person.context.engagement_id)
        set_going(session, context=person.context, run=run)
        if stops:
            with pytest.raises(Denied, match="Your own organisation is suspended"):
                jobs.work(session, context=person.context, run_id=run.id)
        else:
            assert jobs.work(session, context=person.context, run_id=run.id) is None
            assert run.state == "done"
        session.rollback()


def test_a_provider_whose_organisation_is_deleted_is_out(session, world, held, sign_in):
    dan = sign_in(world.dan)
    put(session, world, "deleted")
    assert dan.get("/customers").status_code == 404
    scope.enter(session, world.alice.context)
    assert life.provider_life(session, engagement_id=world.engagement_id) == "deleted"
    session.rollback()
    put(session, world, "active")
