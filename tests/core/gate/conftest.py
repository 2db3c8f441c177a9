"""These tests tell of telecom's rules, whatever other verticals a tenant has."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def view(app: Any) -> Any:
    return app.extensions["kehub"]["catalog"].view(frozenset({"telecom"}))
