"""What a browser gets where it must not get what it asked for: absent, signed out, overtaken, switched off."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect

from core.customers import service as customers
from core.testing.people import World, make_world
from core.testing.serving import Served
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e

ABSENT = "0198c0de-0000-7000-8000-000000000000"


@pytest.fixture
def customer_of(acting: Callable[..., Any]) -> Callable[[World], UUID]:
    def make(world: World) -> UUID:
        session = acting(world.alice)
        made = customers.create_customer(session, context=world.alice.context, values={"name": "Vera Dunmore"})
        customer_id = made.id
        session.commit()
        return customer_id

    return make


def answer(visitor: Visitor, path: str) -> tuple[int, str]:
    """Status and text of a page that is refused, without what differs from one request to the next."""
    with visitor.refused(404):
        response = visitor.page.goto(visitor.address(path))
    assert response is not None
    return response.status, re.sub(r"reference [0-9A-F-]+", "", visitor.main.inner_text())


def test_foreign_and_unleased_customers_look_absent(
    served: Served, world: World, app: Any, visitor: Any, customer_of: Any
) -> None:
    own, foreign = customer_of(world), customer_of(make_world(app))
    alice, dan = visitor("alice", served.url), visitor("dan", served.url)
    alice.sign_in(world.alice)
    dan.sign_in(world.dan)
    absent = answer(alice, f"/customers/{ABSENT}")
    assert absent[0] == 404
    assert "Page not found" in absent[1]
    assert answer(alice, f"/customers/{foreign}") == absent
    assert answer(dan, f"/customers/{own}") == answer(dan, f"/customers/{ABSENT}")
    alice.look("not-found", en=("Page not found",))
    alice.go(f"/customers/{own}")
    alice.sees("Vera Dunmore")


def test_an_ended_session_leads_to_the_sign_in_page_and_back(
    served: Served, world: World, visitor: Any, customer_of: Any
) -> None:
    customer_id = customer_of(world)
    alice = visitor("alice", served.url)
    alice.sign_in(world.alice)
    other_tab = alice.tab()
    other_tab.goto(alice.address("/customers"))
    other_tab.locator(".top details summary").last.click()
    other_tab.get_by_role("button", name="Sign out").click()
    expect(other_tab).to_have_url(re.compile(r"/login$"))
    alice.page.goto(alice.address(f"/customers/{customer_id}"))
    expect(alice.page).to_have_url(re.compile(r"/login\?next="))
    alice.look("sign-in", en=("Sign in to Kehub",), phone=True)
    alice.page.get_by_label("Work e-mail").fill(world.alice.email)
    alice.page.get_by_label("Password").fill("not this one")
    with alice.refused(422):
        alice.press("Sign in")
        alice.sees("The e-mail address or the password is not right.")
    alice.page.get_by_label("Password").fill(world.alice.password)
    alice.press("Sign in")
    expect(alice.page).to_have_url(alice.address(f"/customers/{customer_id}"))
    alice.sees("Vera Dunmore")


def test_the_second_of_two_tabs_is_told_what_the_first_has_saved(
    served: Served, world: World, visitor: Any, customer_of: Any
) -> None:
    customer_id = customer_of(world)
    alice = visitor("alice", served.url)
    alice.sign_in(world.alice)
    alice.go(f"/customers/{customer_id}/edit")
    late = alice.tab()
    late.goto(alice.address(f"/customers/{customer_id}/edit"))
    alice.page.get_by_label("City or area").fill("Tarnmouth")
    alice.press("Save")
    alice.sees("Tarnmouth")
    late.get_by_label("City or area").fill("Ashgrove")
    with alice.refused(412), late.expect_response(re.compile("/edit$")) as overtaken:
        late.get_by_role("button", name="Save", exact=True).click()
    assert overtaken.value.status == 412
    expect(late.get_by_role("alert")).to_contain_text("Somebody else saved this customer while you were typing")
    expect(late.get_by_role("alert")).to_contain_text("Tarnmouth")
    expect(late.get_by_label("City or area")).to_have_value("Ashgrove")
    alice.page, first = late, alice.page
    alice.look("overtaken", en=("Nothing you typed is lost",))
    alice.page = first
    alice.page.reload()
    alice.sees("Tarnmouth")
    late.get_by_role("button", name="Save as chosen").click()
    expect(late.locator("main")).to_contain_text("Ashgrove")


def test_pages_of_a_vertical_that_is_off_are_absent(served: Served, world: World, visitor: Any) -> None:
    alice = visitor("alice", served.url)
    alice.sign_in(world.alice)
    alice.go("/kpis/telecom.churn_rate")
    alice.sees("Churn rate")
    alice.go("/verticals/telecom")
    alice.press("Switch off")
    alice.sees("Off")
    status, text = answer(alice, "/kpis/telecom.churn_rate")
    assert status == 404
    assert "Churn" not in text
