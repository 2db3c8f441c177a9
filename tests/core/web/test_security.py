"""Every response carries the policy, and a write that this site did not send is refused."""

from __future__ import annotations

import pytest

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
EVERY_KIND_OF_ANSWER = [
    ("/t/harbour/customers", 200),
    ("/t/harbour/gallery", 200),
    ("/login", 200),
    ("/t/harbour/customers/x", 404),
    ("/t/harbour/secret", 403),
    ("/t/harbour/customers/broken", 500),
    ("/t/harbour/check", 422),
    ("/api/v1/nothing", 404),
    ("/static/kehub.css", 200),
    ("/static/nothing.js", 404),
    ("/t/harbour/customers?lang=zh-CN", 303),
]


@pytest.mark.parametrize(("path", "status"), EVERY_KIND_OF_ANSWER)
def test_every_answer_carries_the_policy(site, path, status):
    response = site.signed_in("alice").get(path)
    assert response.status_code == status
    assert response.headers["Content-Security-Policy"] == POLICY
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response.headers["Permissions-Policy"]


def test_a_page_is_not_kept_for_the_next_person_at_the_desk(site):
    response = site.signed_in("alice").get("/t/harbour/customers")
    assert response.headers["Cache-Control"] == "no-store"
    assert "HX-Request-Type" in response.headers["Vary"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://proxy.example"},
    ],
)
def test_a_form_of_this_site_is_taken(site, headers):
    response = site.signed_in("alice").post("/t/harbour/customers", headers=headers)
    assert response.status_code == 302


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_a_form_of_another_site_is_refused_and_recorded(site, headers):
    response = site.signed_in("alice").post("/t/harbour/customers", headers={**headers, "Accept-Language": "en"})
    assert response.status_code == 403
    assert "another site" in response.text
    assert len(site.refusals) == 1


def test_nobody_is_signed_in_from_another_site(site):
    form = {"person": "alice", "next": "/"}
    client = site.app.test_client()
    refused = client.post("/login", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert "Set-Cookie" not in refused.headers


def test_a_program_with_a_token_and_no_cookie_is_not_held_up(site):
    client = site.app.test_client()
    response = client.post("/login", data={"person": "alice", "next": "/"}, headers={"Authorization": "Bearer x"})
    assert response.status_code == 302


def test_the_session_cookie_is_bound_to_this_host_and_hidden_from_scripts(site):
    response = site.app.test_client().post("/login", data={"person": "alice", "next": "/"})
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-kehub=alice;")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
