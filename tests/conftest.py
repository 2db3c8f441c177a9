"""How the suite is shared out when several processes run it (`make test`): whole files, the long ones first,
and those that share what they planted in one process.

A process takes the next file when it is done with one, so a long file that comes last would keep the others waiting.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from flask import Flask

from core.testing.people import World, make_world

MOST = 4
"""Processes; each has a database server and perhaps a browser, so more of them would want much memory."""


TOGETHER = "tests/isolation"
"""Files of this folder share what they planted and whom they walked: one process takes them all, and begins with them."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` means: the cores we may use. A database that was named for the run is not shared between processes."""
    if os.environ.get("KEHUB_DATABASE_URL"):
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Whole files, and of the isolation's the whole folder."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Folders(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return TOGETHER if nodeid.startswith(f"{TOGETHER}/") else str(super()._split_scope(nodeid))

    return Folders(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The walls go first, which take minutes, then files with a slow test or a browser. One process alone keeps its order."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    long = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("e2e")}
    items.sort(key=lambda item: 0 if item.nodeid.startswith(f"{TOGETHER}/") else 1 if item.path in long else 2)


@pytest.fixture
def world(app: Flask) -> World:
    """A client of one sector: what the others declare is tried in `tests/plugins`, what all do together in `tests/isolation`."""
    return make_world(app, verticals=("telecom",))
