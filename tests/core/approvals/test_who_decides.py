"""Who decides is another person, not another seat of the same one; who may not see a request does not learn of it."""

from __future__ import annotations

from dataclasses import replace
from threading import Event, Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.approvals import queries, service
from core.approvals.models import Approval
from core.db import scope
from core.db.base import db, new_id
from core.errors import Conflict, Denied, NotFound
from core.identity.models import Participant


def test_one_person_with_two_seats_does_not_approve_their_own_request(world, ask, decide, session, acting):
    acting(world.alice)
    user = select(Participant.user_id).where(Participant.id == world.alice.context.participant_id)
    seat = Participant(
        user_id=session.scalar(user), party="provider", engagement_id=world.engagement_id, shown_name="Alice"
    )
    session.add(seat)
    session.commit()
    there = replace(world.bob, context=replace(world.bob.context, participant_id=seat.id))
    row = ask(there)
    with pytest.raises(Denied, match="someone else decides"):
        decide(world.alice, row)


@pytest.mark.parametrize("act", ["decide", "withdraw"])
def test_who_may_not_see_a_request_does_not_learn_that_there_is_one(world, ask, session, acting, act):
    row = ask(world.alice)
    blind = replace(world.carol.context, permissions=frozenset({"approval.read"}))
    acting(world.carol)
    told = {"version": row.version + 1}
    if act == "decide":
        told["approve"] = True
    with pytest.raises(NotFound):
        getattr(service, act)(session, context=blind, approval_id=row.id, **told)


def test_of_two_who_ask_for_the_same_at_once_the_second_is_told(app, world, session, acting):
    subject = ("case", new_id())
    asked = {
        "kind": "test.twice", "permission": "vertical.configure", "message": "Case", "values": {}, "subject": subject,
        "payload": {"step": "offer"},
    }  # fmt: skip
    began, told = Event(), []

    def second():
        with app.app_context(), Session(db.engine) as other:
            scope.enter(other, world.alice.context)
            began.set()
            try:
                service.request(other, context=world.alice.context, **asked)
                other.commit()
            except Conflict as error:
                told.append(error)

    acting(world.carol)
    service.request(session, context=world.carol.context, **asked)
    thread = Thread(target=second)
    thread.start()
    assert began.wait(10)
    session.commit()
    thread.join(30)
    acting(world.alice)
    count = select(func.count()).select_from(Approval).where(Approval.subject_id == subject[1])
    assert (session.scalar(count), len(told)) == (1, 1)


def test_the_count_knows_all_that_wait_however_many_others_are_open(world, session, acting):
    acting(world.carol)
    for number in range(130):
        service.request(
            session, context=world.carol.context, kind="test.many", message="Case", values={}, payload={},
            permission="vertical.configure" if number >= 120 else "nobody.has", subject=("case", None),
        )  # fmt: skip
    session.commit()
    acting(world.alice)
    assert queries.waiting_count(session, context=world.alice.context) >= 10
