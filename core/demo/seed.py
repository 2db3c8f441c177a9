"""Seed the demonstration: for every vertical that declares a demo a client with customers, and two providers at work.

Each client is one transaction: it is there whole or not at all, and one that is there is left as it is. The story ends
now, so that the last seven days have something to show; apart from that the same data come from the same declarations.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.conditions import compile_predicate
from core.context import Context
from core.db import scope
from core.demo import cast, crowd, grants, house, looks, stories, ties, touches
from core.demo.cast import Company, Player
from core.demo.crowd import Member, Stage
from core.engagements import service as engagements
from core.engagements.models import Engagement, Lease
from core.errors import NotFound
from core.gate.models import GateDecision
from core.identity import people
from core.identity import service as identity
from core.identity.people import Grant
from core.identity.reach import BY_PARTY
from core.identity.roles import permissions_of
from core.interactions.models import Interaction
from core.plugin.catalog import Catalog
from core.plugin.stories import Demo
from core.records import standing
from core.records.models import Record
from core.tenants import service as tenants

LEASED = 80
MOST = 3000
LEASED_SINCE = timedelta(days=touches.DAYS + 2)
LEASE = timedelta(days=90)
CANARIES = 2
"""Invented customers in the first team's list."""


@dataclass(kw_only=True)
class Team:
    """A provider's people at one client, and the customers lent to them."""

    company: Company
    engagement_id: UUID
    agents: list[Context]
    lent: list[Member] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Seeded:
    """What was made for one client."""

    slug: str
    customers: int
    leased: int


def seed(
    session: Session, *, catalog: Catalog, now: datetime | None = None, customers: int | None = None
) -> Iterator[Seeded]:
    """Seed what is missing; `customers` a client instead of what each demo says. Commits and tells after each client."""
    for index, vertical, demo in demos(catalog):
        if not _exists(session, demo.slug):
            sized = replace(demo, customers=customers or demo.customers)
            moment = now or datetime.now(UTC)
            made = seed_client(session, catalog=catalog, vertical=vertical, demo=sized, index=index, now=moment)
            session.commit()
            yield made
        session.rollback()


def demos(catalog: Catalog) -> list[tuple[int, str, Demo]]:
    """The demos with the number of their client, which says who works for it: the place of its vertical among all."""
    order = list(catalog.verticals)
    return [(order.index(vertical), vertical, demo) for vertical, demo in catalog.everything.demos.items()]


def _exists(session: Session, slug: str) -> bool:
    try:
        tenants.system_context(session, workspace=slug)
    except NotFound:
        return False
    return True


def seed_client(
    session: Session,
    *,
    catalog: Catalog,
    vertical: str,
    demo: Demo,
    index: int,
    now: datetime,
    leased: int = LEASED,
) -> Seeded:
    """One client with its people, customers, engagement and story, in the running transaction."""
    provider_ids = {company: _provider(session, company) for company in cast.providers_of(index)}
    tenants.create_tenant(session, slug=demo.slug, name=demo.tenant["zh-CN"], kinds=["client"])
    scope.enter(session, tenants.system_context(session, workspace=demo.slug))
    tenants.set_vertical(
        session, context=tenants.system_context(session, workspace=demo.slug), key=vertical, enabled=True
    )
    context = tenants.system_context(session, workspace=demo.slug)
    stage = Stage(context=context, view=catalog.view(context.enabled), vertical=vertical, demo=demo, now=now)
    teams = [_team(session, stage, company, provider_id, index=index) for company, provider_id in provider_ids.items()]
    admin, _manager = (_join(session, stage, None, player) for player in cast.client_people(demo.slug, index))
    members = _crowd(session, stage, min(demo.customers, MOST))
    house.furnish(session, stage, by=admin, slug=demo.slug, index=index, password=cast.PASSWORD)
    _lend(session, stage, teams, members, leased, by=admin)
    _story(session, stage, members, teams)
    if demo.books is not None:
        demo.books(session, context=context, view=stage.view, now=now)
    ties.tie(session, stage, members, lent=[member for team in teams for member in team.lent], by=admin)
    _look(session, stage, teams)
    for team in teams:
        looks.see(session, stage, team.agents)
    looks.count(session, stage)
    lent = {member.number for team in teams for member in team.lent}
    audit.append(
        session, context=context, action="demo.seeded", subject=("tenant", context.tenant_id),
        details={"customers": len(members), "leased": len(lent)},
    )  # fmt: skip
    return Seeded(slug=demo.slug, customers=len(members), leased=len(lent))


def _provider(session: Session, company: Company) -> UUID:
    try:
        return tenants.system_context(session, workspace=company.slug).tenant_id
    except NotFound:
        return tenants.create_tenant(session, slug=company.slug, name=company.name, kinds=["provider"])


def _team(session: Session, stage: Stage, company: Company, provider_id: UUID, *, index: int) -> Team:
    """The provider works for the client; it was granted what a call needs, and its people may enter."""
    begun, ends = stage.now - LEASED_SINCE, stage.now + timedelta(days=365)
    engagement = Engagement(
        provider_tenant_id=provider_id, provider_name=company.name, client_name=stage.context.tenant_name,
        name=f"{company.work} {stage.now:%Y}", offered_at=begun, accepted_at=begun, accepted_name=company.people[0].name,
        purpose=company.purpose, service_lines=["outbound", "inbound"], starts_at=begun, ends_at=ends,
    )  # fmt: skip
    session.add(engagement)
    session.flush()
    admin, manager = (player.name for player in cast.client_people(stage.demo.slug, index))
    grants.live(session, stage, engagement=engagement, asked=manager, approved=admin)
    tenants.create_workspace(session, slug=workspace_of(stage.demo, company), engagement_id=engagement.id)
    people = {player.key: _join(session, stage, (company, engagement), player) for player in company.people}
    agents = [people[key] for key in company.agents]
    ids = [each.participant_id for each in people.values() if each.participant_id]
    grants.furnish(session, stage, engagement=engagement, people=ids, asked=manager, approved=admin, index=index)
    house.team(
        session, engagement_id=engagement.id, name="一班", key=f"team-{company.slug}",
        members=[each.participant_id for key, each in people.items() if key in company.team and each.participant_id],
    )  # fmt: skip
    return Team(company=company, engagement_id=engagement.id, agents=agents)


