"""Row scope: who reaches the rows of a unit, their own, or of a condition, sees nothing else of the tenant, on no surface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from core.audit import jobs as audit_jobs
from core.cases.models import Case
from core.cases.queries import CaseFilters, case_page, filtered_count
from core.context import Context, Reach
from core.customers import queries
from core.customers import service as customers
from core.customers.models import Customer
from core.customers.placing import place_customer
from core.customers.rows import customer_rows
from core.db import scope
from core.db.base import db
from core.engagements import service as engagements
from core.errors import Denied
from core.identity import people, reach, units
from core.identity import service as identity
from core.identity.models import Participant
from core.identity.people import Grant
from core.imports import service as imports
from core.interactions.models import Interaction
from core.leaving import service as leaving
from core.metrics import queries as metrics
from core.metrics import service as metrics_service
from core.testing.people import PASSWORD, Person, World, make_world
from core.timeline.models import TimelineEntry


@dataclass(frozen=True)
class Town:
    """A client with a head office, a branch and a desk under it; a customer in each, one that eve owns, one of nobody."""

    world: World
    office: UUID
    branch: UUID
    desk: UUID
    customers: dict[str, UUID]
    join: Callable[..., Person]


@pytest.fixture(scope="module")
def town(app) -> Town:
    world = make_world(app)
    with app.app_context():
        session = db.session()
        by = world.alice.context
        scope.enter(session, by)
        office = units.make_unit(session, context=by, name="Head office").id
        branch = units.make_unit(session, context=by, name="Branch", parent_id=office).id
        desk = units.make_unit(session, context=by, name="Desk", parent_id=branch).id
        rows = {"office": office, "branch": branch, "desk": desk, "nobody": None}
        ids = {}
        for name, unit in rows.items():
            values = {"name": name.title(), "region": f"{name} town"}
            made = customers.create_customer(session, context=by, values=values)
            ids[name] = place_customer(
                session, context=by, customer_id=made.id, version=made.version, owner_id=None, unit_id=unit
            ).id
        for n, (name, customer_id) in enumerate(ids.items()):
            session.add(Case(number=900 + n, customer_id=customer_id, workflow="telecom.complaint",
                             workflow_version="1", state="received", title=f"of {name}",
                             opened_at=datetime.now(UTC), entered_at=datetime.now(UTC)))  # fmt: skip
        session.commit()
        db.session.remove()

    def join(name: str, *grants: Grant, unit_id: UUID | None = None) -> Person:
        with app.app_context():
            session = db.session()
            scope.enter(session, world.alice.context)
            email = f"{name}.{world.slug}@example.com"
            user = identity.create_user(session, address=email, name=name, password=PASSWORD)
            row = people.add_participant(
                session, user_id=user, shown_name=name, roles=list(grants), party="client", unit_id=unit_id
            )
            participant = row.id
            session.commit()
            db.session.remove()
            context = _context(session, email, world)
            assert context.participant_id == participant
            return Person(email, PASSWORD, world.slug, context)

    return Town(world, office, branch, desk, ids, join)


def _context(session: Any, email: str, world: World) -> Context:
    visit = identity.Visit(peer="reach", previous=None, agent="", hours=1)
    token = identity.sign_in(session, address=email, password=PASSWORD, visit=visit)
    found = identity.session_context(session, token=token, workspace=world.slug)
    session.rollback()
    db.session.remove()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def eve(town: Town) -> Person:
    """Manages the branch and what lies below it."""
    return town.join("eve", Grant(role="client_manager", reach="unit_and_below", unit_id=town.branch))


def seen(session: Any, who: Context) -> set[str]:
    scope.enter(session, who)
    rows, _next = customer_rows(session, context=who, sort="number")
    page = queries.customer_page(session, context=who, count_to=100)
    names = {row.name for row in page.rows}
    assert page.total == len(names) == len(rows)
    return {name.lower() for name in names}


def test_a_role_for_a_unit_and_below_shows_the_customers_of_these_units(session, town, eve) -> None:
    assert seen(session, eve.context) == {"branch", "desk"}


def test_a_role_for_a_unit_alone_does_not_reach_what_lies_below(session, town) -> None:
    person = town.join("unit", Grant(role="agent", reach="unit"), unit_id=town.branch)
    assert seen(session, person.context) == {"branch"}


def test_a_role_for_ones_own_rows_shows_the_customers_one_owns(session, town) -> None:
    person = town.join("owner", Grant(role="client_manager", reach="own"))
    assert seen(session, person.context) == set()
    session.rollback()
    scope.enter(session, person.context)
    made = customers.create_customer(session, context=person.context, values={"name": "Mine"})
    assert made.owner_id == person.context.participant_id
    assert {row.name for row in queries.customer_page(session, context=person.context).rows} == {"Mine"}


def test_a_role_by_condition_shows_whom_the_condition_is_true_of(session, town) -> None:
    from core.conditions import ValueType

    tree = {"op": "eq", "field": "region", "value": "desk town"}
    condition = reach.kept(tree, types={"region": ValueType(kind="text", column="region")})
    person = town.join("ruled", Grant(role="agent", reach="condition", condition=condition))
    assert seen(session, person.context) == {"desk"}
    session.rollback()
    scope.enter(session, person.context)
    page = case_page(session, context=person.context, filters=CaseFilters())
    assert [row.customer_id for row in page.rows] == [town.customers["desk"]]


def test_several_roles_reach_together_what_each_reaches(session, town) -> None:
    both = (Grant(role="agent", reach="unit", unit_id=town.desk), Grant(role="quality_analyst", reach="own"))
    person = town.join("both", *both)
    assert seen(session, person.context) == {"desk"}
    wide = town.join("wide", *both, Grant(role="dpo"))
    assert wide.context.reach is None


def test_who_reaches_all_asks_what_was_asked_before(session, town, eve) -> None:
    """Row scope costs nothing where it is not used: no condition of it is in their statements."""
    sent: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", note := lambda *said: sent.append(said[2]))
    try:
        for who in (town.world.alice.context, eve.context):
            scope.enter(session, who)
            case_page(session, context=who, filters=CaseFilters())
            session.rollback()
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    wide, narrow = (each for each in sent if 'FROM "case"' in each)
    assert "reach" not in wide
    assert "reached_customer" in narrow


def test_cases_follow_their_customer_in_lists_and_counts(session, town, eve) -> None:
    scope.enter(session, eve.context)
    page = case_page(session, context=eve.context, filters=CaseFilters())
    assert {row.customer_id for row in page.rows} == {town.customers["branch"], town.customers["desk"]}
    assert filtered_count(session, context=eve.context, filters=CaseFilters(), cap=99) == 2


def test_whatever_names_a_customer_follows_it(session, town, eve) -> None:
    scope.enter(session, town.world.alice.context)
    everywhere = set(session.scalars(select(TimelineEntry.customer_id)))
    session.rollback()
    scope.enter(session, eve.context)
    assert everywhere == set(town.customers.values())
    assert set(session.scalars(select(TimelineEntry.customer_id))) == {town.customers["branch"], town.customers["desk"]}
    assert session.scalars(select(Interaction.id)).all() == []


@pytest.mark.parametrize("path", ["/customers/{}", "/customers/{}/edit"])
def test_a_page_outside_the_reach_is_not_found(town, eve, sign_in, path) -> None:
    pages = sign_in(eve)
    assert pages.get(path.format(town.customers["desk"])).status_code == 200
    assert pages.get(path.format(town.customers["office"])).status_code == 404


def test_search_finds_only_what_is_reached(town, eve, sign_in) -> None:
    answer = sign_in(eve).post("/search", data={"q": "Office"}, follow_redirects=True)
    assert "/customers/" + str(town.customers["office"]) not in answer.text


def test_a_change_of_a_customer_outside_the_reach_finds_nothing(session, town, eve) -> None:
    scope.enter(session, eve.context)
    assert session.get(Customer, (town.world.tenant_id, town.customers["office"])) is None


def test_leases_take_only_customers_that_are_reached(session, town, eve) -> None:
    scope.enter(session, eve.context)
    lent = engagements.lease_customers(
        session, context=eve.context, engagement_id=town.world.engagement_id, purpose="retention",
        customer_ids=[town.customers["desk"], town.customers["office"]],
        expires_at=datetime.now(UTC) + timedelta(days=3),
    )  # fmt: skip
    assert (lent.made, session.scalar(select(Participant.id).limit(1)) is not None) == (1, True)


def test_acts_on_all_customers_are_left_to_who_reaches_all(session, town, eve) -> None:
    scope.enter(session, eve.context)
    with pytest.raises(Denied, match="beyond those you reach"):
        engagements.end_leases(session, context=eve.context, engagement_id=town.world.engagement_id, reason="over")
    with pytest.raises(Denied, match="beyond those you reach"):
        imports.receive(session, content=None, stream=None, name="a.csv", limit=10)  # type: ignore[arg-type]


def test_what_a_job_would_gather_of_everybody_is_left_to_who_reaches_all(session, town, eve) -> None:
    scope.enter(session, eve.context)
    with pytest.raises(Denied, match="beyond those you reach"):
        audit_jobs.begin_pack(session, context=eve.context, asked={}, note="")
    with pytest.raises(Denied, match="beyond those you reach"):
        leaving.ask_export(session, context=town.world.alice.context, reason="moving")


def test_kpis_count_what_their_reader_reaches_and_kept_ones_are_not_shown(session, town, eve, app, monkeypatch) -> None:
    """Customers of the branch and the desk: two of at least four. Numbers of everybody would tell of the rest."""
    view = app.extensions["kehub"]["catalog"].view(town.world.alice.context.enabled)
    by = town.world.alice.context
    scope.enter(session, by)
    for row in session.scalars(select(Customer)):
        row.attributes = {"telecom": {"churned": False}}
    session.commit()

    def counted(context: Context) -> int:
        session.rollback()
        scope.enter(session, context)
        board = metrics.board(session, context=context, view=view)
        return next(each.denominator for each in board.readings if each.key == "telecom.churn_rate")

    assert counted(by) >= 4
    assert counted(eve.context) == 2
    session.rollback()
    scope.enter(session, by)
    metrics_service.store_readings(session, context=by, view=view)
    session.commit()
    scope.enter(session, eve.context)
    assert metrics.history(session, context=eve.context, key="telecom.churn_rate") == []
    with pytest.raises(Denied, match="beyond those you reach"):
        metrics_service.store_readings(session, context=eve.context, view=view)
    monkeypatch.setattr(metrics, "MANY", 1)
    with pytest.raises(Denied, match="too many to count"):
        counted(eve.context)


def test_a_unit_that_moves_takes_its_customers_out_of_reach_at_once(session, town, eve, sign_in) -> None:
    pages = sign_in(eve)
    assert pages.get(f"/customers/{town.customers['desk']}").status_code == 200
    session.rollback()
    scope.enter(session, town.world.alice.context)
    units.change_unit(session, context=town.world.alice.context, unit_id=town.desk, parent_id=town.office, moved=True)
    session.commit()
    assert pages.get(f"/customers/{town.customers['desk']}").status_code == 404
    session.rollback()
    scope.enter(session, town.world.alice.context)
    units.change_unit(session, context=town.world.alice.context, unit_id=town.desk, parent_id=town.branch, moved=True)
    session.commit()
    assert pages.get(f"/customers/{town.customers['desk']}").status_code == 200


def test_nobody_gives_a_wider_reach_than_their_own(session, town) -> None:
    """Whoever has the permission for one branch cannot give it for the tenant."""
    boss = town.join("boss", Grant(role="client_manager", reach="unit", unit_id=town.branch))
    scope.enter(session, boss.context)
    with pytest.raises(Denied, match="more than you reach"):
        people.check(
            session, context=boss.context, party="client", grants=[Grant(role="agent")], new=[Grant(role="agent")]
        )


def test_a_team_leader_of_a_provider_sees_the_cases_of_the_team(session, town, app) -> None:
    world = town.world
    by = world.bob.context
    scope.enter(session, by)
    team = units.make_unit(session, context=by, name="Day shift").id
    session.commit()
    scope.enter(session, world.alice.context)
    engagements.lease_customers(
        session, context=world.alice.context, engagement_id=world.engagement_id, purpose="retention",
        customer_ids=list(town.customers.values()), expires_at=datetime.now(UTC) + timedelta(days=3),
    )  # fmt: skip
    dan = session.get_one(Participant, (world.tenant_id, world.dan.context.participant_id))
    dan.unit_id = team
    mine = session.scalars(select(Case).where(Case.customer_id == town.customers["office"])).one()
    mine.assignee_id = dan.id
    session.commit()
    scope.enter(session, world.bob.context)
    assert len(case_page(session, context=world.bob.context, filters=CaseFilters()).rows) == 4
    session.rollback()
    leader = replace(world.bob.context, reach=Reach(units=(team,)))
    scope.enter(session, leader)
    page = case_page(session, context=leader, filters=CaseFilters())
    assert [row.customer_id for row in page.rows] == [town.customers["office"]]
    assert len(queries.customer_page(session, context=leader).rows) == 4, "what is leased stays in sight"
