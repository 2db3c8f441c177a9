"""A small vertical with a record type and a workflow, and acts on them, for tests of the gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg
from sqlalchemy.orm import Session

from core.db import driver
from core.gate.acts import Act
from core.plugin import Count, Field, Parameter, Reason, RecordType, Rule, State, Transition, Vertical, Workflow
from core.plugin.catalog import Catalog, CatalogView, LoadedVertical
from core.plugin.params import ParameterSet

WORDS = {"zh-CN": "宠物", "en": "Pets"}

FIELDS = (
    Field(key="vip", label=WORDS, kind="boolean"),
    Field(key="refund", label=WORDS, kind="integer", on="case"),
    Field(key="secret", label=WORDS, kind="text", on="case", sensitivity="personal"),
    Field(key="weight", label=WORDS, kind="integer", on="record:dog"),
    Field(key="floor", label=WORDS, kind="integer", on="record:kennel"),
)
TYPES = (RecordType(key="kennel", label=WORDS, holder="optional"), RecordType(key="dog", label=WORDS, parent="kennel"))
FLOW = Workflow(
    key="walk", label=WORDS, version=1, record_type="dog",
    states=(State(key="new", label=WORDS, kind="initial"), State(key="done", label=WORDS, kind="done")),
    transitions=(Transition(key="close", label=WORDS, source="new", target="done"),),
)  # fmt: skip


def pets(*rules: Rule, parameters: tuple[Parameter, ...] = ()) -> LoadedVertical:
    vertical = Vertical(key="pets", label=WORDS, version="1.2", requires=">=1")
    return LoadedVertical(
        vertical=vertical, distribution="kehub-pets", module="pets.plugin", package="core", rules=rules, fields=FIELDS,
        record_types=TYPES, workflows=(FLOW,), parameters=ParameterSet(rows=parameters),
    )  # fmt: skip


def view_of(*rules: Rule, parameters: tuple[Parameter, ...] = ()) -> CatalogView:
    return Catalog([pets(*rules, parameters=parameters)]).everything


def rule(key: str, **says: Any) -> Rule:
    said: dict[str, Any] = {"action": "case_step", "on": ("walk",), "citation": "Pets Act, section 1", **says}
    return Rule(key=key, label=WORDS, **said)


def saying(key: str, verdict: Any, **more: Any) -> Rule:
    reason = Reason(code=f"pets.{key}", text=WORDS, verdict=verdict)
    return rule(key, decide=lambda subject, parameters: reason, **more)


def step(customer_id: Any, *, attributes: Any = None, target: str = "done", case_id: Any = None, **more: Any) -> Act:
    case = {
        "id": case_id, "state": "new", "target": target, "severity": "normal", "attributes": {"pets": attributes or {}},
    }  # fmt: skip
    return Act(action="case_step", on="pets.walk", step="close", customer_id=customer_id, case=case, **more)


def dog(weight: int | None = None, *, record_id: Any = None, state: str = "alive", **more: Any) -> dict[str, Any]:
    return {
        "id": record_id, "type": "pets.dog", "state": state,
        "attributes": {"pets": {} if weight is None else {"weight": weight}}, "amount_minor": None, "currency": None,
        "occurred_at": None, "ends_at": None, "parents": [], **more,
    }  # fmt: skip


LINES = Count(key="lines", of="record:telecom.line", days="recent_days")
OWN_COUNT = Count(key="dogs", of="record:dog")


@contextmanager
def sent(session: Session) -> Iterator[list[str]]:
    """Every statement of the transaction, also those that go past SQLAlchemy to the driver."""
    seen: list[str] = []
    execute = psycopg.Cursor.execute

    def noting(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(query.decode() if isinstance(query, bytes) else str(query))
        return execute(self, query, *args, **kwargs)

    session.flush()
    by_cursor = patch.object(driver.Statement, "_prepared", lambda *_: None)
    with patch.object(psycopg.Cursor, "execute", noting), by_cursor:
        yield seen
