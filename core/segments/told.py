"""Tell the gate which segments a customer is in and how its grade is to be treated: only what rules of the tenant name.

No statement of its own: a column of the one that reads the facts, null where no rule names anything. A segment that rules name
and that cannot be used stops the decision: nobody is contacted on a rule that could not be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Boolean, ColumnElement, Text, and_, bindparam, case, func, literal, null
from sqlalchemy.dialects.postgresql import JSONB

from core.conditions import Predicate, compile_predicate, flatten
from core.customers.models import Customer
from core.gate.facts import Question
from core.gate.prepared import prepared
from core.plugin.catalog import CatalogView
from core.plugin.tailored import OWN
from core.segments import meaning

HELD = (
    "kind", "state", "salutation", "born_on", "country", "region", "time_zone", "locale", "grade", "attributes",
)  # fmt: skip
"""What a segment's condition may name of a customer: no value that says who somebody is."""


class SegmentsTold:
    """`segments`: the keys of those named by rules that the customer is in. `treatment`: of its grade, if rules name it."""

    name = "segments_told"

    def column(self, customer_id: ColumnElement[UUID]) -> ColumnElement[Any]:
        """`told` by a function that walls for itself, called only where a rule names an own segment or a treatment; `held`, what
        conditions are asked of, from the statement's own row.
        """
        named = bindparam("segments_named", type_=ARRAY(Text))
        live, treated = (bindparam(name, type_=Boolean) for name in ("segments_live", "grades_treated"))
        grade = case((treated, Customer.grade.expression), else_=null())
        unasked = and_(func.cardinality(named) == 0, ~treated)
        told = case((unasked, null()), else_=func.segments_told(customer_id, named, grade, type_=JSONB))
        values = [part for name in HELD for part in (literal(name, Text), getattr(Customer, name).expression)]
        held = case((live, func.jsonb_build_object(*values, type_=JSONB)), else_=null())
        asked = func.jsonb_build_object("told", told, "held", held, type_=JSONB)
        return case((and_(unasked, ~live), null()), else_=asked)

    def values(self, question: Question) -> Mapping[str, Any]:
        ready = prepared(question.view)
        own = [key.partition(".")[2] for key in ready.segments if key.startswith(f"{OWN}.")]
        return {"segments_named": own, "segments_live": bool(ready.segments), "grades_treated": ready.treats}

    def read(self, told: Any, question: Question, *, zone: str) -> Mapping[str, Any]:  # noqa: ARG002 - not of a day
        if told is None:
            return {"segments": (), "treatment": {}}
        view, kept = question.view, told["told"] or {}
        found = _own(kept.get("segments") or (), told["held"], view)
        declared = {key: each for key, each in view.segments.items() if key in prepared(view).segments}
        found += [key for key, each in declared.items() if _holds(view, each.condition, told["held"])]
        return {"segments": tuple(sorted(found)), "treatment": kept.get("treatment") or {}}


def _own(rows: Any, held: Mapping[str, Any], view: CatalogView) -> list[str]:
    found = []
    for key, mode, state, condition, member in rows:
        name = f"{OWN}.{key}"
        faults = meaning.faults_of(condition, types=meaning.types_of(view)) if condition is not None else ()
        meaning.usable(
            meaning.Definition(key=name, label=name, mode=mode, condition=condition, state=state, faults=faults)
        )
        if member if mode == "snapshot" else _holds(view, condition, held):
            found.append(name)
    return found


def _holds(view: CatalogView, condition: Any, held: Mapping[str, Any]) -> bool:
    core = {name: value for name, value in held.items() if name != "attributes"}
    return _test(view, orjson.dumps(condition))({**flatten(held["attributes"]), **core})


@lru_cache(maxsize=1024)
def _test(view: CatalogView, condition: bytes) -> Predicate:
    return compile_predicate(orjson.loads(condition), types=meaning.types_of(view))
