"""Who takes part: roles are given within what the giver may give, duties stay apart, and changes hold from the next request on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.db import scope
from core.errors import Conflict, Denied, Invalid, NotFound, keep_evidence
from core.identity import directory, people, role_book, units
from core.identity import service as identity
from core.identity.duties import DUTIES
from core.identity.models import ApiToken, Participant, RoleAssignment
from core.identity.people import Grant
from core.identity.permissions import PERMISSIONS
from core.identity.role_book import Draft
from core.identity.roles import ROLES
from core.testing.people import PASSWORD, Person, make_world


@pytest.fixture(scope="module")
def place(app):
    return make_world(app, verticals=())


@pytest.fixture
def acting(session, place):
    """`acting(place.alice)` opens a new scope as somebody and gives their context."""

    def act(person):
        session.rollback()
        scope.enter(session, person.context)
        return person.context

    return act


@pytest.fixture
def newcomer(session, place, acting):
    """`newcomer("eve", "agent")` is a new person of the client, committed: her participant's id."""

    def join(name, *roles, party="client"):
        acting(place.alice)
        user = identity.create_user(session, address=f"{name}.{place.slug}@example.com", name=name, password=PASSWORD)
        row = people.add_participant(
            session, user_id=user, shown_name=name.title(), roles=roles, party=party,
            engagement_id=place.engagement_id if party == "provider" else None,
        )  # fmt: skip
        made = row.id
        session.commit()
        return made

    return join


def held(session, participant_id):
    return sorted(row.role for row in people.in_force(session, participant_id=participant_id))


# -- giving roles -----------------------------------------------------------------------------------------------------


def test_a_person_holds_several_roles_and_may_do_what_they_allow_together(session, place, acting, newcomer) -> None:
    eve = newcomer("eve", "agent")
    by = acting(place.alice)
    people.set_roles(
        session, context=by, participant_id=eve, grants=[Grant(role="quality_analyst"), Grant(role="finance")]
    )
    session.commit()
    acting(place.alice)
    assert held(session, eve) == ["finance", "quality_analyst"]
    row = directory.person(session, context=by, participant_id=eve)
    assert row is not None
    assert row.permissions == ROLES["quality_analyst"].permissions | ROLES["finance"].permissions


def test_a_change_of_roles_holds_for_the_next_request_of_an_open_session(
    session, place, acting, newcomer, sign_in
) -> None:
    fay = newcomer("fay", "client_manager")
    pages = sign_in(Person(f"fay.{place.slug}@example.com", PASSWORD, place.slug, place.alice.context))
    assert pages.get("/engagements").status_code == 200
    by = acting(place.alice)
    people.set_roles(session, context=by, participant_id=fay, grants=[Grant(role="agent")])
    session.commit()
    assert pages.get("/engagements").status_code == 403


def test_a_role_begins_and_ends_by_itself(session, place, acting, newcomer) -> None:
    gil = newcomer("gil", "agent")
    by = acting(place.alice)
    now = datetime.now(UTC)
    later = Grant(role="client_manager", starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=3))
    people.set_roles(session, context=by, participant_id=gil, grants=[Grant(role="agent"), later])
    session.commit()
    acting(place.alice)
    row = directory.person(session, context=by, participant_id=gil)
    assert row is not None
    assert list(row.roles) == ["agent"]
    states = {each.role: each.state() for each in directory.assignments(session, participant_id=gil)}
    assert states == {"agent": "live", "client_manager": "planned"}


def test_an_auditor_is_one_until_a_day(session, place, acting, newcomer) -> None:
    hal = newcomer("hal", "finance")
    by = acting(place.alice)
    with pytest.raises(Invalid, match="until a day"):
        people.set_roles(session, context=by, participant_id=hal, grants=[Grant(role="auditor")])
    until = datetime.now(UTC) + timedelta(days=30)
    people.set_roles(session, context=by, participant_id=hal, grants=[Grant(role="auditor", ends_at=until)])
    may = people.allowed(session, participant_id=hal, party="client")
    assert {each for each in may if PERMISSIONS[each].writes} <= {each for each in may if each.startswith("audit.")}


