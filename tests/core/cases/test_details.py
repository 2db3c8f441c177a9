"""Who has a case, how severe it is, and what is said about it: each side by its own, and nothing across."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from core.cases import details, queries
from core.cases.models import Case
from core.errors import Conflict, Denied, Invalid, Stale
from core.identity.roles import permissions_of
from core.notify.models import Notification
from core.testing.jobs import work_off


@pytest.fixture
def version(session):
    return lambda case_id: session.scalar(select(Case.version).where(Case.id == case_id))


@pytest.fixture
def assign(session, acting, version):
    def give(case_id, to, *, by, **changed):
        context = replace(acting(by), **changed)
        at = version(case_id)
        person = to.context.participant_id if to is not None else None
        case = details.assign(session, context=context, case_id=case_id, version=at, assignee_id=person)
        session.commit()
        return case

    return give


@pytest.fixture
def shared(planted, world):
    """A case that the provider's agent opened: both sides see it."""
    return planted(by=world.dan)[1]


def test_a_manager_gives_a_case_to_a_person_of_the_own_side_who_is_told(app, session, world, acting, assign, shared):
    assert assign(shared, world.dan, by=world.bob).assignee_id == world.dan.context.participant_id
    work_off(app, tenant_id=world.tenant_id)
    acting(world.alice)
    told = session.scalars(select(Notification).where(Notification.kind == "case.assigned")).all()
    assert [each.participant_id for each in told] == [world.dan.context.participant_id]


@pytest.mark.parametrize(("by", "to"), [("bob", "carol"), ("carol", "dan")])
def test_nobody_gives_a_case_to_the_other_side(world, assign, shared, by, to):
    with pytest.raises(Invalid, match="your own side"):
        assign(shared, getattr(world, to), by=getattr(world, by))


def test_an_agent_takes_a_free_case_and_lets_go_of_it_but_not_of_anothers(world, assign, shared):
    assign(shared, world.dan, by=world.dan)
    assign(shared, None, by=world.dan)
    assign(shared, world.bob, by=world.bob)
    with pytest.raises(Denied, match="A manager assigns"):
        assign(shared, world.dan, by=world.dan)


def test_who_may_only_read_assigns_nothing(world, assign, shared):
    with pytest.raises(Denied):
        assign(shared, world.carol, by=world.carol, permissions=frozenset({"case.read"}))


def test_severity_and_title_are_changed_once_by_whoever_is_first(session, world, acting, planted, version):
    view, case_id = planted()
    context = acting(world.carol)
    looked_at = version(case_id)
    given = {"context": context, "view": view, "case_id": case_id, "version": looked_at}
    case = details.change(session, severity="urgent", title="Roses", values={"why": "spring"}, **given)
    assert (case.severity, case.title, case.attributes) == ("urgent", "Roses", {"garden": {"why": "spring"}})
    with pytest.raises(Stale):
        details.change(session, severity="low", **given)
    with pytest.raises(Invalid):
        details.change(session, severity="boring", **{**given, "version": case.version})


def test_nothing_is_changed_on_a_closed_case_but_a_word_may_be_said(session, world, acting, planted, version):
    from core.cases import service

    view, case_id = planted(workflow="garden.watering")
    context = acting(world.carol)
    service.take_step(
        session, context=context, view=view, case_id=case_id, version=version(case_id), transition="water"
    )
    given = {"context": context, "case_id": case_id, "version": version(case_id)}
    with pytest.raises(Conflict):
        details.change(session, view=view, severity="low", **given)
    with pytest.raises(Conflict):
        details.assign(session, assignee_id=context.participant_id, **given)
    details.comment(session, context=context, case_id=case_id, audience="shared", body="Done and dusted.")


@pytest.fixture
def say(session, acting):
    def comment(case_id, body, *, by, audience):
        details.comment(session, context=acting(by), case_id=case_id, audience=audience, body=body)
        session.commit()

    return comment


def test_internal_comments_stay_on_their_own_side_in_both_directions(session, world, acting, shared, say):
    say(shared, "ours", by=world.carol, audience="internal")
    say(shared, "for both", by=world.carol, audience="shared")
    say(shared, "theirs", by=world.dan, audience="internal")
    say(shared, "for both too", by=world.dan, audience="shared")
    read = {}
    for person in (world.carol, world.bob):
        context = acting(person)
        rows = queries.comments_of(session, context=context, case_id=shared)
        read[context.party] = [row.body for row in rows]
    assert read == {
        "client": ["ours", "for both", "for both too"],
        "provider": ["for both", "theirs", "for both too"],
    }


def test_a_comment_is_told_to_who_has_the_case_if_they_may_read_it(app, session, world, acting, assign, shared, say):
    assign(shared, world.dan, by=world.bob)
    say(shared, "between us", by=world.carol, audience="internal")
    say(shared, "please call", by=world.carol, audience="shared")
    say(shared, "called", by=world.dan, audience="shared")
    work_off(app, tenant_id=world.tenant_id)
    acting(world.alice)
    told = session.scalars(select(Notification).where(Notification.kind == "case.commented")).all()
    assert [each.participant_id for each in told] == [world.dan.context.participant_id]


@pytest.mark.parametrize(("body", "audience"), [("  ", "shared"), ("x" * 4001, "shared"), ("hello", "everybody")])
def test_an_empty_or_endless_comment_or_one_for_nobody_is_refused(world, shared, say, body, audience):
    with pytest.raises(Invalid):
        say(shared, body, by=world.carol, audience=audience)


def test_managers_assign_and_approve_and_agents_do_not():
    for role in ("client_admin", "client_manager", "provider_manager"):
        assert {"case.assign", "case.approve"} <= permissions_of([role])
    assert not {"case.assign", "case.approve"} & permissions_of(["agent"])
