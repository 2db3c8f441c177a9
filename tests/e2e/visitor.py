"""Somebody at a browser: signs in, presses what a person would press, and holds every page seen to the house's promises.

A look at a page means: its words in both languages, nothing for axe in light and dark, no sideways scrolling on a phone.
Console, script errors and reports of the content security policy are kept and must be empty at the end.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from core.testing.people import Person

REPORTS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.violatedDirective} ${event.blockedURI}`))"""

REFUSAL = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
DESKTOP, PHONE = {"width": 1360, "height": 850}, {"width": 390, "height": 844}
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)


class Visitor:
    """One browser context of one person; `url` is the server or a wire to it."""

    def __init__(self, browser: Browser, url: str, *, axe: Callable[[Page], list[str]], name: str) -> None:
        self.name = name
        self.url = url
        self.complaints: list[str] = []
        self.workspace = ""
        self._axe = axe
        self._expected: Counter[str] = Counter()
        self._context = browser.new_context(
            viewport=DESKTOP, locale="en-GB", timezone_id="Asia/Shanghai", reduced_motion="reduce"
        )
        self._context.set_default_timeout(PATIENCE)
        self._context.add_init_script(REPORTS)
        self.page = self.tab()

    def tab(self) -> Page:
        """Another tab of the same person."""
        page = self._context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        return page

    def close(self) -> None:
        self._context.close()

    def sign_in(self, person: Person) -> None:
        self.workspace = person.workspace
        self.page.goto(f"{self.url}/login")
        self.page.get_by_label("Work e-mail").fill(person.email)
        self.page.get_by_label("Password").fill(person.password)
        self.press("Sign in")
        expect(self.page).to_have_url(re.compile(rf"/t/{person.workspace}/"))
        self.speak("en")  # a Chinese tenant's pages speak Chinese until somebody says otherwise

    def address(self, path: str) -> str:
        return f"{self.url}/t/{self.workspace}{path}"

    def go(self, path: str) -> None:
        answer = self.page.goto(self.address(path))
        assert answer is not None
        assert answer.ok, f"{path} answered {answer.status}"

    def press(self, name: str, *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("link", name=name, exact=isinstance(name, str)).first.click()

    def unfold(self, section: str) -> None:
        """Open a section of the side navigation that is folded until somebody wants it."""
        side = self.page.get_by_role("navigation", name="Main").locator("details").filter(has_text=section)
        if side.get_attribute("open") is None:
            side.locator("summary").click()

    def sees(self, *texts: str) -> None:
        """Each of the texts can be read somewhere in the main part."""
        for text in texts:
            expect(self.main, f"{text} is on {self.page.url}").to_contain_text(text)

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @contextmanager
    def refused(self, status: int) -> Iterator[None]:
        """What happens within may make the browser say once in its console, then or a moment later, that it got this status."""
        self._expected[str(status)] += 1
        yield

    def look(self, shot: str, *, en: tuple[str, ...], zh: tuple[str, ...] = (), phone: bool = False) -> None:
        """Hold the page to the promises. With `zh` it is loaded again in Chinese, so it must have come by GET."""
        self.sees(*en)
        expect(self.page.locator("html")).to_have_attribute("lang", "en")
        self._accessible(shot, "light")
        self._accessible(shot, "dark")
        if phone:
            self.page.set_viewport_size(PHONE)
            self._accessible(shot, "phone")
            assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{shot} scrolls sideways"
            self.page.set_viewport_size(DESKTOP)
        if zh:
            self.speak("zh-CN")
            self.sees(*zh)
            self._accessible(shot, "zh")
            self.speak("en")

    def speak(self, tag: str) -> None:
        """Change the language by the link that offers it."""
        self.page.goto(self.page.locator(f"a[hreflang={tag}]").first.evaluate("link => link.href"))
        expect(self.page.locator("html")).to_have_attribute("lang", tag)

    def _accessible(self, shot: str, variant: str) -> None:
        theme = "dark" if variant == "dark" else "light"
        self.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        found = self._axe(self.page)
        folder = os.environ.get("E2E_SHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{shot}-{variant}.png", full_page=variant == "phone")
        if theme == "dark":
            self.page.evaluate("() => { delete document.documentElement.dataset.theme }")
        assert found == [], f"{shot}, {variant}: {found}"

    def _note(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        refusal = REFUSAL.match(message.text)
        if refusal is not None and self._expected[refusal[1]] > 0:
            self._expected[refusal[1]] -= 1
            return
        self.complaints.append(f"{message.location.get('url')}: {message.text}")