def test_who_does_not_run_the_side_gives_no_more_than_they_hold(session, place, acting, newcomer) -> None:
    """A role of the tenant's own with `people.manage` makes nobody an administrator."""
    by = acting(place.alice)
    role = role_book.make_role(
        session, context=by,
        draft=Draft(label={"en": "Front desk"}, permissions=["people.read", "people.manage"], parties=["client"]),
    ).key  # fmt: skip
    session.commit()
    ida, jon = newcomer("ida", role), newcomer("jon", "finance")
    acting(place.alice)
    by = directory.context_of(session, context=place.alice.context, participant_id=ida)
    with pytest.raises(Denied, match="more than you may give"):
        people.set_roles(session, context=by, participant_id=jon, grants=[Grant(role="client_admin")])
    people.set_roles(session, context=by, participant_id=jon, grants=[Grant(role=role)])
    assert held(session, jon) == [role]


def test_a_provider_manages_its_own_people_and_nobody_else(session, place, acting) -> None:
    by = acting(place.bob)
    dan, carol = place.dan.context.participant_id, place.carol.context.participant_id
    people.set_roles(session, context=by, participant_id=dan, grants=[Grant(role="team_leader", reach="leased")])
    assert held(session, dan) == ["team_leader"]
    with pytest.raises(NotFound):
        people.set_roles(session, context=by, participant_id=carol, grants=[Grant(role="agent", reach="leased")])
    with pytest.raises(Invalid, match="no such role"):
        people.set_roles(session, context=by, participant_id=dan, grants=[Grant(role="client_admin", reach="leased")])
    with pytest.raises(Invalid, match="reach is not for this side"):
        people.set_roles(session, context=by, participant_id=dan, grants=[Grant(role="agent", reach="all")])


# -- separate duties --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("client_admin", "agent", "makes roles does not contact"),
        ("auditor", "agent", "auditor only reads"),
        ("dpo", "finance", "settles no accounts"),
    ],
)
def test_duties_that_one_person_may_not_have_are_refused_and_noted(
    session, place, acting, newcomer, first, second, told
) -> None:
    kim = newcomer(f"kim-{first}".replace("_", "-"), "quality_analyst")
    by = acting(place.alice)
    until = datetime.now(UTC) + timedelta(days=2)
    grants = [Grant(role=first, ends_at=until), Grant(role=second)]
    with pytest.raises(people.DutiesMeet, match=told) as refusal:
        people.set_roles(session, context=by, participant_id=kim, grants=grants)
    keep_evidence(session, refusal.value)
    acting(place.alice)
    assert held(session, kim) == ["quality_analyst"]
    noted = session.execute(select(AuditEntry.outcome, AuditEntry.reason).where(AuditEntry.subject_id == kim)).all()
    assert [row.outcome for row in noted] == ["denied"]
    assert noted[0].reason.startswith("duties:")


def test_no_built_in_role_breaks_a_pair_of_duties() -> None:
    from core.identity.duties import broken

    assert [key for key, role in ROLES.items() if broken([key, *role.permissions])] == []


def test_every_pair_of_the_book_is_among_the_duties_that_a_tenant_reads(place, sign_in) -> None:
    text = sign_in(place.alice).get("/settings/duties", headers={"Accept-Language": "en"}).text
    for each in DUTIES:
        assert each.one["zh-CN"] in text
        assert each.other["zh-CN"] in text


# -- the last administrator -------------------------------------------------------------------------------------------


def test_the_last_administrator_keeps_the_role_and_the_access(session, place, acting) -> None:
    alice, by = place.alice.context.participant_id, acting(place.alice)
    system = people.replace(by, party="system", participant_id=None)
    with pytest.raises(Conflict, match="At least one administrator"):
        people.set_roles(session, context=system, participant_id=alice, grants=[Grant(role="finance")])
    session.rollback()
    scope.enter(session, system)
    with pytest.raises(Conflict, match="At least one administrator"):
        people.end_access(session, context=system, participant_id=alice, reason="left")
    session.rollback()
    scope.enter(session, system)
    until = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(Conflict, match="At least one administrator"):
        people.set_roles(
            session, context=system, participant_id=alice, grants=[Grant(role="client_admin", ends_at=until)]
        )


