"""Conditions of showing as a form's script reads them: the tree over what its controls hold, nothing to evaluate but data.

1. Constants become what a control would hold: `yes`, a day, a local time, a number in major units.
2. A leaf about a value that no control of the form holds is decided here and becomes true or false.
The server stays the judge: it asks the tree itself when the form is sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

import orjson
from babel.numbers import get_currency_precision

from core.conditions import All, Any_, Leaf, Node, Not, compile_predicate, parse
from core.fields.fieldset import FieldSet
from core.plugin.types import Field

NUMBERS = ("integer", "decimal", "money")


def conditions_of(
    fields: FieldSet, names: Iterable[str], values: Mapping[str, Any], *, zone: tzinfo, currency: str
) -> dict[str, str]:
    """The JSON of the condition of each field that has a usable one, for a form with the controls `names`."""
    present = set(names)
    form = _Form(fields, present, values, zone, currency)
    return {
        name: orjson.dumps(form.node(parse(fields.fields[name].show_when, types=fields.types()))).decode()
        for name in fields.tests
        if name in present
    }


class _Form:
    def __init__(
        self, fields: FieldSet, present: Collection[str], values: Mapping[str, Any], zone: tzinfo, currency: str
    ) -> None:
        self.fields, self.present, self.values, self.zone, self.currency = fields, present, values, zone, currency

    def node(self, node: Node) -> Any:
        match node:
            case All(of=inner):
                return {"op": "and", "of": [self.node(each) for each in inner]}
            case Any_(of=inner):
                return {"op": "or", "of": [self.node(each) for each in inner]}
            case Not(of=single):
                return {"op": "not", "of": self.node(single)}
            case Leaf():
                return self.leaf(node)

    def leaf(self, leaf: Leaf) -> Any:
        if leaf.field not in self.present:
            return compile_predicate(leaf, types=self.fields.types())(self.values)
        field = self.fields.fields[leaf.field]
        made: dict[str, Any] = {"op": leaf.op, "field": leaf.field}
        if field.kind in NUMBERS:
            made["number"] = True
        if leaf.op in ("in", "between"):
            made["value"] = [self.held(field, each) for each in leaf.value]
        elif leaf.value is not None:
            made["value"] = self.held(field, leaf.value)
        return made

    def held(self, field: Field, constant: Any) -> Any:
        """A constant as the control of the field would hold it."""
        if isinstance(constant, bool):
            return "yes" if constant else "no"
        if field.kind == "money":
            return float(Decimal(constant).scaleb(-get_currency_precision(field.currency or self.currency)))
        if isinstance(constant, datetime):
            return f"{constant.astimezone(self.zone):%Y-%m-%dT%H:%M}"
        if isinstance(constant, date):
            return constant.isoformat()
        return float(constant) if isinstance(constant, int | Decimal) else constant
