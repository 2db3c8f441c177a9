"""Take the README's pictures of a running demonstration: `python -m tests.e2e.pictures http://127.0.0.1:8000`.

Each page is taken in both languages, light, at the size of a small laptop. It asks the gate once and uploads one file, which
it does not import.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from core.demo.cast import PASSWORD
from core.testing.browser import FLAGS, find_chromium
from tests.e2e.generated import sixty, write_csv

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
CLIENT, PROVIDER = "huadong-telecom", "huadong-telecom-retention"


def main(url: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium().path, args=list(FLAGS))
        for tag in ("en", "zh-CN"):
            manager = signed_in(chromium, url, f"manager@{CLIENT}.example", tag)
            take(manager, f"{url}/t/{CLIENT}/", f"dashboard.{tag}.png")
            agent = signed_in(chromium, url, "chen@clearline.example", tag)
            pictures_of_the_agent(agent, f"{url}/t/{PROVIDER}", tag)
            admin = signed_in(chromium, url, f"admin@{CLIENT}.example", tag)
            try_an_import(admin, f"{url}/t/{CLIENT}")
            take(admin, None, f"import.{tag}.png")
        chromium.close()


def signed_in(browser: Browser, url: str, address: str, tag: str) -> Page:
    context = browser.new_context(viewport={"width": 1360, "height": 850}, locale=tag, reduced_motion="reduce")
    context.add_cookies([{"name": "lang", "value": tag, "url": url}, {"name": "theme", "value": "light", "url": url}])
    page = context.new_page()
    page.goto(f"{url}/login")
    page.fill("[name=email]", address)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(lambda at: not at.endswith("/login"))  # who works in several workspaces chooses one first
    return page


def pictures_of_the_agent(page: Page, workspace: str, tag: str) -> None:
    page.goto(f"{workspace}/cases")
    page.locator("tbody tr", has=page.locator(".badge", has_text=("Cooling-off", "冷静期")[tag != "en"])).first.locator(
        "a.name"
    ).click()
    take(page, None, f"case.{tag}.png")
    page.locator(".page-head a[href*='/customers/']").first.click()
    take(page, None, f"customer.{tag}.png")
    page.goto(f"{workspace}/customers?consent=refused")
    page.locator("tbody a.name").first.click()
    page.locator(".page-head a[href*='/contact']").click()
    page.select_option("[name=purpose]", "retention")
    page.click("main form button")
    take(page, None, f"gate.{tag}.png")


def try_an_import(page: Page, workspace: str) -> None:
    """A file with the faults that files have."""
    people = sixty()
    people[3] = replace(people[3], phone="139-07")
    people[17] = replace(people[17], email="nobody at home")
    people[41] = replace(people[41], code="")
    people[52] = replace(people[52], code=people[51].code)
    with tempfile.TemporaryDirectory() as folder:
        page.goto(f"{workspace}/imports/new")
        page.set_input_files("[type=file]", write_csv(Path(folder) / "客户-2026-11.csv", people, zone="Asia/Shanghai"))
        page.click("main form button")
    page.click("main button[data-kind=primary]")
    page.locator("#h-result").wait_for()


def take(page: Page, address: str | None, name: str) -> None:
    if address is not None:
        page.goto(address)
    page.wait_for_load_state("networkidle")
    page.mouse.move(1359, 849)
    page.screenshot(path=FOLDER / name)


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
