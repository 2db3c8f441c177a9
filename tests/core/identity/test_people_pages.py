"""The pages of people, roles and units, as an administrator uses them."""

from __future__ import annotations

import re

import pytest

from core.customers import service as customers
from core.db import scope
from core.identity import directory, people, units
from core.testing.people import make_world


@pytest.fixture(scope="module")
def place(app):
    return make_world(app, verticals=())


@pytest.fixture
def alice(place, sign_in):
    return sign_in(place.alice)


def row_of(page, role):
    """The number of a role's row in the form of roles."""
    return re.search(rf'name="g\.(\d+)\.role" value="{role}"', page.text).group(1)


def version_of(page):
    return re.search(r'name="version" value="(\d+)"', page.text).group(1)


def held(session, place, participant_id):
    session.rollback()
    scope.enter(session, place.alice.context)
    found = {(row.role, row.reach) for row in people.in_force(session, participant_id=participant_id)}
    session.rollback()
    return found


def test_roles_are_changed_on_the_persons_page(session, place, alice) -> None:
    carol = place.carol.context.participant_id
    page = alice.get(f"/people/{carol}/roles")
    kept, new = row_of(page, "client_manager"), row_of(page, "auditor")
    form = {"version": version_of(page), f"g.{kept}.on": "1", f"g.{kept}.reach": "own"}
    both = {**form, f"g.{new}.on": "1", f"g.{new}.reach": "all", f"g.{new}.until": "2099-01-31"}
    refused = alice.post(f"/people/{carol}/roles", data=both)
    assert refused.status_code == 409
    assert f'name="g.{new}.on" value="1" checked' in refused.text, "what was ticked is kept"
    assert alice.post(f"/people/{carol}/roles", data=form).status_code == 303
    assert held(session, place, carol) == {("client_manager", "own")}
    stale = alice.post(f"/people/{carol}/roles", data=form)
    assert stale.status_code == 412


def test_a_condition_is_set_on_a_page_of_its_own(session, place, alice) -> None:
    carol = place.carol.context.participant_id
    scope.enter(session, place.alice.context)
    given = people.in_force(session, participant_id=carol)[0].id
    session.rollback()
    address = f"/people/{carol}/condition/{given}"
    assert alice.get(address).status_code == 200
    assert alice.post(address, data={"where.group": "all"}).status_code == 422
    sent = {"where.group": "all", "where.0.field": "region", "where.0.op": "eq", "where.0.value": "杭州"}
    assert alice.post(address, data=sent).status_code == 303
    assert {reach for _role, reach in held(session, place, carol)} == {"condition"}
    assert "client_manager" in {role for role, _reach in held(session, place, carol)}


def test_the_client_sees_a_providers_person_and_may_end_the_access_only(place, alice) -> None:
    dan = place.dan.context.participant_id
    page = alice.get(f"/people/{dan}")
    assert page.status_code == 200
    assert alice.get(f"/people/{dan}/roles").status_code == 404
    assert alice.post(f"/people/{dan}/end", data={"version": version_of(page), "reason": " "}).status_code == 422
    assert alice.post(f"/people/{dan}/end", data={"version": version_of(page), "reason": "Misuse"}).status_code == 303
    assert f"/people/{dan}/end" not in alice.get(f"/people/{dan}").text


def test_a_manager_sees_people_but_changes_none(place, sign_in) -> None:
    eve = sign_in(place.bob)
    assert eve.get("/people").status_code == 200
    assert eve.get("/settings/roles/new").status_code == 403
    assert eve.get(f"/people/{place.carol.context.participant_id}").status_code == 404


def test_a_role_is_copied_changed_and_archived(place, alice) -> None:
    page = alice.get("/settings/roles/new?of=quality_analyst")
    assert 'value="case.read" checked' in page.text
    body = {"label.zh-CN": "复核员", "parties": ["client"], "permissions": ["case.read", "customer.read"]}
    made = alice.post("/settings/roles/new", data=body)
    assert made.status_code == 303
    address = made.headers["Location"].removeprefix(f"/t/{place.slug}")
    shown = alice.get(f"{address}/edit")
    assert (
        alice.post(f"{address}/edit", data={**body, "permissions": [], "version": version_of(shown)}).status_code == 422
    )
    changed = alice.post(f"{address}/edit", data={**body, "label.en": "Checker", "version": version_of(shown)})
    assert changed.status_code == 303
    page = alice.get(address)
    assert alice.post(f"{address}/archive", data={"version": version_of(page)}).status_code == 303
    assert alice.get("/settings/roles/client_admin/edit").status_code == 404, "a built-in role does not change"


def test_units_are_made_moved_and_archived_on_their_page(session, place, alice) -> None:
    assert alice.post("/settings/units", data={"name": "North", "key": "north"}).status_code == 303
    assert alice.post("/settings/units", data={"name": "Again", "key": "north"}).status_code == 409
    assert alice.post("/settings/units", data={"name": "South"}).status_code == 303
    scope.enter(session, place.alice.context)
    rows = {row.name: row for row in units.unit_tree(session, context=place.alice.context)}
    session.rollback()
    north, south = rows["North"], rows["South"]
    moved = {f"name-{south.id}": "South", f"parent-{south.id}": str(north.id), "version": south.version}
    assert alice.post(f"/settings/units/{south.id}", data=moved).status_code == 303
    cycle = {f"name-{north.id}": "North", f"parent-{north.id}": str(south.id), "version": north.version}
    assert alice.post(f"/settings/units/{north.id}", data=cycle).status_code == 422
    assert alice.post(f"/settings/units/{north.id}/archive", data={"version": north.version}).status_code == 409
    assert alice.post(f"/settings/units/{south.id}/archive", data={"version": south.version + 1}).status_code == 303


def test_the_list_is_asked_by_role_and_unit_and_goes_on_after_a_page(session, place) -> None:
    scope.enter(session, place.alice.context)
    by = place.alice.context
    first = directory.people_page(session, context=by, limit=1)
    assert first.next is not None
    second = directory.people_page(session, context=by, limit=1, after=first.next)
    assert [row.shown_name for row in (*first.rows, *second.rows)] == ["Alice", "Carol"]
    only = directory.people_page(session, context=by, role="client_admin")
    assert [row.shown_name for row in only.rows] == ["Alice"]


def test_a_wrong_choice_of_whose_customer_it_is_shows_the_form_again(session, place, alice) -> None:
    scope.enter(session, place.alice.context)
    made = customers.create_customer(session, context=place.alice.context, values={"name": "Wu Min"})
    customer_id = made.id
    session.commit()
    wrong = alice.post(f"/customers/{customer_id}/place", data={"version": "1", "unit_id": "nonsense"})
    assert wrong.status_code == 422
    assert f'action="/t/{place.slug}/customers/{customer_id}/place"' in wrong.text
    assert 'aria-invalid="true"' in wrong.text
