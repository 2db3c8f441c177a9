"""One vertical alone, and its rules asked as the gate asks them: on the documented subject of an act."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from core.gate.act_subject import make
from core.plugin import Reason, guard
from core.plugin.catalog import CatalogView
from core.plugin.host import load

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""Friday 20 November, 12:00 in Shanghai."""


def alone(key: str) -> CatalogView:
    """The view of a tenant that has switched on this vertical only."""
    point = metadata.EntryPoint(key, f"plugins.{key}.plugin", "kehub.verticals")
    return load(allowed=[key], found=[point]).view(frozenset({key}))


@dataclass(frozen=True)
class Asking:
    """`ask("late", record={...})`: what a rule says of an act on 20 November 2026 at noon in Shanghai."""

    view: CatalogView
    key: str

    @property
    def numbers(self) -> Mapping[str, Any]:
        found = self.view.parameters[self.key]
        return {key: found.resolve(key, jurisdiction="CN", on=date(2026, 11, 20)).value for key in found.keys}

    def __call__(
        self, rule: str, *, at: datetime = NOON, tightened: Mapping[str, Any] | None = None, **parts: Any
    ) -> Reason | None:
        qualified = f"{self.key}.{rule}"
        declared = self.view.rules()[qualified]
        blank = dict.fromkeys(("step", "customer", "case", "record", "before"))
        given = {"action": declared.action, "on": "", "consents": {}, "readings": {}, "children": {}}
        subject = make({**blank, **given, **parts}, counts={}, at=at, zone="Asia/Shanghai", place="CN")
        numbers = {name: {**self.numbers, **(tightened or {})}[name] for name in declared.parameters}
        outcome = guard.decide(declared, subject.values_for(self.key), parameters=numbers, declared=qualified)
        assert outcome.ok, outcome.failure
        return outcome.value

    def record(self, kind: str, *, state: str = "", parents: Any = (), **attributes: Any) -> dict[str, Any]:
        """A record as the gate is told of it; attributes in stored form."""
        return {
            "id": None, "type": f"{self.key}.{kind}", "state": state, "attributes": {self.key: attributes},
            "amount_minor": None, "currency": None, "occurred_at": None, "ends_at": None, "parents": parents,
        }  # fmt: skip

    def case(self, target: str, *, state: str = "", **attributes: Any) -> dict[str, Any]:
        held = {self.key: attributes}
        return {"id": None, "state": state or target, "target": target, "severity": "normal", "attributes": held}


def article(law: Path, title: str, number: str) -> str:
    """The text of one article of a statute in the library of law."""
    (file,) = law.glob(f"{title}*.md")
    text = file.read_text(encoding="utf-8")
    found = re.search(rf"^第{number}条\s.*?(?=^第[一二三四五六七八九十百]+条\s|\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"{title} has no article {number}"
    return "".join(found.group().split())


def walk(view: CatalogView, workflow: str, *steps: str) -> list[str]:
    """The states a case passes by these steps, from the first."""
    flow = view.workflow(workflow)
    assert flow is not None
    targets = {(step.source, step.key): step.target for step in flow.transitions}
    walked = [next(state.key for state in flow.states if state.kind == "initial")]
    for step in steps:
        walked.append(targets[walked[-1], step])
    return walked
