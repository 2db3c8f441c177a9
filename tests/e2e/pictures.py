"""Take the README's pictures of a running demonstration: `python -m tests.e2e.pictures http://127.0.0.1:8000`.

Each page is taken in both languages, light, at the size of a small laptop. It asks the gate once about a customer who refused,
to whom it gives a time zone where it is noon now: contact hours are open whenever the pictures are taken, and what stops the
call is the refusal. It uploads one file, which it does not import.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
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
            picture_of_the_gate(agent, admin, url, tag)
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


def picture_of_the_gate(agent: Page, admin: Page, url: str, tag: str) -> None:
    agent.goto(f"{url}/t/{PROVIDER}/customers?consent=refused")
    agent.locator("tbody a.name").first.click()
    customer_id = agent.url.rstrip("/").rpartition("/")[2]
    admin.goto(f"{url}/t/{CLIENT}/customers/{customer_id}/edit")
    zone = admin.locator("[name=time_zone]")
    before, noon = zone.input_value(), zone_of_noon(datetime.now(UTC))
    live_in(admin, noon)
    agent.locator(".page-head a[href*='/contact']").click()
    agent.select_option("[name=purpose]", "retention")
    agent.click("main form button")
    take(agent, None, f"gate.{tag}.png")
    admin.goto(f"{url}/t/{CLIENT}/customers/{customer_id}/edit")
    live_in(admin, before)


def zone_of_noon(now: datetime) -> str:
    """Where the clocks show twelve. The sign of these names is that of the way from there to Greenwich."""
    return f"Etc/GMT{now.hour - 12:+d}" if now.hour != 12 else "Etc/GMT"


def live_in(admin: Page, zone: str) -> None:
    admin.fill("[name=time_zone]", zone)
    admin.locator("main form button[data-kind=primary]").click()
    admin.wait_for_url(lambda at: not at.endswith("/edit"))


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
