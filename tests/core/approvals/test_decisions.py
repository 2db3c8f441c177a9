"""A second person decides: not the one who asked, not in their place, once, in time, and together with the act itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from core.approvals import delegations, service
from core.approvals.events import ApprovalDecided, ApprovalExpired, ApprovalRequested
from core.approvals.models import Approval, ApprovalDelegation
from core.audit.models import AuditEntry
from core.db.base import new_id
from core.errors import Conflict, Denied, Invalid, NotFound, Stale
from core.events import bus
from core.testing.jobs import work_off


@pytest.fixture
def heard(app):
    """The events of approvals, in order."""
    told = []
    for event in (ApprovalRequested, ApprovalDecided, ApprovalExpired):
        bus.subscribe(event, lambda _session, each: told.append((each.name, getattr(each, "state", None))))
    yield told
    for event in (ApprovalRequested, ApprovalDecided, ApprovalExpired):
        bus._handlers[event].pop()


@pytest.fixture
def act():
    """What is done when a `test.act` is approved: it notes the request's payload, or raises what a test plants."""
    done = []

    def handle(_session, context, approval):
        if "fault" in approval.payload:
            raise Conflict("The case has moved on meanwhile.")
        done.append((context.participant_id, dict(approval.payload)))
        return {"steps": len(done)}

    service.HANDLERS["test.act"] = handle
    yield done
    del service.HANDLERS["test.act"]


@pytest.fixture
def stand_in(session, acting):
    """`stand_in(world.alice, world.carol)`: carol decides in alice's place today."""

    def make(absent, colleague, *, begins=-1, days=2):
        acting(absent)
        now = datetime.now(UTC)
        row = delegations.delegate(
            session, context=absent.context, to_id=colleague.context.participant_id,
            starts_at=now + timedelta(days=begins), ends_at=now + timedelta(days=begins + days),
        )  # fmt: skip
        session.commit()
        return row

    return make


def test_what_is_approved_is_done_in_the_same_breath(world, ask, decide, act, heard, session, acting):
    row = ask(world.carol, reason="The customer waits")
    decided = decide(world.alice, row, note="Agreed")
    assert act == [(world.alice.context.participant_id, {"step": "offer"})]
    assert (decided.state, decided.result, decided.decision_note) == ("approved", {"steps": 1}, "Agreed")
    assert heard == [("approval.requested", None), ("approval.decided", "approved")]
    acting(world.alice)
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == row.id).order_by(AuditEntry.id))
    assert list(actions) == ["approval.requested", "approval.approved"]


def test_what_is_refused_is_not_done_and_says_why(world, ask, decide, act):
    row = ask(world.carol)
    with pytest.raises(Invalid) as refused:
        decide(world.alice, row, approve=False)
    assert refused.value.field == "note"
    assert decide(world.alice, row, approve=False, note="The offer has ended").state == "refused"
    assert act == []


def test_what_the_act_refuses_undoes_the_decision(world, ask, decide, act, session, acting):
    row = ask(world.carol, payload={"fault": True})
    with pytest.raises(Conflict, match="moved on"):
        decide(world.alice, row)
    session.rollback()
    acting(world.alice)
    kept = session.execute(select(Approval.state, Approval.decided_by).where(Approval.id == row.id)).one()
    assert tuple(kept) == ("requested", None)


def test_nobody_decides_on_their_own_request(world, ask, decide):
    row = ask(world.alice)
    with pytest.raises(Denied, match="someone else"):
        decide(world.alice, row)


def test_the_database_refuses_it_too(world, ask, session, acting):
    row = ask(world.alice)
    acting(world.alice)
    own = update(Approval).where(Approval.id == row.id).values(decided_by=world.alice.context.participant_id)
    with pytest.raises(IntegrityError, match="second_person"):
        session.execute(own)


def test_who_lacks_the_permission_does_not_decide(world, ask, decide):
    with pytest.raises(Denied, match="role"):
        decide(world.carol, ask(world.alice))


def test_of_two_people_the_second_is_told(world, ask, decide):
    row = ask(world.bob, permission="engagement.read")
    seen = row.version
    decide(world.alice, row, version=seen)
    with pytest.raises(Stale, match="no longer open"):
        decide(world.carol, row, approve=False, note="No", version=seen)


def test_who_saw_an_older_version_is_told(world, ask, decide):
    row = ask(world.carol)
    with pytest.raises(Stale, match="changed since"):
        decide(world.alice, row, version=row.version + 1)


def test_a_delegate_decides_with_the_permissions_of_the_absent(world, ask, decide, stand_in):
    row = ask(world.bob)
    with pytest.raises(Denied):
        decide(world.carol, row)
    stand_in(world.alice, world.carol)
    decided = decide(world.carol, row)
    assert decided.decided_by == world.carol.context.participant_id
    assert decided.decided_for == world.alice.context.participant_id


