"""Requests that people of the two parties make."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.approvals import service
from core.db.base import new_id

MESSAGE = "Case %(number)s: step %(step)s"


@pytest.fixture
def ask(session, acting):
    """`ask(world.carol)` makes a committed request that people with `vertical.configure` decide on."""

    def make(person, *, permission="vertical.configure", kind="test.act", expires_in=timedelta(days=3), **more):
        acting(person)
        values = {"number": 1007, "step": {"zh-CN": "挽留", "en": "Offer"}}
        row = service.request(
            session, context=person.context, kind=kind, permission=permission, message=MESSAGE, values=values,
            subject=more.pop("subject", ("case", new_id())), payload=more.pop("payload", {"step": "offer"}),
            expires_in=expires_in, **more,
        )  # fmt: skip
        session.expunge(row)  # as it was; later transactions are other people's
        session.commit()
        return row

    return make


@pytest.fixture
def decide(session, acting):
    def make(person, row, *, approve=True, note=None, version=None):
        acting(person)
        done = service.decide(
            session, context=person.context, approval_id=row.id, approve=approve, note=note,
            version=row.version if version is None else version,
        )  # fmt: skip
        session.expunge(done)
        session.commit()
        return done

    return make
