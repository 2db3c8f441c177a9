"""How the tests come by a browser, on machines made of a few scripts in a folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.testing import browser as finder
from core.testing.browser import Found

Script = Callable[[str, str], Path]
WORKS = "echo Chromium 150"
STUB = "echo 'install the snap'; exit 1"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Puts a program on a PATH that has nothing else, on a machine where playwright cannot install either."""

    def write(name: str, body: str) -> Path:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(finder, "MAC_APPS", ())
    monkeypatch.setattr(sys, "executable", str(write("no-python", "echo 'no such host' >&2; exit 1")))
    return write


def search(*, install: bool = True) -> Found:
    return finder.find_chromium.__wrapped__(install=install)


def test_a_browser_on_the_path_is_taken(script: Script) -> None:
    chrome = script("google-chrome", WORKS)

    assert search() == Found(path=chrome)


def test_a_stub_that_says_what_to_install_is_no_browser(script: Script) -> None:
    script("chromium", STUB)

    assert search(install=False) == Found(path=None, reason="no Chromium or Chrome is installed")


def test_root_installs_one_with_the_package_manager(script: Script, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    chromium = script("made-later", WORKS)
    script("apt-get", f'[ "$1" = update ] || /bin/cp {chromium} {tmp_path}/chromium')

    assert search() == Found(path=tmp_path / "chromium")


def test_without_root_the_reasons_are_told(script: Script, monkeypatch: Any) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    script("apt-get", "exit 0")

    found = search()

    assert found.path is None
    assert "apt-get needs root" in found.reason
    assert "playwright install chromium` failed: no such host" in found.reason


def test_a_failed_installation_says_what_the_package_manager_said(script: Script, monkeypatch: Any) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    script("apk", "echo 'unable to select packages' >&2; exit 3")

    assert "unable to select packages" in search().reason


@pytest.mark.e2e
def test_axe_tells_a_picture_without_words_and_nothing_on_a_sound_page(browser: Any, axe: Any) -> None:
    page = browser.new_page()
    page.set_content("<html lang=en><title>A page</title><main><h1>Customers</h1><img src='data:,'></main>")
    assert [fault for fault in axe(page) if fault.startswith("image-alt")]

    page.set_content("<html lang=en><title>A page</title><main><h1>Customers</h1></main>")
    assert axe(page) == []
    page.close()


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_what_is_missing_fails_on_ci_and_is_skipped_elsewhere(ci: str, outcome: type, monkeypatch: Any) -> None:
    from core.testing.browser_fixtures import unavailable

    monkeypatch.setenv("CI", ci)

    with pytest.raises(outcome, match="no browser"):
        unavailable("there is no browser")
