"""Saved views: one's own, shared with roles of one's own side, opened by default, renamed, removed and brought back."""

from __future__ import annotations

import re

import pytest

from core.errors import Denied, Invalid, NotFound
from core.lists import saved

ARGS = [("sort", "-updated"), ("column", "telecom.plan"), ("after", "x")]


@pytest.fixture
def save(session, world, acting):
    def made(person=None, **more):
        row = saved.save(
            session, context=acting(person or world.alice), target="customer", **{"name": "Mine", "args": ARGS, **more}
        )
        view_id = row.id
        session.commit()
        return view_id

    return made


def names(session, context):
    return [(each.name, each.own) for each in saved.views(session, context=context, target="customer")]


def test_a_view_is_its_owners_until_it_is_shared_with_a_role(session, world, acting, save):
    save(name="Alone")
    save(name="For managers", roles=["client_manager"])
    assert [name for name, _own in names(session, acting(world.carol))] == ["For managers"]
    assert ("For managers", False) in names(session, acting(world.carol))
    assert ("Alone", True) in names(session, acting(world.alice))


def test_a_provider_keeps_views_of_its_own_and_never_meets_the_clients(session, world, acting, save):
    save(name="The client's", roles=["team_leader", "agent"])
    save(world.bob, name="The provider's", roles=["agent"])
    assert names(session, acting(world.dan)) == [("The provider's", False)]
    assert "The provider's" not in [name for name, _own in names(session, acting(world.alice))]


def test_where_one_is_in_the_list_is_no_part_of_a_view(session, world, acting, save):
    view_id = save()
    kept = saved.view(session, context=acting(world.alice), target="customer", view_id=view_id)
    assert [tuple(each) for each in kept.args] == ARGS[:2]


def test_what_is_removed_comes_back_with_its_default(session, world, acting, save):
    view_id = save(name="Gone and back")
    context = acting(world.alice)
    saved.set_default(session, context=context, target="customer", view_id=view_id)
    saved.remove(session, context=context, view_id=view_id)
    assert saved.default_of(session, context=context, target="customer") is None
    saved.remove(session, context=context, view_id=view_id, back=True)
    assert saved.default_of(session, context=context, target="customer") == view_id
    saved.set_default(session, context=context, target="customer", view_id=None)
    assert saved.default_of(session, context=context, target="customer") is None


def test_nobody_changes_the_view_of_another(session, world, acting, save):
    view_id = save(name="Shared", roles=["client_manager"])
    with pytest.raises(NotFound):
        saved.rename(session, context=acting(world.carol), view_id=view_id, name="Taken", roles=[])
    with pytest.raises(NotFound):
        saved.remove(session, context=acting(world.carol), view_id=view_id)


def test_who_may_not_share_is_refused_and_so_are_roles_of_the_other_side(session, world, acting):
    with pytest.raises(Denied):
        saved.save(session, context=acting(world.dan), target="customer", name="Mine", args=ARGS, roles=["agent"])
    with pytest.raises(Invalid):
        saved.save(
            session, context=acting(world.alice), target="customer", name="X", args=ARGS, roles=["provider_manager"]
        )
    with pytest.raises(Invalid):
        saved.save(session, context=acting(world.alice), target="customer", name=" ", args=ARGS)


def test_the_list_opens_with_the_default_and_all_customers_stay_one_click_away(session, world, sign_in, planted):
    planted(1, name="Only in Nanjing", region="南京")
    session.rollback()
    alice = sign_in(world.alice)
    query = 'where={"op":"eq","field":"region","value":"南京"}&column=grade'
    answer = alice.post("/views", data={"target": "customer", "query": query, "name": "Nanjing", "default": "1"})
    assert answer.status_code == 303
    opened = alice.get("/customers")
    assert opened.status_code == 302
    assert "view=" in opened.headers["Location"]
    page = alice.get(local(opened))
    assert "Only in Nanjing" in page.text
    assert "Customer 0" not in page.text
    assert alice.get("/customers?view=all").status_code == 200
    view_id = re.search(r"view=([0-9a-f-]{36})", opened.headers["Location"])[1]
    removed = alice.post(f"/views/{view_id}", data={"target": "customer", "act": "remove"})
    assert alice.get(local(removed)).status_code == 200
    assert alice.get("/customers").status_code == 200
    assert alice.post(f"/views/{view_id}", data={"target": "customer", "act": "restore"}).status_code == 303


def test_columns_are_ordered_by_the_numbers_beside_them(world, sign_in):
    alice = sign_in(world.alice)
    answer = alice.get("/customers?column=telecom.plan&column=grade&order.telecom.plan=2&order.grade=1&hide=phone")
    assert answer.headers["Location"].endswith("hide=phone&column=grade&column=telecom.plan")


def local(answer):
    return "/" + answer.headers["Location"].split("/t/")[1].split("/", 1)[1]


def test_views_of_every_list_are_kept_renamed_and_opened_with_over_rest(world, api):
    alice = api(world.alice)
    made = alice.post("/saved-views", {"target": "case", "name": "Late", "query": "show=overdue", "default": True})
    assert (made.status_code, made.json["target"], made.json["default"]) == (201, "case", True)
    at = f"/saved-views/{made.json['id']}"
    version = made.headers["ETag"]
    changed = alice.patch(at, {"name": "Later", "default": False}, etag=version)
    assert (changed.json["name"], changed.json["query"], changed.json["default"]) == ("Later", "show=overdue", False)
    assert alice.patch(at, {"name": "Late"}, etag=version).status_code == 412
    assert [each["name"] for each in alice.get("/saved-views?target=case").json["data"]] == ["Later"]
    assert "Later" not in alice.get("/saved-views").text
    assert alice.get("/saved-views?target=record:telecom.nothing").status_code == 404
