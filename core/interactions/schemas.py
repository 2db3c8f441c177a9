"""What the API says and takes of an interaction."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Instant, Masked, Strict
from core.context import Sight
from core.fields.masks import writer
from core.gate.facts import CHANNELS, PURPOSES
from core.interactions.labels import DIRECTIONS, DISPOSITIONS, NEXT_STEPS, OUTCOMES, TREE
from core.interactions.service import NOTE_LIMIT
from core.plugin.types import Label

SECONDS = ("queued_s", "ring_s", "talk_s", "hold_s", "wrap_s")


def _choice(*keys: str) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(keys, error=NO_CHOICE))


def _seconds() -> fields.Integer:
    return fields.Integer(allow_none=True, strict=True, metadata={"minimum": 0, "description": "Whole seconds."})


def _maybe(what: str, *keys: str) -> fields.String:
    return fields.String(
        allow_none=True, validate=validate.OneOf(keys, error=NO_CHOICE), metadata={"description": what}
    )


class InteractionNew(Strict):
    customer_id = fields.UUID(required=True)
    channel = _choice(*CHANNELS)
    direction = _choice(*DIRECTIONS)
    purpose = _choice(*PURPOSES)
    disposition = _choice(*DISPOSITIONS)
    outcome = _maybe(
        "What came of it; the disposition says which can be (`GET /interactions/dispositions`).", *OUTCOMES
    )
    next_step = _maybe("What is done about it; the outcome says which can follow.", *NEXT_STEPS)
    started_at = Instant(required=True)
    ended_at = Instant(allow_none=True)
    queued_s, ring_s, talk_s, hold_s, wrap_s = (_seconds() for _ in SECONDS)
    note = fields.String(allow_none=True, metadata={"maxLength": NOTE_LIMIT})
    gate_decision_id = fields.UUID(
        allow_none=True, metadata={"description": "The decision that an outbound contact rests on."}
    )
    case_id = fields.UUID(allow_none=True)
    contact_id = fields.UUID(allow_none=True)
    contact_point_id = fields.UUID(allow_none=True)


class Interaction(Schema):
    id = fields.UUID()
    number = fields.Integer()
    customer_id = fields.UUID()
    channel = fields.String()
    direction = fields.String()
    purpose = fields.String()
    disposition = fields.String()
    outcome = fields.String(allow_none=True)
    next_step = fields.String(allow_none=True)
    started_at = Instant()
    ended_at = Instant(allow_none=True)
    queued_s, ring_s, talk_s, hold_s, wrap_s = (fields.Integer(allow_none=True) for _ in SECONDS)
    note = fields.String(allow_none=True)
    gate_decision_id = fields.UUID(allow_none=True)
    case_id = fields.UUID(allow_none=True)
    ungated = fields.Boolean(metadata={"description": "Outbound, without a decision behind it."})
    party = fields.String(metadata={"enum": ["client", "provider", "system"]})


class TreeStep(Schema):
    key = fields.String()
    label = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "Text by language."})


class TreeOutcome(TreeStep):
    next_steps = fields.List(fields.Nested(TreeStep))


class TreeReach(TreeStep):
    outcomes = fields.List(fields.Nested(TreeOutcome))


class DispositionTree(Schema):
    data = fields.List(fields.Nested(TreeReach))
    next = fields.String(allow_none=True, metadata={"description": "Always null: it is one tree."})


def disposition_tree() -> list[dict[str, Any]]:
    """The tree as the API tells it."""

    def named(key: str, label: Label) -> dict[str, Any]:
        return {"key": key, "label": dict(label)}

    return [
        named(reach, DISPOSITIONS[reach].label)
        | {
            "outcomes": [
                named(outcome, OUTCOMES[outcome]) | {"next_steps": [named(step, NEXT_STEPS[step]) for step in steps]}
                for outcome, steps in outcomes.items()
            ]
        }
        for reach, outcomes in TREE.items()
    ]


@lru_cache(maxsize=64)
def interaction_schema(*, sight: Sight) -> Schema:
    """`Interaction` for one reader: who sees masks reads notes without numbers and addresses."""
    hidden: dict[str, Any] = {"note": Masked(mask)} if (mask := writer(sight)) is not None else {}
    made: Schema = type("InteractionRead", (Interaction,), hidden)()
    return made
