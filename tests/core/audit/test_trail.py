"""The audit trail: an act and its entry live and die together, a refusal outlives its act, and no value is ever in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.audit.models import AuditEntry
from core.contacts import people as contact_people
from core.contacts import service as contacts
from core.customers import service as customers
from core.db import scope
from core.db.scope import ScopeError
from core.engagements import service as engagements
from core.identity import service as identity
from core.tenants.models import Unit
from core.testing.people import World, make_world


def entries(session: Session, world: World, *actions: str) -> list[AuditEntry]:
    session.rollback()
    scope.enter(session, world.alice.context)
    asked = select(AuditEntry).order_by(AuditEntry.sequence)
    found = session.scalars(asked.where(AuditEntry.action.in_(actions)) if actions else asked).all()
    return list(found)


def note(session: Session, world: World) -> None:
    audit.append(
        session,
        context=world.alice.context,
        action="unit.created",
        subject=("unit", None),
        fields=["name", "key"],
        details={"count": 1},
    )


def test_an_entry_says_who_did_what_to_which_fields_of_what(session: Session, world: World) -> None:
    scope.enter(session, world.alice.context)
    note(session, world)
    session.commit()
    (entry,) = entries(session, world, "unit.created")
    assert (entry.outcome, entry.party, entry.subject_type) == ("done", "client", "unit")
    assert entry.participant_id == world.alice.context.participant_id
    assert entry.fields == ["key", "name"]
    assert entry.details == {"count": 1}
    assert abs(entry.occurred_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_an_act_that_is_undone_leaves_no_entry(session: Session, world: World) -> None:
    scope.enter(session, world.alice.context)
    session.add(Unit(key="north", name="North"))
    note(session, world)
    session.rollback()
    assert entries(session, world, "unit.created") == []


def test_an_entry_is_never_changed_or_removed(session: Session, world: World) -> None:
    scope.enter(session, world.alice.context)
    note(session, world)
    session.commit()
    for statement in ("UPDATE audit_entry SET action = 'nothing'", "DELETE FROM audit_entry"):
        scope.enter(session, world.alice.context)
        with pytest.raises(ProgrammingError, match="permission denied"):
            session.execute(text(statement).execution_options(**scope.RLS_ONLY))
        session.rollback()
    assert len(entries(session, world, "unit.created")) == 1


def test_an_entry_is_not_written_into_another_tenants_trail(session: Session, world: World, app: Any) -> None:
    other = make_world(app, verticals=())
    scope.enter(session, world.alice.context)
    with pytest.raises(ScopeError, match="of another tenant"):
        note(session, other)


def test_a_refusal_outlives_the_act_that_was_refused(
    session: Session, world: World, sign_in: Callable[[Any], Any]
) -> None:
    refused = sign_in(world.dan).get("/verticals")
    assert refused.status_code == 403
    (entry,) = entries(session, world, "vertical.read")
    assert (entry.outcome, entry.reason, entry.party) == ("denied", "permission", "provider")
    assert entry.participant_id == world.dan.context.participant_id
    assert entry.engagement_id == world.engagement_id
    assert entry.details == {"endpoint": "tenants.verticals"}


def test_a_wrong_password_is_in_the_trail_of_each_client_that_the_person_may_enter(
    session: Session, world: World, client: Any
) -> None:
    client.post(
        "/login", data={"email": world.dan.email, "password": "not this one"}, base_url="https://localhost",
        headers={"Sec-Fetch-Site": "same-origin"},
    )  # fmt: skip
    (entry,) = entries(session, world, "session.refused")
    assert (entry.outcome, entry.reason) == ("denied", "wrong_password")
    assert (entry.participant_id, entry.engagement_id) == (world.dan.context.participant_id, world.engagement_id)


def test_a_refusal_by_the_api_is_noted_too(session: Session, world: World, client: Any) -> None:
    scope.enter(session, world.alice.context)
    assert world.carol.context.participant_id is not None
    _, token = identity.issue_token(
        session, participant_id=world.carol.context.participant_id, name="narrow", scopes=["case.read"]
    )
    session.commit()
    answer = client.get("/api/v1/customers", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    (entry,) = entries(session, world, "customer.read")
    assert (entry.outcome, entry.participant_id) == ("denied", world.carol.context.participant_id)


def test_a_refused_act_is_undone_though_its_refusal_is_kept(
    session: Session, world: World, sign_in: Callable[[Any], Any]
) -> None:
    """A write from another site is refused before anything is done."""
    alice = sign_in(world.alice)
    answer = alice.client.post(
        alice.url("/verticals/telecom"), data={"enabled": "0"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    session.rollback()
    found = identity.session_context(session, token=_token(session, world), workspace=world.slug)
    assert found is not None
    assert "telecom" in found.enabled


def _token(session: Session, world: World) -> str:
    visit = identity.Visit(peer="audit", previous=None, agent="", hours=1)
    return identity.sign_in(session, address=world.alice.email, password=world.alice.password, visit=visit)


CLEAR = {
    "name": "Quillon Zephyrine",
    "phone": "+8613970204417",
    "email": "quillon.zephyrine@example.com",
    "address": "77 Obsidian Wharf",
    "document": "31010419800101101X",
    "account": "ACC-55-90217",
    "reason": "asked by 13970204417 to stop",
    "evidence": "recording of Quillon",
    "person": "Marguerite Zephyrine",
}


def test_no_value_is_in_the_trail_whatever_was_done(
    session: Session, world: World, sign_in: Callable[[Any], Any]
) -> None:
    context = world.alice.context
    scope.enter(session, context)
    made = customers.create_customer(
        session, context=context, values={key: CLEAR[key] for key in ("name", "phone", "email", "address")}
    )
    _do_everything(session, context=context, customer_id=made.id)
    engagements.lease_customers(
        session, context=context, engagement_id=world.engagement_id, customer_ids=[made.id], purpose="retention",
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip
    session.commit()
    for person in (world.dan, world.alice):
        for value in CLEAR.values():
            sign_in(person).post("/customers/search", data={"q": value})
    sign_in(world.dan).get(f"/customers/{made.id}")
    found = entries(session, world)
    assert len({entry.action for entry in found}) >= 6
    columns = [column.key for column in AuditEntry.__table__.columns]
    written = json.dumps([[getattr(entry, column) for column in columns] for entry in found], default=str)
    assert [value for value in (*CLEAR.values(), "13970204417", "Zephyrine") if value in written] == []


def _do_everything(session: Session, **whom: Any) -> None:
    customers.add_identifier(session, **whom, scheme="document:ric", value=CLEAR["document"])
    customers.add_identifier(session, **whom, scheme="account", value=CLEAR["account"])
    customers.reveal_numbers(session, **whom)
    contact_people.add(session, **whom, name=CLEAR["person"])
    contacts.add_do_not_contact(session, **whom, reason=CLEAR["reason"])
    contacts.record_consent(
        session, **whom, purpose="marketing", channel="phone", status="granted", evidence=CLEAR["evidence"]
    )
