"""A page asks who you are, whether the workspace is yours, whether its vertical is on, and whether you may."""

from __future__ import annotations

import re

import pytest

from core.web.routes import PERMISSIONS_BY_ENDPOINT, Pages


def without_reference(html: str) -> str:
    return re.sub(r"[0-9A-F]{4}-[0-9A-F]{2}", "REFERENCE", html)


def test_a_page_is_shown_to_who_may_see_it(site):
    response = site.signed_in("alice").get("/t/harbour/customers")
    assert response.status_code == 200
    assert "<h1>Customers</h1>" in response.text


def test_without_a_session_one_signs_in_first_and_comes_back(site):
    response = site.app.test_client().get("/t/harbour/customers?sort=-name")
    assert response.status_code == 302
    assert response.location == "/login?next=%2Ft%2Fharbour%2Fcustomers%3Fsort%3D-name"


def test_an_ended_session_is_taken_away(site):
    response = site.signed_in("ended").get("/t/harbour/customers")
    assert response.location == "/login?next=%2Ft%2Fharbour%2Fcustomers"
    assert "__Host-kehub=;" in response.headers["Set-Cookie"]


def test_a_form_sent_after_the_session_ended_leads_to_sign_in_without_coming_back_to_it(site):
    response = site.signed_in("ended").post("/t/harbour/customers", headers={"Sec-Fetch-Site": "same-origin"})
    assert response.location == "/login"


def test_a_fragment_asked_for_after_the_session_ended_moves_the_whole_page(site):
    response = site.signed_in("ended").get("/t/harbour/customers", headers={"HX-Request-Type": "partial"})
    assert response.status_code == 401
    assert response.headers["HX-Redirect"].startswith("/login")


def test_an_unknown_workspace_and_somebody_elses_get_the_same_answer(site):
    client = site.signed_in("alice")
    unknown, foreign = client.get("/t/nowhere/customers"), client.get("/t/lanjiang/customers")
    assert unknown.status_code == foreign.status_code == 404
    assert without_reference(unknown.text).replace("nowhere", "lanjiang") == without_reference(foreign.text)
    assert "澜江" not in foreign.text


def test_an_absent_customer_and_an_absent_page_get_the_same_words(site):
    client = site.signed_in("alice")
    absent, nowhere = client.get("/t/harbour/customers/x"), client.get("/t/harbour/off")
    assert absent.status_code == nowhere.status_code == 404
    for each in (absent, nowhere):
        assert "Both get the same answer" in each.text


def test_a_vertical_that_is_off_has_no_pages(site):
    assert site.signed_in("alice").get("/t/harbour/off").status_code == 404


def test_a_refusal_says_who_may_and_is_recorded(site):
    response = site.signed_in("alice").get("/t/harbour/secret")
    assert response.status_code == 403
    assert "never shown" not in response.text
    assert "Client admin" in response.text
    [refusal] = site.refusals
    assert (refusal.permission, refusal.endpoint) == ("billing.read", "sample.secret")
    assert refusal.context is not None
    assert refusal.context.shown_name == "Alice Morgan"


def test_an_old_address_leads_to_the_new_one(site):
    response = site.signed_in("alice").get("/t/old-harbour/customers")
    assert response.status_code == 302
    assert response.location == "/t/harbour/customers"


def test_navigation_shows_what_one_may_open_and_where_one_is(site):
    alice, wang = (
        site.signed_in("alice").get("/t/harbour/customers"),
        site.signed_in("wang").get("/t/lanjiang/customers"),
    )
    assert "Imports" in alice.text
    assert "导入" not in wang.text
    assert re.search(r'href="/t/harbour/customers" aria-current="page"', alice.text)


def test_every_guard_can_be_looked_up(site):
    assert PERMISSIONS_BY_ENDPOINT["sample.secret"] == "billing.read"
    assert PERMISSIONS_BY_ENDPOINT["sample.login"] is None


def test_a_public_page_cannot_ask_for_a_permission():
    with pytest.raises(ValueError, match="a public page has no permission"):
        Pages("odd", __name__).page("/odd", permission="case.read", public=True)
