"""Single sign-on with a real provider: set up on the settings pages, then through its forms in the browser and back in."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from core.audit.models import AuditEntry
from core.sso.models import EmailDomain
from core.testing.browser_fixtures import ROOT, unavailable
from core.testing.people import make_world
from core.testing.serving import Served, serving
from core.web.assets import npm_command

pytestmark = pytest.mark.e2e

PACKAGE = "oidc-provider@9.13.3"
HOME = ROOT / ".kehub" / "npm" / PACKAGE
ENTRY = HOME / "node_modules" / "oidc-provider" / "lib" / "index.js"
PATIENCE = 15_000


@pytest.fixture(scope="module")
def package() -> Path:
    """The provider's files, downloaded once a checkout."""
    if not ENTRY.exists():
        npm = npm_command()
        if npm is None:
            unavailable("there is no npm")
        HOME.mkdir(parents=True, exist_ok=True)
        command = [
            *npm,
            "install",
            "--prefix",
            str(HOME),
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            PACKAGE,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        if done.returncode:
            unavailable(f"npm could not download {PACKAGE}: {done.stderr.strip()[-200:]}")
    return ENTRY


@contextmanager
def provider_of(package: Path, *, callback: str, domain: str) -> Iterator[str]:
    """A running provider; gives its issuer."""
    npm = npm_command()
    node = "node" if npm is not None and len(npm) == 1 else str(npm[0] if npm else "node")
    script = Path(__file__).with_name("idp.mjs")
    process = subprocess.Popen([node, str(script), str(package), callback, domain], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        issuer = process.stdout.readline().strip()
        assert issuer.startswith("http"), "the provider did not start"
        yield issuer
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="module")
def private(config: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An installation of a company's own, whose provider is on its network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "KEHUB_PRIVATE_NETWORK", "yes")
        with serving(config, log_folder=tmp_path_factory.mktemp("logs")) as running:
            yield running


def seat(browser: Any, url: str) -> Any:
    """A page of somebody who reads English."""
    context = browser.new_context(locale="en-GB")
    context.add_cookies([{"name": "lang", "value": "en", "url": url}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def test_a_client_adds_its_provider_and_its_people_come_in_by_it(
    app: Any, private: Served, package: Path, browser: Any, axe: Any, acting: Callable[..., Any]
) -> None:
    world = make_world(app, verticals=("telecom",))
    domain = f"{world.slug}.example"
    session = acting(world.alice)
    session.add(EmailDomain(domain=domain, token="0" * 32, verified_at=datetime.now(UTC)))
    session.commit()
    with provider_of(package, callback=f"{private.url}/sso/callback", domain=domain) as issuer:
        page = seat(browser, private.url)
        page.goto(f"{private.url}/login")
        page.get_by_label("Work e-mail").fill(world.alice.email)
        page.get_by_label("Password", exact=True).fill(world.alice.password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.goto(f"{private.url}/t/{world.slug}/single-sign-on/new")
        page.get_by_label("Name").fill("Harbour ID")
        page.get_by_label("Issuer").fill(issuer)
        page.get_by_label("Client ID").fill("kehub")
        page.get_by_label("Client secret").fill("only-for-tests")
        page.get_by_label("Make people on their first sign-in").check()
        page.get_by_label("Agent", exact=True).check()
        assert axe(page) == []
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Switch on").click()
        page.get_by_text("Switched on").wait_for()
        assert axe(page) == []

        page = seat(browser, private.url)
        page.goto(f"{private.url}/login")
        page.get_by_role("link", name="Sign in with your organisation").click()
        page.get_by_label("Work e-mail").fill(f"li@{domain}")
        page.get_by_role("button", name="Continue").click()
        assert axe(page) == []
        page.get_by_role("link", name="continue with Harbour ID").click()
        page.get_by_placeholder("Enter any login").fill("li")
        page.get_by_placeholder("and password").fill("any")
        page.get_by_role("button", name="Sign-in").click()
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(f"{private.url}/t/{world.slug}/**")
        page.goto(f"{private.url}/t/{world.slug}/customers")
        assert page.get_by_role("heading", level=1, name="Customers").is_visible()
        assert urlsplit(page.url).port == private.port

        page.get_by_role("heading", level=1).wait_for()
        page = seat(browser, private.url)
        page.goto(f"{private.url}/sso/{world.slug}")
        page.get_by_placeholder("Enter any login").fill("bob@elsewhere.example")
        page.get_by_placeholder("and password").fill("any")
        page.get_by_role("button", name="Sign-in").click()
        page.get_by_role("button", name="Continue").click()
        page.get_by_text("elsewhere.example is not a domain of this organisation").wait_for()
        assert axe(page) == []
    session = acting(world.alice)
    kept = session.query(AuditEntry.reason).filter(AuditEntry.reason.like("sso:%")).all()
    assert [each.reason for each in kept] == ["sso: foreign_domain"]
    assert private.faults() == []
