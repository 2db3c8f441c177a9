"""One vertical alone in a catalog, and its rules asked on subjects as the gate documents them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from importlib import metadata
from typing import Any

from core.fields.fieldset import FieldSet
from core.gate.act_subject import make
from core.plugin import Reason, guard
from core.plugin.catalog import CatalogView
from core.plugin.host import load

TODAY = date(2026, 11, 22)
CUSTOMER = {"kind": "person", "state": "active", "country": "CN", "grade": None, "time_zone": "Asia/Shanghai"}


@cache
def alone(key: str) -> CatalogView:
    point = metadata.EntryPoint(key, f"plugins.{key}.plugin", "kehub.verticals")
    return load(allowed=[key], found=[point]).view(frozenset({key}))


def numbers(view: CatalogView, key: str) -> Mapping[str, Any]:
    found = view.parameters[key]
    return {name: found.resolve(name, jurisdiction="CN", on=TODAY).value for name in found.keys}


def ask_contact(
    view: CatalogView, rule: str, *, attributes: Mapping[str, Any] | None = None, **facts: Any
) -> Reason | None:
    """What a rule says of a contact with a customer who has these attributes of the rule's vertical."""
    owner = rule.partition(".")[0]
    subject = {
        "customer": CUSTOMER,
        "attributes": {owner: dict(attributes or {})},
        "purpose": "marketing",
        "channel": "phone",
        "at": datetime(2026, 11, 22, 2, 0, tzinfo=UTC),
        "local_time": time(10, 0),
        "consents": {},
        "do_not_contact": [],
        "interactions": {"day": 0, "week": 0, "month": 0},
        "open_complaints": 0,
    } | facts
    return _asked(view, rule, subject)


def ask_act(
    view: CatalogView,
    rule: str,
    *,
    attributes: Mapping[str, Any] | None = None,
    case: Mapping[str, Any] | None = None,
    record: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    children: Mapping[str, Any] | None = None,
    counts: Mapping[str, int] | None = None,
    step: str | None = None,
    at: datetime = datetime(2026, 11, 22, 2, 0, tzinfo=UTC),
) -> Reason | None:
    """What a rule says of an act: `case` and `before` are attributes, `record` its columns with bare attributes.

    Of several steps the rule's first is taken unless `step` names another.
    """
    owner, declared = rule.partition(".")[0], view.rules()[rule]
    on = f"{owner}.{declared.on[0]}"
    parts = {
        "action": declared.action,
        "on": on,
        "step": step or (declared.steps[0] if declared.steps else None),
        "customer": CUSTOMER,
        "attributes": {owner: dict(attributes or {})},
        "consents": {},
        "case": None if case is None else _of_case(owner, case),
        "record": None if record is None else _of_record(owner, on, record),
        "before": None if before is None else {"state": "active", "attributes": {owner: dict(before)}},
        "readings": {},
        "children": {
            kind: [{**each, "attributes": {owner: dict(each["attributes"])}} for each in held]
            for kind, held in (children or {}).items()
        },
    }
    known = {each.key: 0 for each in declared.counts} | dict(counts or {})
    subject = make(parts, counts={owner: known}, at=at, zone="Asia/Shanghai", place="CN")
    return _asked(view, rule, subject.values_for(owner))


def _of_case(owner: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    held = {owner: dict(attributes)}
    return {"id": "1", "state": "open", "target": "next", "severity": "normal", "attributes": held}


def _of_record(owner: str, on: str, given: Mapping[str, Any]) -> dict[str, Any]:
    held = {owner: dict(given.get("attributes", {}))}
    empty = {"state": "active", "amount_minor": None, "currency": "CNY", "occurred_at": None, "ends_at": None}
    return {"id": "2", "type": on, **empty, "parents": [], **given, "attributes": held}


def _asked(view: CatalogView, rule: str, subject: Mapping[str, Any]) -> Reason | None:
    owner = rule.partition(".")[0]
    wanted = set(view.rules()[rule].parameters)
    parameters = {key: value for key, value in numbers(view, owner).items() if key in wanted}
    outcome = guard.decide(view.rules()[rule], subject, parameters=parameters, declared=rule)
    assert outcome.ok, outcome.failure
    if outcome.value is not None:
        assert set(outcome.value.parameters) <= wanted, "a reason names parameters that its rule declares"
    return outcome.value


def as_written(form: FieldSet, owner: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Typed values by bare key, as a person would write them into the form."""

    def text(key: str, value: Any) -> str:
        kind = form.fields[f"{owner}.{key}"].kind
        if kind == "boolean":
            return "yes" if value else "no"
        return f"{value / 100:.2f}" if kind == "money" else str(value)

    return {f"{owner}.{key}": text(key, value) for key, value in values.items()}