def workspace_of(demo: Demo, company: Company) -> str:
    """The address under which a provider works for the client."""
    return f"{demo.slug}-{company.purpose}"


def _join(session: Session, stage: Stage, side: tuple[Company, Engagement] | None, player: Player) -> Context:
    company, engagement = side or (None, None)
    user_id = identity.create_user(session, address=player.email, name=player.name, password=cast.PASSWORD)
    reach = "unit_and_below" if player.role == "team_leader" else BY_PARTY[player.party][0]
    participant = people.add_participant(
        session, user_id=user_id, shown_name=player.name, roles=[Grant(role=player.role, reach=reach)], party=player.party,
        engagement_id=engagement.id if engagement else None, agent_no=player.agent_no,
    )  # fmt: skip
    return Context(
        tenant_id=stage.context.tenant_id,
        tenant_name=stage.context.tenant_name,
        workspace=workspace_of(stage.demo, company) if company else stage.demo.slug,
        party="provider" if company else "client",
        participant_id=participant.id,
        user_id=user_id,
        shown_name=player.name,
        engagement_id=engagement.id if engagement else None,
        engagement_name=engagement.name if engagement else None,
        provider_name=company.name if company else None,
        roles=frozenset({player.role}),
        permissions=permissions_of([player.role]),
        enabled=stage.context.enabled,
    )


def _crowd(session: Session, stage: Stage, count: int) -> list[Member]:
    members = crowd.gather(stage, tenants.next_numbers(session, kind="customer", count=count))
    crowd.fill_stock(stage)
    by_type = defaultdict(list)
    for record in stage.rows.of(Record):
        by_type[record["type"]].append(record)
    for kind, records in by_type.items():
        numbers = tenants.next_numbers(session, kind=f"record:{kind}", count=len(records))
        for record, number in zip(records, numbers, strict=True):
            record["number"] = number
    stage.rows.insert(session, crowd.MODELS)
    return members


def _lend(
    session: Session, stage: Stage, teams: Sequence[Team], members: Sequence[Member], count: int, *, by: Context
) -> None:
    """The customers of the most segments are the ones to look after, each by one team. They were lent when the story begins."""
    count = min(count, len(members) // len(teams))  # of few customers, each team has its share
    random = stage.random("lease")
    matches = _segments(stage, members)
    ordered = sorted(members, key=lambda member: (-matches[member.number], random.random()))
    for number, team in enumerate(teams):
        team.lent = ordered[number * count : (number + 1) * count]
        engagements.lease_customers(
            session, context=by, engagement_id=team.engagement_id, customer_ids=[member.id for member in team.lent],
            purpose=team.company.purpose, expires_at=stage.now + LEASE,
        )  # fmt: skip
        session.execute(
            update(Lease).where(Lease.engagement_id == team.engagement_id).values(created_at=stage.now - LEASED_SINCE)
        )
        grants.as_list(
            session, stage, engagement_id=team.engagement_id, purpose=team.company.purpose, by=by,
            seeded=CANARIES if number == 0 else 0,
        )  # fmt: skip


def _look(session: Session, stage: Stage, teams: Sequence[Team]) -> None:
    """Clocks and watching rules look at the records of the customers at work, as they would have all along."""
    ids = [found for team in teams for member in team.lent for of_type in member.records.values() for found in of_type]
    for record in session.scalars(select(Record).where(Record.id.in_(ids)).order_by(Record.id)).all():
        standing.follow(session, context=stage.context, view=stage.view, record=record, at=stage.now)


def _segments(stage: Stage, members: Sequence[Member]) -> Counter[int]:
    types = stage.fields.types()
    tests = [compile_predicate(segment.condition, types=types) for segment in stage.view.segments.values()]
    return Counter(
        {member.number: sum(test(stage.fields.flat(member.attributes)) for test in tests) for member in members}
    )


def _story(session: Session, stage: Stage, members: Sequence[Member], teams: Sequence[Team]) -> None:
    """What happened with each customer; one with a case was spoken to before it was opened and on its account after."""
    until = stage.now + LEASE
    lent = {member.number for team in teams for member in team.lent}
    for member in members:
        if member.number not in lent:
            touches.play(stage, member, touches.of_others(stage, member), leased_until=None)
    for team in teams:
        with_case = stories.chosen(stage, team.lent)
        for member in team.lent:
            plan = with_case.get(member.number)
            opened = plan.opened if plan else stage.now
            before = [touch for touch in touches.of_leased(stage, member, team.agents) if touch.at < opened]
            touches.play(stage, member, before, leased_until=until)
            if plan is not None:
                stories.unfold(session, stage, member, plan=plan, people=team.agents, leased_until=until)
    for model, kind in ((GateDecision, "gate_decision"), (Interaction, "interaction")):
        rows = stage.rows.of(model)
        for row, number in zip(rows, tenants.next_numbers(session, kind=kind, count=len(rows)), strict=True):
            row["number"] = number
    session.flush()
    stage.rows.insert(session, (GateDecision, Interaction, *crowd.MODELS))
