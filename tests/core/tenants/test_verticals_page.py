"""A client admin switches a vertical on and off; others see why they cannot."""

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.db import scope
from core.testing.people import make_world


@pytest.fixture
def bare_world(app):
    return make_world(app, verticals=())


def key_of(app) -> str:
    return next(iter(app.extensions["kehub"]["catalog"].verticals))


def test_the_admin_switches_a_vertical_on_and_off(app, session, bare_world, sign_in):
    key = key_of(app)
    alice = sign_in(bare_world.alice)
    assert alice.post(f"/verticals/{key}", data={"enabled": "1"}).status_code == 303
    assert 'value="0"' in alice.get(f"/verticals/{key}").text
    assert alice.post(f"/verticals/{key}", data={"enabled": "0"}).status_code == 303
    scope.enter(session, bare_world.alice.context)
    acts = session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject_type == "tenant_vertical").order_by(AuditEntry.sequence)
    ).all()
    assert list(acts) == ["vertical.enabled", "vertical.disabled"]


def test_every_part_of_a_vertical_can_be_read(app, world, sign_in):
    key = key_of(app)
    carol = sign_in(world.carol)
    for tab in ("overview", "fields", "workflows", "rules", "parameters", "kpis"):
        assert carol.get(f"/verticals/{key}?tab={tab}").status_code == 200
    assert carol.get(f"/verticals/{key}?tab=secrets").status_code == 404


def test_a_manager_may_look_but_not_switch(app, session, world, sign_in):
    answer = sign_in(world.carol).post(f"/verticals/{key_of(app)}", data={"enabled": "0"})
    assert answer.status_code == 403
    scope.enter(session, world.alice.context)
    refused = session.execute(select(AuditEntry.action, AuditEntry.outcome).where(AuditEntry.outcome == "denied")).all()
    assert [tuple(row) for row in refused] == [("vertical.configure", "denied")]


def test_an_unknown_vertical_is_not_found(world, sign_in):
    assert sign_in(world.alice).get("/verticals/nonesuch").status_code == 404
