"""In a real browser: a field appears when its condition is met, the editor grows in place, and axe finds nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from core.testing.people import make_world

pytestmark = pytest.mark.e2e

REPORTS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.violatedDirective} ${event.blockedURI}`))"""


@pytest.fixture
def page(app: Any, browser: Any) -> Iterator[Any]:
    """Alice of a new world, signed in; whatever the console says fails the test."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address, alice, said = f"http://127.0.0.1:{server.server_port}", make_world(app).alice, []
    context = browser.new_context(viewport={"width": 1360, "height": 850}, base_url=address)
    context.add_init_script(REPORTS)
    context.add_cookies([{"name": "lang", "value": "en", "url": address}])
    opened = context.new_page()
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto("/login")
    opened.fill("[name=email]", alice.email)
    opened.fill("[name=password]", alice.password)
    opened.press("[name=password]", "Enter")
    opened.wait_for_url("**/t/**")
    opened.workspace = f"/t/{alice.workspace}"
    yield opened
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()
    assert said == []


def test_a_field_is_made_with_its_condition_and_appears_when_it_is_met(page: Any, axe: Any) -> None:
    page.goto(f"{page.workspace}/settings/fields/new?on=customer")
    page.fill("[name='label.zh-CN']", "离开原因")
    page.fill("[name='label.en']", "Why they leave")
    page.fill("[name=key]", "why")
    page.click("text=Add condition")
    page.select_option("[name='when.0.field']", "telecom.churned")
    page.click("text=Show the values to fill in")
    page.select_option("[name='when.0.value']", "yes")
    page.click("text=Add group")
    expect(page.locator("[name='when.1.group']")).to_be_visible()
    expect(page.locator("[name='label.en']")).to_have_value("Why they leave")
    assert axe(page) == []
    page.click("#when-remove-1")
    expect(page.locator("[name='when.1.group']")).to_have_count(0)
    page.click("text=Save")
    page.wait_for_url("**/settings/fields?on=customer")
    expect(page.get_by_role("link", name="Why they leave")).to_be_visible()
    assert axe(page) == []

    page.goto(f"{page.workspace}/settings/fields/preview?on=customer")
    why = page.locator("[name='own.why']")
    expect(why).to_be_hidden()
    expect(why).to_be_disabled()
    page.select_option("[name='telecom.churned']", "yes")
    expect(why).to_be_visible()
    expect(why).to_be_enabled()
    assert axe(page) == []
    page.select_option("[name='telecom.churned']", "no")
    expect(why).to_be_hidden()


def test_the_list_s_own_condition_is_made_on_a_phone(page: Any, axe: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{page.workspace}/customers/condition")
    page.click("text=Add condition")
    page.select_option("[name='where.0.field']", "telecom.tenure_months")
    page.click("text=Show the values to fill in")
    page.fill("[name='where.0.value']", "12")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("main >> text=/^Show$/")
    page.wait_for_url("**/customers?where=*")
    expect(page.get_by_text("Own condition").first).to_be_visible()
