"""A small vertical of the tests: workflows with approval, effects, timers and a record, and nothing else."""

from __future__ import annotations

from typing import Any

from core.plugin import Choice, Field, RecordType, Rule, State, Timer, Transition, Vertical, Workflow
from core.plugin.catalog import LoadedVertical

WORDS = {"zh-CN": "花园", "en": "Garden"}

BED = RecordType(
    key="bed", label=WORDS, holder="optional", states=(Choice(key="fallow", label=WORDS), Choice(key="planted", label=WORDS)),
    moves={"fallow": ("planted",)},
)  # fmt: skip

PLANTING = Workflow(
    key="planting", label=WORDS, version=1, record_type="bed",
    states=(
        State(key="new", label=WORDS, kind="initial"), State(key="dug", label=WORDS),
        State(key="late", label=WORDS), State(key="over", label=WORDS, kind="done"),
    ),
    transitions=(
        Transition(key="dig", label={"zh-CN": "翻土", "en": "Dig"}, source="new", target="dug"),
        Transition(key="plant", label={"zh-CN": "种植", "en": "Plant"}, source="dug", target="over",
                   effects=("set_record_state:planted", "open_case:watering")),
        Transition(key="burn", label={"zh-CN": "焚烧", "en": "Burn"}, source="dug", target="over", approval=True,
                   required=("why",), optional=True),
        Transition(key="rest", label=WORDS, source="dug", target="late"),
        Transition(key="warn", label=WORDS, source="new", target="late", sides=("system",)),
        Transition(key="shout", label=WORDS, source="new", target="new", effects=("notify:client_manager",)),
    ),
    timers=(Timer(key="begin", label=WORDS, parameter="begin_days", start="new", stops=("dug",), on_breach="warn"),),
    fields=("why",),
)  # fmt: skip

WATERING = Workflow(
    key="watering", label=WORDS, version=1,
    states=(State(key="dry", label=WORDS, kind="initial"), State(key="wet", label=WORDS, kind="done")),
    transitions=(Transition(key="water", label=WORDS, source="dry", target="wet", effects=("settle_findings",)),),
)  # fmt: skip


def garden(*workflows: Workflow, rules: tuple[Rule, ...] = (), **more: Any) -> LoadedVertical:
    return LoadedVertical(
        vertical=Vertical(key="garden", label=WORDS, version="1", requires=">=1"), distribution="kehub-garden",
        module="garden.plugin", package="core", workflows=workflows or (PLANTING, WATERING), record_types=(BED,), rules=rules,
        fields=(Field(key="why", label={"zh-CN": "原因", "en": "Reason"}, kind="text", on="case"),), **more,
    )  # fmt: skip
