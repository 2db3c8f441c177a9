"""How the suite is shared out when several processes run it (`make test`): whole files, the long ones first.

A process takes the next file when it is done with one, so a long file that comes last would keep the others waiting.
"""

from __future__ import annotations

import os

import pytest
from flask import Flask

from core.testing.people import World, make_world

MOST = 4
"""Processes; each has a database server and perhaps a browser, so more of them would want much memory."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` means: the cores we may use. A database that was named for the run is not shared between processes."""
    if os.environ.get("KEHUB_DATABASE_URL"):
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with a slow test or a browser go first. A run in one process keeps its order."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    long = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("e2e")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture
def world(app: Flask) -> World:
    """A client of one sector: what the others declare is tried in `tests/plugins`, what all do together in `tests/isolation`."""
    return make_world(app, verticals=("telecom",))
