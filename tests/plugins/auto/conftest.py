"""Automotive alone in a catalog, and its rules as the gate asks them."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.plugin.catalog import CatalogView
from tests.plugins.asking import Asking, alone


@pytest.fixture(scope="session")
def view() -> CatalogView:
    return alone("auto")


@pytest.fixture(scope="session")
def ask(view: CatalogView) -> Asking:
    return Asking(view, "auto")


@pytest.fixture(scope="session")
def law(shared_data: Path) -> Path:
    folder = shared_data.parent / "law"
    if not folder.is_dir():
        pytest.skip("the library of law is not here")
    return folder
