"""In a real browser: signing in over http on loopback, no report of the policy, axe finds nothing, the keys work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from werkzeug.serving import make_server

pytestmark = pytest.mark.e2e

REPORTS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.violatedDirective} ${event.blockedURI}`))"""


@pytest.fixture
def address(site) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(browser, address):
    """Opens a page as a person, with theme, language and width; fails on any report of the policy."""
    opened, said = [], []

    def go(person: str, path: str, *, theme: str = "light", lang: str = "en", width: int = 1360):
        context = browser.new_context(viewport={"width": width, "height": 850})
        opened.append(context)
        context.add_init_script(REPORTS)
        context.add_cookies([{"name": name, "value": value, "url": address} for name, value in
                             {"theme": theme, "lang": lang}.items()])  # fmt: skip
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{address}/login")
        page.fill("[name=person]", person)
        page.fill("[name=next]", path)
        page.click("main button")
        page.wait_for_load_state("networkidle")
        assert urlsplit(page.url).path == path
        return page

    yield go
    for context in opened:
        context.close()
    assert said == []


@pytest.mark.parametrize(
    ("person", "path", "theme", "lang", "width"),
    [
        ("alice", "/t/harbour/gallery", "light", "en", 1360),
        ("wang", "/t/lanjiang/gallery", "dark", "zh-CN", 1360),
        ("alice", "/t/harbour/gallery", "dark", "en", 390),
        ("", "/login", "light", "zh-CN", 390),
    ],
)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit, axe, person, path, theme, lang, width):
    page = visit(person, path, theme=theme, lang=lang, width=width)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_session_works_over_http_on_loopback(visit):
    page = visit("alice", "/t/harbour/customers")
    names = {cookie["name"] for cookie in page.context.cookies()}
    assert "__Host-kehub" in names
    assert page.evaluate("document.cookie.includes('__Host-kehub')") is False


def test_the_theme_button_is_remembered(visit):
    page = visit("alice", "/t/harbour/customers")
    page.click(".top [data-theme-toggle]")
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_keys_walk_the_rows_and_can_be_switched_off(visit):
    page = visit("alice", "/t/harbour/gallery")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "刘先生"
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "赵女士"
    page.click(".top details:last-of-type summary")
    page.click("button[commandfor=keyboard]")
    page.uncheck("[data-keys-toggle]")
    page.keyboard.press("Escape")
    page.reload()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "q"


def test_slash_goes_to_the_search_field(visit):
    page = visit("alice", "/t/harbour/customers")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"


def test_a_form_with_errors_gets_the_focus(visit):
    page = visit("alice", "/t/harbour/gallery")
    assert page.evaluate("document.activeElement.className") == "form-errors"


def test_on_a_phone_more_opens_all_pages(visit):
    page = visit("alice", "/t/harbour/customers", width=390)
    assert page.locator("#more").is_visible() is False
    page.click("[popovertarget=more]")
    assert page.locator("#more a", has_text="Imports").is_visible()
