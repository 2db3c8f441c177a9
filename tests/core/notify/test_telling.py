"""People are told once, on their own side of the wall, as they wish, and never of their own act."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from core.approvals import delegations
from core.approvals import service as approvals
from core.db import scope
from core.db.base import new_id
from core.errors import Invalid, NotFound
from core.notify import delivery, heard, queries, service
from core.notify.kinds import KINDS
from core.notify.models import Notification
from core.notify.people import Person
from core.testing.jobs import work_off


def key(person):
    return person.context.participant_id


def test_the_person_named_is_told_and_nobody_else(world, tell, told):
    tell(world.alice, participants=[key(world.dan)])
    assert [row.values for row in told(world.dan)] == [{"number": 1007}]
    assert [told(each) for each in (world.alice, world.carol, world.bob)] == [[], [], []]


def test_a_providers_act_tells_the_client(world, tell, told):
    tell(world.dan, role="client_manager")
    assert len(told(world.carol)) == 1


def test_a_role_is_told_on_the_clients_side_and_in_the_engagement_named(world, tell, told):
    tell(world.alice, role="provider_manager")
    assert told(world.bob) == []
    tell(world.alice, role="provider_manager", engagement_id=world.engagement_id)
    assert len(told(world.bob)) == 1


def test_a_permission_reaches_everybody_who_has_it(world, tell, told):
    tell(world.alice, permission="gate.decide", engagement_id=world.engagement_id)
    assert [len(told(each)) for each in (world.alice, world.carol, world.bob, world.dan)] == [0, 1, 1, 1]


def test_nobody_is_told_of_their_own_act(world, tell, told):
    tell(world.alice, participants=[key(world.alice), key(world.carol)])
    assert (told(world.alice), len(told(world.carol))) == ([], 1)
    tell(world.alice, participants=[key(world.alice)], actor_too=True)
    assert len(told(world.alice)) == 1


def test_one_cause_is_told_once(world, tell, told, mails, wish):
    wish(world.dan, mail="now")
    for _ in range(2):
        tell(world.alice, cause="case.assigned:7", participants=[key(world.dan)])
    assert (len(told(world.dan)), len(mails())) == (1, 1)


def test_an_act_that_is_undone_tells_nobody(world, session, acting, app, told):
    context = acting(world.alice)
    service.tell(session, context=context, kind="case.assigned", values={"number": 1}, subject=("case", new_id()),
                 cause="undone", participants=[key(world.dan)])  # fmt: skip
    session.rollback()
    assert work_off(app, tenant_id=world.tenant_id) == 0


@pytest.mark.parametrize(
    "value", ["吴敏华", "Wu Minhua", "13912341369", "wu@example.com", ["telecom.x"], {"name": "Wu"}]
)
def test_free_text_is_no_value_of_a_message(world, session, acting, value):
    context = acting(world.alice)
    with pytest.raises(TypeError, match="free text"):
        service.tell(session, context=context, kind="case.assigned", values={"number": value},
                     subject=("case", new_id()), cause="x", participants=[key(world.dan)])  # fmt: skip


def test_the_database_shows_a_provider_no_notice_of_the_client(world, tell, session, acting):
    tell(world.alice, participants=[key(world.carol), key(world.dan)])
    acting(world.bob)
    assert session.scalars(select(Notification.participant_id)).all() == [key(world.dan)]


def test_what_is_read_is_counted_no_more(world, tell, told, session, acting):
    for _ in range(3):
        tell(world.alice, participants=[key(world.dan)])
    first = told(world.dan)[0].id
    context = acting(world.dan)
    service.mark_read(session, context=context, notification_id=first)
    assert queries.unread_count(session, context=context) == 2
    assert service.mark_all_read(session, context=context, until=datetime.now(UTC)) == 2
    assert queries.unread_count(session, context=context) == 0
    session.commit()
    context = acting(world.bob)
    with pytest.raises(NotFound):
        service.mark_read(session, context=context, notification_id=first)


def test_what_came_meanwhile_stays_unread(world, tell, session, acting):
    seen = datetime.now(UTC)
    tell(world.alice, participants=[key(world.dan)])
    context = acting(world.dan)
    assert service.mark_all_read(session, context=context, until=seen) == 0
    assert queries.unread_count(session, context=context) == 1


def test_the_bell_asks_one_statement_that_uses_its_index(world, tell, session, acting):
    tell(world.alice, participants=[key(world.dan)])
    for person in (world.alice, world.dan):
        context = acting(person)
        session.execute(text("SET LOCAL enable_seqscan = off").execution_options(**scope.RLS_ONLY))
        plan = session.scalars(
            text("EXPLAIN SELECT count(*) FROM (SELECT id FROM notification WHERE participant_id = :me AND tenant_id = :t"
                 " AND read_at IS NULL LIMIT 100) unread").execution_options(**scope.RLS_ONLY),
            {"me": key(person), "t": context.tenant_id},
        ).all()  # fmt: skip
        assert "ix_notification_unread" in "\n".join(plan)


def test_a_wish_without_bell_is_not_counted(world, tell, told, wish, session, acting):
    wish(world.dan, bell=False, mail="off")
    tell(world.alice, participants=[key(world.dan)])
    assert told(world.dan) == []
    wish(world.dan, bell=False, mail="daily")
    tell(world.alice, participants=[key(world.dan)])
    assert queries.unread_count(session, context=acting(world.dan)) == 0


def test_a_wish_that_is_none_is_refused(world, wish):
    with pytest.raises(Invalid):
        wish(world.dan, "case.dreamt")
    with pytest.raises(Invalid):
        wish(world.dan, mail="hourly")


def test_who_may_decide_hears_of_a_request_and_who_asked_of_the_decision(world, app, session, acting, told):
    asked = _ask(world.dan, session, acting, permission="vertical.configure")
    work_off(app, tenant_id=world.tenant_id)
    assert [[row.kind for row in told(each)] for each in world.people] == [["approval.requested"], [], [], []]
    alice = acting(world.alice)
    approvals.decide(session, context=alice, approval_id=asked.id, version=1, approve=False, note="Not now")
    session.commit()
    work_off(app, tenant_id=world.tenant_id)
    assert [(row.kind, row.tone) for row in told(world.dan)] == [("approval.decided", "warn")]


def test_who_stands_in_hears_of_it_too(world, app, session, acting, told):
    alice, now = acting(world.alice), datetime.now(UTC)
    delegations.delegate(session, context=alice, to_id=key(world.carol), starts_at=now - timedelta(hours=1),
                         ends_at=now + timedelta(days=1))  # fmt: skip
    session.commit()
    _ask(world.dan, session, acting, permission="vertical.configure")
    work_off(app, tenant_id=world.tenant_id)
    assert [len(told(each)) for each in world.people] == [1, 1, 0, 0]
    _ask(world.alice, session, acting, permission="vertical.configure")  # carol may not decide on that
    work_off(app, tenant_id=world.tenant_id)
    assert [len(told(each)) for each in world.people] == [1, 1, 0, 0]


def test_a_request_that_expires_is_told_to_who_asked(world, app, session, acting, told):
    _ask(world.dan, session, acting, permission="vertical.configure", expires_in=timedelta(seconds=-1))
    work_off(app, tenant_id=world.tenant_id)
    assert [row.kind for row in told(world.dan)] == ["approval.expired"]


def _ask(person, session, acting, **more):
    context = acting(person)
    row = approvals.request(session, context=context, kind="test.act", message="Act %(number)s", values={"number": 7},
                            subject=("case", new_id()), payload={}, **more)  # fmt: skip
    session.expunge(row)
    session.commit()
    return row


@pytest.fixture
def clock(world):
    """An event as a clock tells it, of a case that `heard.SUBJECTS` knows."""

    def make(name="clock.breached", *, about, roles=(), to_assignee=True, told_for=None):
        heard.SUBJECTS["case"] = lambda _session, _event, _id: about
        return SimpleNamespace(
            name=name, context=world.alice.context, subject=new_id(), case_id=new_id(), record_id=None, percent=100,
            due_at=datetime(2026, 3, 1, tzinfo=UTC), told_for=told_for or datetime.now(UTC), roles=roles,
            to_assignee=to_assignee,
        )  # fmt: skip

    known = dict(heard.SUBJECTS)
    yield make
    heard.SUBJECTS.update(known)


def test_a_breach_is_told_to_who_has_the_case_and_to_the_timers_roles(world, app, session, acting, told, clock):
    about = heard.About(
        number=1007, label={"en": "Complaint"}, people=[key(world.dan)], engagement_id=world.engagement_id
    )
    acting(world.alice)
    heard.on_clock(session, clock(about=about, roles=["provider_manager"]))
    session.commit()
    work_off(app, tenant_id=world.tenant_id)
    assert [[row.kind for row in told(each)] for each in (world.dan, world.bob, world.carol)] == [
        ["clock.breached"], ["clock.breached"], [],
    ]  # fmt: skip


def test_a_breach_that_nobody_has_is_told_to_the_managers(world, app, session, acting, told, clock):
    acting(world.alice)
    heard.on_clock(session, clock(about=heard.About(number=7, label={"en": "Complaint"})))
    session.commit()
    work_off(app, tenant_id=world.tenant_id)
    assert [row.values["name"] for row in told(world.carol)] == [{"en": "Complaint"}]


def test_a_finding_is_told_to_the_managers(world, app, session, acting, told, clock):
    acting(world.alice)
    finding = SimpleNamespace(
        name="finding.raised", context=world.alice.context, subject=new_id(), number=12, rule="core.ungated",
        about_type="interaction", about_id=new_id(),
    )  # fmt: skip
    heard.on_finding(session, finding)
    session.commit()
    work_off(app, tenant_id=world.tenant_id)
    assert [row.values for row in told(world.carol)] == [{"number": 12, "rule": "core.ungated"}]


def test_an_import_is_told_to_who_started_it(world, app, session, acting, told):
    acting(world.alice)
    event = SimpleNamespace(context=world.alice.context, subject=new_id(), counts={"created": 5, "rejected": 2})
    heard.on_import(session, event)
    session.commit()
    work_off(app, tenant_id=world.tenant_id)
    assert [(row.values, row.tone) for row in told(world.alice)] == [
        ({"created": 5, "updated": 0, "failed": 2}, "warn")
    ]


def test_the_morning_is_eight_oclock_where_the_person_lives():
    person = Person(id=new_id(), party="client", engagement_id=None, name="Alice", zone="America/New_York")
    night = datetime(2026, 3, 7, 23, 30, tzinfo=ZoneInfo("America/New_York"))
    assert person.next_morning(night).isoformat() == "2026-03-08T08:00:00-04:00"  # the clocks went forward meanwhile
    assert person.next_morning(night - timedelta(hours=16)).isoformat() == "2026-03-07T08:00:00-05:00"


def test_the_digest_lists_what_is_wanted_daily_and_not_read(world, tell, told, mails, wish, session, acting):
    wish(world.dan, mail="daily")
    wish(world.dan, "case.commented", mail="off")
    for number in (7001, 7002):
        tell(world.alice, values={"number": number}, participants=[key(world.dan)])
    tell(world.alice, kind="case.commented", values={"number": 7003}, participants=[key(world.dan)])
    read = told(world.dan)[0].id
    service.mark_read(session, context=acting(world.dan), notification_id=read)
    session.commit()
    assert mails() == []
    assert _digest(world, session)
    (mail,) = mails()
    assert [number in mail.body for number in ("7001", "7002", "7003")] == [False, True, False]
    assert "1" in mail.subject
    assert not _digest(world, session)  # the same morning again
    assert not _digest(world, session, now=datetime.now(UTC) + timedelta(days=1))  # nothing new since


def _digest(world, session, *, now=None):
    system = world.alice.context
    session.rollback()
    scope.enter(session, system)
    made = delivery.digest(session, context=system, participant_id=key(world.dan), now=now) is not None
    session.commit()
    return made


def test_every_kind_says_its_message_with_the_values_it_is_told_with():
    assert all(kind.label.keys() == {"zh-CN", "en"} and kind.message for kind in KINDS.values())
