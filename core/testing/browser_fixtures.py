"""Fixtures for tests that drive a real browser or read the shared data sets.

What is missing is a failure where `CI=true`, elsewhere a skip whose reason pytest prints.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from core.testing.browser import FLAGS, find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / ".kehub" / "assets" / "axe.min.js"
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")

AxeRun = Callable[["Page"], list[str]]


def unavailable(reason: str) -> NoReturn:
    """Fail on CI, where everything must run; skip with the reason on a contributor's machine."""
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(f"CI must run this test, but {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, one for a file; a test opens its own context, so that no cookie is shared.

    It ends with its file, because playwright's event loop, while it lives, keeps others from running in this thread.
    """
    found = find_chromium()
    if found.path is None:
        unavailable(f"there is no browser: {found.reason}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found.path, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The data sets that lie beside the checkout, in `../shared/data`."""
    place = ROOT.parent / "shared" / "data"
    if not place.is_dir():
        unavailable("../shared/data is not there")
    return place


@pytest.fixture(scope="session")
def axe() -> AxeRun:
    """Runs axe-core on a page and gives one line per violation; an empty list is a pass."""
    if not AXE.is_file():
        unavailable("axe-core is not there: run `kehub assets`")
    script = AXE.read_text(encoding="utf-8")

    def violations(page: Page) -> list[str]:
        # evaluate() is not held by the page's CSP; a script element would be.
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(script)
        options = json.dumps({"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]})
        found = page.evaluate(f"async () => (await axe.run(document, {options})).violations")
        return [
            f"{rule['id']} ({rule['impact']}): {rule['help']} at {node['target']}: {node['html'][:160]}"
            for rule in found
            for node in rule["nodes"]
        ]

    return violations
