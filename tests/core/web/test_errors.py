"""What went wrong is said in words a person can act on, in the form the asker understands."""

from __future__ import annotations

import json
import re

import pytest

PARTIAL = {"HX-Request-Type": "partial"}
JSON = {"Accept": "application/json"}


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/t/harbour/customers/x", 404, "Page not found"),
        ("/t/harbour/customers/stale", 412, "changed since you opened it"),
        ("/t/harbour/customers/taken", 409, "Somebody else was first"),
        ("/t/harbour/check", 422, "Some values need correction"),
        ("/t/harbour/secret", 403, "Your role does not include this."),
    ],
)
def test_an_error_is_shown_inside_the_frame_with_a_way_back(site, path, status, words):
    response = site.signed_in("alice").get(path)
    assert response.status_code == status
    assert words in response.text
    assert 'class="side"' in response.text
    assert 'href="/t/harbour/"' in response.text


def test_our_fault_tells_a_reference_and_not_what_happened(site, capsys):
    response = site.signed_in("alice").get("/t/harbour/customers/broken")
    assert response.status_code == 500
    assert "brokenbroken" not in response.text
    [reference] = re.findall(r"<code>([0-9A-F]{4}-[0-9A-F]{2})</code>", response.text)
    logged = capsys.readouterr().out
    assert reference in logged
    assert "RuntimeError" in logged
    assert "brokenbroken" not in logged


def test_an_address_outside_any_workspace_gets_the_signed_out_frame(site):
    response = site.app.test_client().get("/nothing", headers={"Accept-Language": "en"})
    assert response.status_code == 404
    assert 'class="door"' in response.text
    assert "Page not found" in response.text


def test_htmx_gets_a_fragment(site):
    response = site.signed_in("alice").get("/t/harbour/customers/stale", headers=PARTIAL)
    assert response.status_code == 412
    assert "<html" not in response.text
    assert "changed since you opened it" in response.text


@pytest.mark.parametrize(("path", "headers"), [("/t/harbour/check", JSON), ("/api/v1/nothing", {})])
def test_a_program_gets_a_problem_document(site, path, headers):
    response = site.signed_in("alice").get(path, headers=headers)
    assert response.mimetype == "application/problem+json"
    body = json.loads(response.text)
    assert body["status"] == response.status_code
    assert body["type"] == f"/problems/{body['code']}"
    assert re.fullmatch(r"[0-9A-F]{4}-[0-9A-F]{2}", body["instance"])


def test_a_problem_document_names_the_wrong_fields(site):
    body = site.signed_in("alice").get("/t/harbour/check", headers=JSON).get_json(force=True)
    assert body["errors"] == [{"field": "phone", "code": "digits", "detail": "3 digits, needs 11"}]


def test_a_signed_out_program_is_told_so(site):
    response = site.signed_in("ended").get("/t/harbour/customers", headers=JSON)
    assert response.status_code == 401
    assert response.get_json(force=True)["code"] == "signed_out"


def test_a_wrong_method_keeps_its_allow_header(site):
    response = site.signed_in("alice").delete("/t/harbour/secret", headers={"Sec-Fetch-Site": "same-origin"})
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_an_error_page_asks_no_counts_because_the_transaction_may_be_broken(site):
    shown = site.signed_in("alice").get("/t/harbour/customers").text
    broken = site.signed_in("alice").get("/t/harbour/customers/x").text
    assert 'class="count"' in shown
    assert 'class="count"' not in broken


def test_what_was_done_is_said_once_on_the_next_page(site):
    client = site.signed_in("alice")
    done = client.post("/t/harbour/customers", data={"name": "<b>刘</b>"}, headers={"Sec-Fetch-Site": "same-origin"})
    first, second = client.get(done.location), client.get(done.location)
    assert "<b>Saved</b>" in first.text
    assert "&lt;b&gt;刘&lt;/b&gt;" in first.text
    assert "Saved" not in second.text


def test_a_made_up_toast_cookie_is_ignored(site):
    client = site.signed_in("alice")
    client.set_cookie("toast", "eyJ0ZXh0")
    assert client.get("/t/harbour/customers").status_code == 200