def test_a_second_administrator_lets_the_first_go_but_nobody_ends_their_own(session, place, acting, newcomer) -> None:
    lea = newcomer("lea", "client_admin")
    by = acting(place.alice)
    with pytest.raises(Denied, match="Nobody ends their own"):
        people.end_access(session, context=by, participant_id=by.participant_id, reason="left")
    acting(place.alice)
    people.end_access(session, context=by, participant_id=lea, reason="left")
    assert directory.person(session, context=by, participant_id=lea).ended_at is not None


# -- leaving and coming back ------------------------------------------------------------------------------------------


def test_ended_access_shows_nothing_at_the_next_request_and_revokes_tokens(
    session, place, acting, newcomer, sign_in
) -> None:
    max_ = newcomer("max", "client_manager")
    acting(place.alice)
    _token, clear = identity.issue_token(session, participant_id=max_, name="sync", scopes=["customer.read"])
    session.commit()
    pages = sign_in(Person(f"max.{place.slug}@example.com", PASSWORD, place.slug, place.alice.context))
    assert pages.get("/customers").status_code == 200
    by = acting(place.alice)
    people.end_access(session, context=by, participant_id=max_, reason="Contract over")
    session.commit()
    assert pages.get("/customers").status_code in (302, 404)
    assert identity.token_context(session, token=clear) is None
    acting(place.alice)
    assert session.scalar(select(ApiToken.revoked_at).where(ApiToken.participant_id == max_)) is not None


def test_a_client_ends_the_access_of_its_providers_people(session, place, acting, newcomer) -> None:
    ned = newcomer("ned", "agent", party="provider")
    by = acting(place.alice)
    people.end_access(session, context=by, participant_id=ned, reason="Misuse")
    assert session.scalar(select(Participant.ended_at).where(Participant.id == ned)) is not None


def test_who_comes_back_gets_roles_anew(session, place, acting, newcomer) -> None:
    ola = newcomer("ola", "client_manager")
    by = acting(place.alice)
    people.end_access(session, context=by, participant_id=ola, reason="left")
    session.commit()
    acting(place.alice)
    assert held(session, ola) == []
    people.bring_back(session, context=by, participant_id=ola, grants=[Grant(role="finance")])
    assert held(session, ola) == ["finance"]


def test_who_contacts_customers_has_a_number_of_their_own(session, place, acting, newcomer) -> None:
    first, second, third = newcomer("pia", "agent"), newcomer("quy", "agent"), newcomer("ray", "finance")
    acting(place.alice)
    numbers = {row.id: row.agent_no for row in session.execute(select(Participant.id, Participant.agent_no))}
    assert None not in (numbers[first], numbers[second])
    assert numbers[first] != numbers[second]
    assert numbers[third] is None


# -- roles of the tenant's own ----------------------------------------------------------------------------------------


def test_a_changed_role_holds_for_whoever_has_it_from_the_next_request_on(
    session, place, acting, newcomer, sign_in
) -> None:
    by = acting(place.alice)
    row = role_book.make_role(
        session, context=by, draft=Draft(label={"en": "Reader"}, permissions=["customer.read"], parties=["client"])
    )
    key = row.key
    session.commit()
    newcomer("sam", key)
    pages = sign_in(Person(f"sam.{place.slug}@example.com", PASSWORD, place.slug, place.alice.context))
    assert pages.get("/customers").status_code == 200
    assert pages.get("/cases").status_code == 403
    acting(place.alice)
    both = Draft(label={"en": "Reader"}, permissions=["case.read"], parties=["client"])
    role_book.change_role(session, context=by, key=key, draft=both)
    session.commit()
    assert pages.get("/customers").status_code == 403
    assert pages.get("/cases").status_code == 200


def test_a_role_in_which_duties_meet_is_not_made(session, place, acting) -> None:
    by = acting(place.alice)
    draft = Draft(label={"en": "Both"}, permissions=["role.manage", "interaction.record"], parties=["client"])
    with pytest.raises(Conflict, match="makes roles does not contact"):
        role_book.make_role(session, context=by, draft=draft)


def test_a_role_gives_no_more_than_its_maker_may_give(session, place, acting) -> None:
    by = people.replace(acting(place.carol), permissions=place.carol.context.permissions | {"role.manage"})
    draft = Draft(label={"en": "More"}, permissions=["people.manage"], parties=["client"])
    with pytest.raises(Denied, match="more than who makes it"):
        role_book.make_role(session, context=by, draft=draft)


