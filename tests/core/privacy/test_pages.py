"""The pages of reveals: asked, shown, covered; who saw what; a grant stopped at once and released by somebody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from core.audit.models import AuditEntry
from core.customers import service as customers
from core.db import scope
from core.db.base import db
from core.engagements.models import DataGrant
from core.engagements.service import lease_customers
from core.identity import people
from core.identity.models import Participant
from core.privacy.models import GrantFreeze, RevealEvent
from tests.core.privacy.conftest import PHONE, SPOKEN, give_case

ASKED = {"field": "phone", "reason": "call_back"}


@pytest.fixture
def customer(app: Flask, world: Any) -> Callable[..., UUID]:
    """A customer lent to dan, with or without a case in his hands; committed, and no session left open."""

    def make(*, worked: bool = True) -> UUID:
        with app.app_context():
            session, alice = db.session(), world.alice.context
            scope.enter(session, alice)
            values = {"name": "吴敏", "phone": PHONE}
            customer_id = customers.create_customer(session, context=alice, values=values).id
            lease_customers(
                session, context=alice, engagement_id=world.engagement_id, customer_ids=[customer_id],
                purpose="retention", expires_at=datetime.now(UTC) + timedelta(days=30),
            )  # fmt: skip
            session.commit()
            if worked:
                view = app.extensions["kehub"]["catalog"].view(alice.enabled)
                scope.enter(session, world.bob.context)
                give_case(session, view=view, bob=world.bob, to=world.dan, customer_id=customer_id)
                session.commit()
            db.session.remove()
        return customer_id

    return make


@pytest.fixture
def left(customer: Callable[..., UUID]) -> UUID:
    return customer()


@pytest.fixture
def grant_id(outside: Session, world: Any) -> UUID:
    scope.enter(outside, world.alice.context)
    found = outside.scalars(select(DataGrant.id)).one()
    outside.rollback()
    return found


@pytest.fixture
def rows(outside: Session, world: Any) -> Callable[..., Any]:
    def read(model: Any, **values: Any) -> Any:
        outside.rollback()
        scope.enter(outside, world.carol.context)
        return outside.scalars(select(model).filter_by(**values)).all()

    return read


@pytest.fixture
def dpo(outside: Session, world: Any) -> Any:
    """Carol, as data protection officer too."""
    scope.enter(outside, world.alice.context)
    carol = outside.scalars(select(Participant).where(Participant.id == world.carol.context.participant_id)).one()
    people.give(outside, person=carol, grants=[people.usual("dpo", "client")])
    outside.commit()
    return world.carol


def bare(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


def test_the_value_is_asked_for_shown_once_and_kept_by_no_browser(world, left, in_english):
    dan = in_english(world.dan)
    page = dan.get(f"/customers/{left}")
    assert f"/customers/{left}/reveal?field=phone" in page.text
    form = dan.get(f"/customers/{left}/reveal?field=phone")
    assert PHONE not in bare(form.text)
    assert "the client sees your name" in form.text
    with capture_logs() as logged:
        shown = dan.post(f"/customers/{left}/reveal", data=ASKED)
    assert shown.status_code == 200
    assert f"<output>{SPOKEN}</output>" in shown.text
    assert "data-until" in shown.text
    assert len(re.findall(r"<span>\d+ · ", shown.text)) == 12
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Refresh"].startswith("60; url=/t/")
    assert PHONE[1:] not in bare(str(shown.headers) + str(logged))
    assert PHONE not in bare(dan.get(f"/customers/{left}").text)


def test_a_refusal_says_why_and_what_to_do(world, customer, rows, in_english):
    idle = customer(worked=False)
    dan = in_english(world.dan)
    refused = dan.post(f"/customers/{idle}/reveal", data=ASKED)
    assert refused.status_code == 403
    assert "Take a case first" in refused.text
    assert PHONE not in bare(refused.text)
    assert len(rows(AuditEntry, action="reveal.refused", subject_id=idle)) == 1
    assert rows(RevealEvent) == []


def test_a_form_without_a_reason_comes_back(world, left, in_english):
    refused = in_english(world.dan).post(f"/customers/{left}/reveal", data={**ASKED, "reason": ""})
    assert refused.status_code == 422
    assert "Choose why you need to see it." in refused.text


def test_over_rest_the_answer_says_until_when_and_is_kept_under_no_key(world, left, api):
    dan = api(world.dan)
    body = {"customer_id": str(left), **ASKED}
    first = dan.post("/reveals", body, key="one")
    again = dan.post("/reveals", body, key="one")
    assert (first.status_code, first.json["value"]) == (201, SPOKEN)
    assert first.json["until"] > first.json["shown_at"]
    assert again.json["id"] != first.json["id"]
    refused = dan.post("/reveals", {**body, "field": "phone", "work_id": str(left)})
    assert (refused.status_code, refused.json["code"]) == (403, "gate_denied")


def test_the_client_reads_who_saw_what_and_a_provider_does_not(world, left, in_english):
    in_english(world.dan).post(f"/customers/{left}/reveal", data={**ASKED, "note": "at 13912341369"})
    carol, dan = in_english(world.carol), in_english(world.dan)
    for address in ("/reveals", f"/reveals/people/{world.dan.context.participant_id}"):
        page = carol.get(address).text
        assert "Call the customer back" in page, address
        assert dan.get(address).status_code == 403
    seen = carol.get(f"/customers/{left}/seen").text
    assert "Saw in clear: Phone" in seen
    carol.get(f"/customers/{left}")
    opened = carol.get(f"/customers/{left}/seen").text
    assert "<td>Opened the customer</td>" in opened  # no badge: nothing was seen in clear
    assert "Dan" in seen
    assert dan.get(f"/customers/{left}/seen").status_code == 403
    assert "1 person" in carol.get("/reveals").text


def test_a_frozen_grant_stops_at_once_and_another_person_releases_it(world, left, grant_id, dpo, rows, in_english):
    dan, alice, second = in_english(world.dan), in_english(world.alice), in_english(dpo)
    assert dan.post(f"/customers/{left}/reveal", data=ASKED).status_code == 200
    assert alice.post(f"/grants/{grant_id}/freeze", data={"reason": ""}).status_code == 422
    assert alice.post(f"/grants/{grant_id}/freeze", data={"reason": "unusual reveals"}).status_code == 303
    stopped = dan.post(f"/customers/{left}/reveal", data=ASKED)
    assert (stopped.status_code, "The grant is frozen" in stopped.text) == (403, True)
    assert alice.post(f"/grants/{grant_id}/freeze", data={"reason": "again"}).status_code == 409
    (frozen,) = rows(GrantFreeze)
    own = alice.post(f"/freezes/{frozen.id}/lift", data={"reason": "looked at"})
    assert (own.status_code, "somebody else releases it" in own.text) == (409, True)
    assert second.post(f"/freezes/{frozen.id}/lift", data={"reason": "looked at"}).status_code == 303
    assert dan.post(f"/customers/{left}/reveal", data=ASKED).status_code == 200
    assert [each.action for each in rows(AuditEntry, subject_id=grant_id) if each.action.startswith("grant.")][-2:] == [
        "grant.frozen", "grant.released",
    ]  # fmt: skip


def test_a_frozen_grant_masks_what_it_showed_clear(world, left, grant_id, outside, rows, in_english):
    scope.enter(outside, world.alice.context)
    outside.get(DataGrant, (world.tenant_id, grant_id)).fields = {"phone": "clear"}
    outside.commit()
    dan, alice = in_english(world.dan), in_english(world.alice)
    assert SPOKEN in dan.get(f"/customers/{left}").text
    alice.post(f"/grants/{grant_id}/freeze", data={"reason": "leak"})
    assert PHONE not in bare(dan.get(f"/customers/{left}").text)


def test_who_may_not_freeze_is_refused(world, left, grant_id, in_english):
    assert in_english(world.carol).post(f"/grants/{grant_id}/freeze", data={"reason": "x"}).status_code == 403
    assert in_english(world.dan).post(f"/grants/{grant_id}/freeze", data={"reason": "x"}).status_code == 403
