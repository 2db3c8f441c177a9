"""Banking alone in a catalog, and its rules as the gate asks them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from core.plugin import Reason
from core.plugin.catalog import CatalogView
from tests.plugins.subjects import alone, ask_act, ask_contact


@pytest.fixture(scope="session")
def view() -> CatalogView:
    return alone("banking")


@pytest.fixture
def ask(view: CatalogView) -> Callable[..., Reason | None]:
    return partial(ask_act, view)


@pytest.fixture
def call(view: CatalogView) -> Callable[..., Reason | None]:
    return partial(ask_contact, view)
