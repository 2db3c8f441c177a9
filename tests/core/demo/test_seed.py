"""The seeded story holds together: every part of it could have happened, and the gate would say the same again."""

from __future__ import annotations

import dataclasses
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.audit import keys
from core.cases.models import Case, CaseStep
from core.contacts.models import Consent, ContactPoint
from core.context import Context
from core.customers.identifiers import canonical
from core.customers.models import Customer, CustomerIdentifier
from core.db import scope
from core.demo import cast, seed
from core.engagements.models import Lease
from core.gate.answers import ALLOWING
from core.gate.models import GateDecision
from core.gate.service import replay
from core.insights.queries import days
from core.interactions.models import Interaction
from core.plugin.catalog import Catalog, CatalogView
from core.records.models import Record
from core.tenants import service as tenants
from core.timeline.models import TimelineEntry

CUSTOMERS, LEASED = 240, 40
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Player:
    email: str
    workspace: str
    password: str = cast.PASSWORD


@pytest.fixture(scope="module")
def small(app) -> Catalog:
    """One vertical, with a demo of its own address and size."""
    catalog: Catalog = app.extensions["kehub"]["catalog"]
    vertical = catalog.verticals["telecom"]
    demo = dataclasses.replace(vertical.demo[0], slug="t" + secrets.token_hex(5), customers=CUSTOMERS)
    return Catalog([dataclasses.replace(vertical, demo=(demo,))])


@pytest.fixture(scope="module")
def seeded(app, small) -> str:
    """The client's address, after everything was made and committed."""
    from core.db.base import db

    vertical, demo = next(iter(small.everything.demos.items()))
    with app.app_context():
        session = db.session()
        made = seed.seed_client(session, catalog=small, vertical=vertical, demo=demo, index=2, now=NOW, leased=LEASED)
        session.commit()
        assert list(seed.seed(session, catalog=small)) == [], "what is there is left alone"
        db.session.remove()
    assert made == seed.Seeded(slug=demo.slug, customers=CUSTOMERS, leased=LEASED)
    return demo.slug


@pytest.fixture
def client_side(session, seeded) -> Context:
    context = tenants.system_context(session, workspace=seeded)
    scope.enter(session, context)
    return context


@pytest.fixture
def view(small, client_side) -> CatalogView:
    return small.view(client_side.enabled)


def test_every_customer_has_a_number_a_telephone_and_a_sealed_document(session, client_side):
    members = select(Customer.id, Customer.number, Customer.phone).where(Customer.kind != "household")
    rows = session.execute(members).all()
    assert len({row.number for row in rows}) == len({row.phone for row in rows}) == CUSTOMERS + seed.CANARIES
    phones = session.scalars(select(ContactPoint.value).where(ContactPoint.kind == "phone", ContactPoint.preferred))
    assert set(phones) == {row.phone for row in rows}
    documents = session.execute(
        select(CustomerIdentifier.scheme, CustomerIdentifier.value, CustomerIdentifier.sealed, Customer.data_key)
        .join(Customer, Customer.id == CustomerIdentifier.customer_id)
        .where(CustomerIdentifier.scheme.like("document:%"))
    ).all()
    assert len(documents) == CUSTOMERS
    for row in documents:
        number = keys.decrypt(row.sealed, data_key=row.data_key, tenant_id=client_side.tenant_id)
        assert canonical(row.scheme, number) == number
        assert row.value is None


def test_about_half_agreed_to_marketing_and_some_refused(session, client_side):
    wanted = select(Consent.status, func.count(Consent.customer_id.distinct())).where(Consent.channel == "phone")
    answers = {row.status: row[1] for row in session.execute(wanted.group_by(Consent.status))}
    assert 0.45 < answers["granted"] / CUSTOMERS < 0.65
    assert 0.08 < answers["refused"] / CUSTOMERS < 0.22


def test_records_belong_to_customers_and_are_numbered(session, client_side):
    rows = session.execute(select(Record.customer_id, Record.number)).all()
    assert rows
    assert all(row.customer_id for row in rows)
    assert len({row.number for row in rows}) == len(rows)


def test_the_provider_sees_the_leased_customers_and_no_others(session, client_side, seeded, sign_in):
    live = select(Lease.customer_id).where(Lease.ended_at.is_(None), Lease.expires_at > NOW + timedelta(days=30))
    leased = set(session.scalars(live))
    assert len(leased) == LEASED + seed.CANARIES
    others = session.scalars(select(Customer.id).where(Customer.id.not_in(leased)).limit(1)).one()
    session.rollback()
    agent = sign_in(Player(cast.PROVIDERS[0].people[1].email, f"{seeded}-retention"))
    assert agent.get(f"/customers/{next(iter(leased))}").status_code == 200
    session.rollback()
    assert agent.get(f"/customers/{others}").status_code == 404


@pytest.mark.parametrize("index", range(5))
def test_everybody_of_the_cast_can_sign_in(sign_in, seeded, index):
    player = (*cast.client_people(seeded, 2), *cast.PROVIDERS[0].people)[index]
    workspace = f"{seeded}-retention" if player.party == "provider" else seeded
    page = sign_in(Player(player.email, workspace)).get("/customers")
    assert page.status_code == 200
    assert player.name in page.text


def test_every_outbound_contact_rests_on_a_decision_that_allowed_it(session, client_side):
    rows = session.execute(
        select(Interaction.started_at, GateDecision.verdict, GateDecision.decided_at, GateDecision.valid_until)
        .join(
            GateDecision,
            (GateDecision.id == Interaction.gate_decision_id) & (GateDecision.customer_id == Interaction.customer_id),
        )
        .where(Interaction.direction == "outbound", GateDecision.purpose == Interaction.purpose)
    ).all()
    outbound = session.scalar(select(func.count()).select_from(Interaction).where(Interaction.direction == "outbound"))
    assert len(rows) == outbound > 0
    assert {row.verdict for row in rows} <= ALLOWING
    assert all(row.decided_at <= row.started_at <= row.valid_until for row in rows)


def test_the_gate_would_decide_the_same_again(session, client_side, view):
    rows = session.execute(
        select(GateDecision, Customer.data_key).join(Customer, Customer.id == GateDecision.customer_id)
    )
    verdicts = Counter()
    for decision, data_key in rows:
        assert replay(decision, view=view, data_key=data_key).verdict == decision.verdict
        verdicts[decision.verdict] += 1
    assert verdicts["allow"]
    assert verdicts["deny"]


def test_cases_stand_where_their_last_step_led(session, client_side):
    cases = session.execute(select(Case.id, Case.state, Case.closed_at, Case.outcome)).all()
    assert len({case.state for case in cases}) > 1
    for case in cases:
        steps = session.scalars(select(CaseStep).where(CaseStep.case_id == case.id).order_by(CaseStep.taken_at)).all()
        assert steps[-1].target == case.state
        assert steps[-1].taken_at < NOW
        assert (case.closed_at is None) == (case.outcome is None)


def test_the_last_seven_days_have_something_to_show(session, client_side):
    week = days(session, context=client_side, today=NOW.date())
    assert sum(day.made for day in week) > 10
    assert 0 < sum(day.reached for day in week) <= sum(day.made for day in week)


def test_nothing_is_told_that_has_not_happened_yet(session, client_side):
    assert session.scalar(select(func.max(TimelineEntry.occurred_at))) <= datetime.now(UTC)
    assert session.scalar(select(func.max(Interaction.ended_at))) <= NOW
    assert session.scalar(select(func.count()).select_from(TimelineEntry)) > CUSTOMERS