def test_a_role_that_somebody_holds_is_not_archived(session, place, acting, newcomer) -> None:
    by = acting(place.alice)
    draft = Draft(label={"en": "Held"}, permissions=["customer.read"], parties=["client"])
    key = role_book.make_role(session, context=by, draft=draft).key
    session.commit()
    tom = newcomer("tom", key)
    acting(place.alice)
    with pytest.raises(Conflict, match="1 people hold this role"):
        role_book.archive_role(session, context=by, key=key)
    people.set_roles(session, context=by, participant_id=tom, grants=[Grant(role="finance")])
    session.commit()
    acting(place.alice)
    role_book.archive_role(session, context=by, key=key)
    assert not role_book.role_book(session).given(key, party="client")


# -- units ------------------------------------------------------------------------------------------------------------


def test_a_unit_does_not_hang_under_itself_or_what_lies_below(session, place, acting) -> None:
    by = acting(place.alice)
    top = units.make_unit(session, context=by, name="Top")
    mid = units.make_unit(session, context=by, name="Mid", parent_id=top.id)
    low = units.make_unit(session, context=by, name="Low", parent_id=mid.id)
    for under in (top, mid, low):
        with pytest.raises(Invalid, match="cannot hang under itself"):
            units.change_unit(session, context=by, unit_id=top.id, parent_id=under.id, moved=True)
    units.change_unit(session, context=by, unit_id=low.id, parent_id=top.id, moved=True)
    tree = {row.name: row.path for row in units.unit_tree(session, context=by) if row.id in (top.id, mid.id, low.id)}
    assert tree == {"Top": (), "Mid": ("Top",), "Low": ("Top",)}


def test_a_unit_with_people_in_it_is_not_archived(session, place, acting, newcomer) -> None:
    uma = newcomer("uma", "agent")
    by = acting(place.alice)
    unit = units.make_unit(session, context=by, name="Full")
    people.change_profile(session, context=by, participant_id=uma, shown_name="Uma", unit_id=unit.id)
    with pytest.raises(Conflict, match="1 people belong"):
        units.archive_unit(session, context=by, unit_id=unit.id)
    people.change_profile(session, context=by, participant_id=uma, shown_name="Uma", unit_id=None)
    assert units.archive_unit(session, context=by, unit_id=unit.id).archived_at is not None


def test_a_providers_teams_are_its_own(session, place, acting) -> None:
    by = acting(place.bob)
    team = units.make_unit(session, context=by, name="Night shift").id
    session.commit()
    acting(place.bob)
    assert [row.name for row in units.unit_tree(session, context=by)] == ["Night shift"]
    client = acting(place.alice)
    assert team not in {row.id for row in units.unit_tree(session, context=client)}


# -- the catalogue ----------------------------------------------------------------------------------------------------


def test_every_permission_that_a_feature_names_is_in_the_catalogue_and_in_a_role() -> None:
    import ast
    import re
    from pathlib import Path

    root = Path(people.__file__).resolve().parents[2]
    named = {
        node.value
        for path in [*root.glob("core/*/policy.py"), *root.glob("plugins/*/policy.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[a-z_]+\.[a-z_]+", node.value)
    }
    given = frozenset().union(*(role.permissions for role in ROLES.values()))
    assert named - PERMISSIONS.keys() == set()
    assert given - PERMISSIONS.keys() == set()
    assert PERMISSIONS.keys() - given == set()


def test_a_role_allows_nobody_what_their_side_may_not_hold() -> None:
    for role in ROLES.values():
        for party in role.parties - {"client"}:
            from core.identity.roles import permissions_of

            assert all("provider" in PERMISSIONS[each].sides for each in permissions_of([role.key], party=party))


def test_the_assignments_of_the_past_are_kept(session, place, acting, newcomer) -> None:
    val = newcomer("val", "agent")
    by = acting(place.alice)
    people.set_roles(session, context=by, participant_id=val, grants=[Grant(role="finance")])
    session.commit()
    acting(place.alice)
    rows = session.scalars(select(RoleAssignment).where(RoleAssignment.participant_id == val)).all()
    assert {(row.role, row.ends_at is None) for row in rows} == {("agent", False), ("finance", True)}
    assert session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.subject_id == val)) == 1