def test_a_delegate_decides_neither_on_their_own_requests_nor_on_those_of_the_absent(world, ask, decide, stand_in):
    stand_in(world.alice, world.carol)
    with pytest.raises(Denied, match="someone else"):
        decide(world.carol, ask(world.carol))
    with pytest.raises(Denied, match="third person"):
        decide(world.carol, ask(world.alice))
    with pytest.raises(Denied, match="third person"):
        decide(world.carol, ask(world.alice, permission="customer.write"))


@pytest.mark.parametrize(("begins", "days"), [(1, 2), (-3, 4)])
def test_a_delegation_holds_in_its_days_only(world, ask, decide, stand_in, session, acting, begins, days):
    row = stand_in(world.alice, world.carol, begins=begins, days=days)
    if begins < 0:
        acting(world.alice)
        delegations.end_delegation(session, context=world.alice.context, delegation_id=row.id)
        session.commit()
    with pytest.raises(Denied):
        decide(world.carol, ask(world.bob))


def test_one_stands_in_on_ones_own_side_only(world, stand_in, session):
    with pytest.raises(Invalid, match="own side"):
        stand_in(world.alice, world.bob)
    session.rollback()
    with pytest.raises(Invalid, match="own side"):
        stand_in(world.bob, world.alice)
    session.rollback()
    with pytest.raises(Invalid, match="yourself"):
        stand_in(world.alice, world.alice)
    session.rollback()
    with pytest.raises(Invalid, match="92 days"):
        stand_in(world.alice, world.carol, days=93)
    session.rollback()
    stand_in(world.alice, world.carol)
    with pytest.raises(Conflict, match="already stands in"):
        stand_in(world.alice, world.carol)


def test_only_the_absent_ends_a_delegation(world, stand_in, session, acting):
    row = stand_in(world.alice, world.carol)
    acting(world.carol)
    with pytest.raises(NotFound):
        delegations.end_delegation(session, context=world.carol.context, delegation_id=row.id)


def test_who_asked_may_withdraw_and_nobody_else(world, ask, decide, session, acting):
    row = ask(world.carol)
    acting(world.alice)
    with pytest.raises(Denied):
        service.withdraw(session, context=world.alice.context, approval_id=row.id, version=row.version)
    session.rollback()
    acting(world.carol)
    service.withdraw(session, context=world.carol.context, approval_id=row.id, version=row.version)
    session.commit()
    with pytest.raises(Stale):
        decide(world.alice, row)


def test_a_request_that_nobody_decides_expires_once(world, app, ask, decide, heard, session, acting):
    row = ask(world.carol, expires_in=timedelta(seconds=-1))
    with pytest.raises(Conflict, match="time to decide is over"):
        decide(world.alice, row)
    session.rollback()
    acting(world.alice)
    assert service.open_for(session, (row.subject_type, row.subject_id)) is None
    session.rollback()
    work_off(app, tenant_id=world.tenant_id)
    assert work_off(app, tenant_id=world.tenant_id) == 0
    assert [name for name, _ in heard] == ["approval.requested", "approval.expired"]
    acting(world.alice)
    assert session.scalar(select(Approval.state).where(Approval.id == row.id)) == "expired"


def test_what_was_decided_in_time_does_not_expire(world, app, ask, decide, heard, session):
    row = ask(world.carol, expires_in=timedelta(seconds=1))
    decide(world.alice, row)
    from core.approvals.expiry import expire
    from core.db import scope

    scope.enter(session, world.alice.context)
    assert not expire(session, context=world.alice.context, approval_id=row.id)
    assert [name for name, _ in heard] == ["approval.requested", "approval.decided"]


def test_the_same_is_not_asked_twice(world, ask, session, acting):
    subject = ("case", new_id())
    first = ask(world.carol, subject=subject)
    with pytest.raises(Conflict, match=str(first.number)):
        ask(world.alice, subject=subject)
    session.rollback()
    ask(world.alice, subject=subject, payload={"step": "close"})
    acting(world.alice)
    found = service.open_for(session, subject, kind="test.act")
    assert found is not None
    assert found.payload == {"step": "close"}


def test_a_title_takes_no_free_text(world, session, acting):
    acting(world.carol)
    with pytest.raises(TypeError, match="free text"):
        service.request(
            session, context=world.carol.context, kind="test.act", permission="x", message="%(name)s",
            values={"name": "吴敏华"}, subject=("case", new_id()), payload={},
        )  # fmt: skip


def test_a_provider_sees_only_what_its_engagement_asked(world, ask, decide, session, acting):
    ours, theirs = ask(world.dan, permission="case.transition"), ask(world.carol, permission="case.transition")
    with pytest.raises(NotFound):
        decide(world.bob, theirs)
    session.rollback()
    assert decide(world.bob, ours).state == "approved"
    acting(world.bob)
    assert session.scalars(select(Approval.id)).all() == [ours.id]
    assert session.scalars(select(ApprovalDelegation.id)).all() == []
