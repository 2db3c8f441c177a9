"""What the API says and takes of an interaction."""

from __future__ import annotations

from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Attributes, Instant, ListQuery, Masked, Strict, page_of
from core.context import Sight
from core.fields.masks import writer
from core.fields.schema import attributes_schema
from core.fields.shown import shown_attributes
from core.gate.facts import CHANNELS, PURPOSES
from core.interactions.labels import DIRECTIONS, DISPOSITIONS, NEXT_STEPS, OUTCOMES, TREE
from core.interactions.models import PRECISIONS
from core.interactions.service import NOTE_LIMIT
from core.plugin.catalog import CatalogView
from core.plugin.types import Label

_schema_of = partial(attributes_schema, target="interaction")
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
    precision = fields.String(
        validate=validate.OneOf(PRECISIONS, error=NO_CHOICE),
        metadata={"description": "How exactly the beginning is known."},
    )
    attributes = Attributes(_schema_of, load_default=dict)


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
    precision = fields.String(metadata={"description": "How exactly the beginning is known."})
    ended_at = Instant(allow_none=True)
    queued_s, ring_s, talk_s, hold_s, wrap_s = (fields.Integer(allow_none=True) for _ in SECONDS)
    note = fields.String(allow_none=True)
    gate_decision_id = fields.UUID(allow_none=True)
    case_id = fields.UUID(allow_none=True)
    ungated = fields.Boolean(metadata={"description": "Outbound, without a decision behind it."})
    party = fields.String(metadata={"enum": ["client", "provider", "system"]})
    attributes = Attributes(_schema_of)


InteractionPage = page_of(Interaction, name="InteractionPage")


class InteractionQuery(ListQuery):
    """The newest first."""

    customer_id = fields.UUID(load_default=None)
    case_id = fields.UUID(load_default=None)
    channel = fields.String(load_default=None, validate=validate.OneOf(CHANNELS, error=NO_CHOICE))
    direction = fields.String(load_default=None, validate=validate.OneOf(list(DIRECTIONS), error=NO_CHOICE))
    purpose = fields.String(load_default=None, validate=validate.OneOf(PURPOSES, error=NO_CHOICE))
    since = Instant(load_default=None, metadata={"description": "Begun then or later."})
    until = Instant(load_default=None, metadata={"description": "Begun before."})


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


_schemas: WeakKeyDictionary[CatalogView, dict[Sight, Schema]] = WeakKeyDictionary()


def interaction_schema(view: CatalogView, *, sight: Sight) -> Schema:
    """`Interaction` for one reader: masked fields, and notes without numbers and addresses for who sees masks."""
    made = _schemas.setdefault(view, {})
    if sight not in made:
        shown: dict[str, Any] = {
            "attributes": Attributes(_schema_of, shown=shown_attributes(view, target="interaction", sight=sight))
        }
        if (mask := writer(sight)) is not None:
            shown["note"] = Masked(mask)
        made[sight] = type("InteractionRead", (Interaction,), shown)()
    return made[sight]
