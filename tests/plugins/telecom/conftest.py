"""Telecom alone in a catalog, its rules as the gate asks them, and its fields as forms read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from importlib import metadata
from typing import Any

import pytest

from core.fields.fieldset import FieldSet
from core.plugin import Field, Reason, guard
from core.plugin.catalog import CatalogView
from core.plugin.host import load

STATE = Field(key="state", label={"zh-CN": "状态", "en": "State"}, kind="text")
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def view() -> CatalogView:
    point = metadata.EntryPoint("telecom", "plugins.telecom.plugin", "kehub.verticals")
    return load(allowed=["telecom"], found=[point]).view(frozenset({"telecom"}))


@pytest.fixture(scope="session")
def customer_fields(view: CatalogView) -> FieldSet:
    return FieldSet.of(view, core={"state": STATE})


@pytest.fixture(scope="session")
def parameters(view: CatalogView) -> Mapping[str, Any]:
    found = view.parameters["telecom"]
    return {key: found.resolve(key, jurisdiction="CN", on=TODAY).value for key in found.keys}


@pytest.fixture
def ask(view: CatalogView, parameters: Mapping[str, Any]) -> Callable[..., Reason | None]:
    """What a rule says of a contact: `ask("bill_shock", purpose="service", telecom={...})`."""

    def asked(key: str, *, telecom: Mapping[str, Any] | None = None, **facts: Any) -> Reason | None:
        qualified = f"telecom.{key}"
        subject = {
            "customer": {"kind": "person", "state": "active", "country": "CN", "time_zone": "Asia/Shanghai"},
            "attributes": {"telecom": dict(telecom or {})},
            "purpose": "marketing",
            "channel": "phone",
            "at": datetime(2026, 11, 22, 2, 0, tzinfo=UTC),
            "local_time": time(10, 0),
            "consents": {},
            "do_not_contact": [],
            "interactions": {"day": 0, "week": 0, "month": 0},
            "open_complaints": 0,
        } | facts
        outcome = guard.decide(view.rules()[qualified], subject, parameters=parameters, declared=qualified)
        assert outcome.ok, outcome.failure
        return outcome.value

    return asked
