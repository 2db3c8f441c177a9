"""Finds a Chromium for the browser tests, and installs one where it may.

1. A Chromium or Chrome on the PATH (or where macOS keeps it) that answers `--version`.
2. One that `playwright install chromium` put in place earlier.
3. As root: the system's package manager installs one, with a font for Chinese.
4. `playwright install chromium`, which downloads its own build.

A machine where all four fail gets the reasons, one sentence each.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""`--no-sandbox`: containers of CI run as root without user namespaces. The rest keeps the browser off the network."""

PACKAGE_MANAGERS: dict[str, Sequence[Sequence[str]]] = {
    "apt-get": (
        ("apt-get", "update", "-q"),
        ("apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"),
    ),
    "dnf": (("dnf", "install", "-q", "-y", "chromium", "google-noto-sans-cjk-fonts"),),
    "apk": (("apk", "add", "--no-cache", "chromium", "font-noto-cjk"),),
}
INSTALL_SECONDS = 600
ANSWER_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Found:
    """The program's path, or why there is none."""

    path: Path | None
    reason: str = ""


@cache
def find_chromium(*, install: bool = True) -> Found:
    """The Chromium to test with; with `install`, one is put in place where that is allowed."""
    present = _on_machine() or _of_playwright()
    if present:
        return Found(path=present)
    if not install:
        return Found(path=None, reason="no Chromium or Chrome is installed")
    reasons = ["no Chromium or Chrome is installed"]
    for attempt, look in ((_install_package, _on_machine), (_install_playwright_build, _of_playwright)):
        problem = attempt()
        present = look()
        if present:
            return Found(path=present)
        reasons.append(problem or "the installed browser does not start")
    return Found(path=None, reason="; ".join(reasons))


def _on_machine() -> Path | None:
    on_path = (Path(found) for name in NAMES if (found := shutil.which(name)))
    return next((path for path in (*on_path, *MAC_APPS) if path.exists() and _answers(path)), None)


def _of_playwright() -> Path | None:
    """Where playwright's own build lies. Asked in a child process: its event loop does not mix with pytest's."""
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    try:
        answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return None
    path = Path(answer.stdout.strip() or "/nonexistent")
    return path if path.exists() and _answers(path) else None


def _answers(path: Path) -> bool:
    """A program of that name can be a stub that only says which package to install."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=ANSWER_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _install_package() -> str | None:
    """Install with the system's package manager; the problem as a sentence, or None."""
    manager = next((name for name in PACKAGE_MANAGERS if shutil.which(name)), None)
    if manager is None:
        return "there is no known package manager"
    if os.geteuid() != 0:
        return f"{manager} needs root"
    for command in PACKAGE_MANAGERS[manager]:
        problem = _run(command)
        if problem:
            return problem
    return None


def _install_playwright_build() -> str | None:
    return _run([sys.executable, "-m", "playwright", "install", "chromium"])


def _run(command: Sequence[str]) -> str | None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    said = f"`{' '.join(Path(word).name for word in command)}`"
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return f"{said} did not finish: {type(problem).__name__}"
    if done.returncode == 0:
        return None
    lines = (done.stderr or done.stdout).strip().splitlines()
    return f"{said} failed: {lines[-1] if lines else f'exit code {done.returncode}'}"
