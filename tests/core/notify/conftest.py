"""People who are told, and what reached them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from core.db.base import new_id
from core.notify import service
from core.notify.models import Mail, Notification
from core.testing.jobs import work_off


@pytest.fixture
def tell(session, acting, app, world):
    """`tell(world.bob, participants=[...])` tells in a person's own transaction, and works the job off."""

    def send(person, *, kind="case.assigned", values=None, cause=None, deliver=True, **to):
        context = acting(person)
        subject = to.pop("subject", ("case", new_id()))
        service.tell(
            session, context=context, kind=kind, values={"number": 1007} if values is None else values, subject=subject,
            cause=cause or f"test:{new_id()}", **to,
        )  # fmt: skip
        session.commit()
        if deliver:
            work_off(app, tenant_id=world.tenant_id)

    return send


@pytest.fixture
def told(session, acting, world):
    """`told(world.alice)` is what stands under her bell, the oldest first, as she sees it."""

    def read(person):
        acting(person)
        rows = session.execute(
            select(Notification.id, Notification.kind, Notification.values, Notification.read_at, Notification.tone)
            .where(Notification.participant_id == person.context.participant_id)
            .order_by(Notification.created_at, Notification.id)
        ).all()
        session.rollback()
        return rows

    return read


@pytest.fixture
def mails(session, acting, world):
    """Every mail of the tenant, the oldest first."""

    def read():
        acting(world.alice)
        rows = [
            SimpleNamespace(**row._mapping)
            for row in session.execute(
                select(
                    Mail.id, Mail.subject, Mail.body, Mail.html, Mail.locale, Mail.state, Mail.attempts, Mail.error,
                    Mail.participant_id,
                ).order_by(Mail.created_at, Mail.id)
            )
        ]  # fmt: skip
        session.rollback()
        return rows

    return read


@pytest.fixture
def wish(session, acting):
    """`wish(world.alice, "case.assigned", mail="now")` sets how she wishes to be told."""

    def choose(person, kind="case.assigned", *, bell=True, mail="off"):
        context = acting(person)
        service.set_preferences(session, context=context, chosen={kind: (bell, mail)})
        session.commit()

    return choose
