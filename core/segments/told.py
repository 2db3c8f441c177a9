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
from sqlalchemy import ARRAY, Boolean, ColumnElement, Text, and_, bindparam, case, func, null
from sqlalchemy.dialects.postgresql import JSONB

from core.conditions import Predicate, compile_predicate, flatten
from core.gate.facts import Question
from core.gate.prepared import prepared
from core.plugin.catalog import CatalogView
from core.plugin.tailored import OWN
from core.segments import meaning

TREATED = ("contact_cap", "priority", "offer_ceiling_minor")


class SegmentsTold:
    """`segments`: the keys of those named by rules that the customer is in. `treatment`: of its grade, if rules name it."""

    name = "segments_told"

    def column(self, customer_id: ColumnElement[UUID]) -> ColumnElement[Any]:
        named = bindparam("segments_named", type_=ARRAY(Text))
        live, treated = (bindparam(name, type_=Boolean) for name in ("segments_live", "grades_treated"))
        told = func.segments_told(customer_id, named, live, treated, type_=JSONB)
        return case((and_(func.cardinality(named) == 0, ~live, ~treated), null()), else_=told)

    def values(self, question: Question) -> Mapping[str, Any]:
        ready = prepared(question.view)
        own = [key.partition(".")[2] for key in ready.segments if key.startswith(f"{OWN}.")]
        return {"segments_named": own, "segments_live": bool(ready.segments), "grades_treated": ready.treats}

    def read(self, told: Any, question: Question, *, zone: str) -> Mapping[str, Any]:  # noqa: ARG002 - not of a day
        if told is None:
            return {"segments": (), "treatment": {}}
        view = question.view
        found = _own(told["segments"] or (), told["held"], view)
        declared = {key: each for key, each in view.segments.items() if key in prepared(view).segments}
        found += [key for key, each in declared.items() if _holds(view, each.condition, told["held"])]
        return {"segments": tuple(sorted(found)), "treatment": told["treatment"] or {}}


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
