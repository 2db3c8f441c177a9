"""The fields of one target (customers, cases, a type of record) as the enabled verticals and the core declare them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, tzinfo
from functools import cached_property
from typing import Any

from core.conditions import ConditionError, Predicate, ValueType, compile_predicate, flatten
from core.errors import N_, FieldError
from core.fields.readers import Settings, is_blank, read
from core.fields.storage import merge_attributes, stored
from core.plugin import guard
from core.plugin.catalog import CatalogView
from core.plugin.types import Field, Wrong


@dataclass(frozen=True, kw_only=True)
class FieldSet:
    """Fields by name: the core's own are bare (`name`), those of verticals qualified (`<vertical>.<key>`).

    `columns` names the mapped attribute of each core field; all other fields live in `attributes`. `hidden` are the fields
    that the tenant shows nowhere: rules, segments and KPIs of their vertical may still name them.
    """

    fields: Mapping[str, Field]
    columns: Mapping[str, str] = dataclass_field(default_factory=dict)
    hidden: Mapping[str, Field] = dataclass_field(default_factory=dict)

    @classmethod
    def of(
        cls,
        view: CatalogView,
        *,
        target: str = "customer",
        core: Mapping[str, Field] | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> FieldSet:
        """`target` is `customer`, `case`, `interaction` or `record:<vertical>.<type>`."""
        own = core or {}
        named = {name: name for name in own} | dict(columns or {})
        shown = view.fields(on=target)
        hidden = {name: field for name, field in view.all_fields(on=target).items() if name not in shown}
        return cls(fields={**own, **shown}, columns=named, hidden=hidden)

    @cached_property
    def known(self) -> Mapping[str, Field]:
        """What a condition may name: the hidden ones too."""
        return {**self.fields, **self.hidden} if self.hidden else self.fields

    @cached_property
    def _choices(self) -> dict[int, Mapping[str, str]]:
        return {}

    def types(self) -> dict[str, ValueType]:
        """What a condition may name here."""
        return {
            name: ValueType(
                kind=field.kind,
                choices=frozenset(each.key for each in field.choices) if field.choices else None,
                column=self.columns.get(name),
            )
            for name, field in self.known.items()
        }

    def parse(
        self,
        raw: Mapping[str, Any],
        *,
        partial: bool = False,
        zone: tzinfo = UTC,
        currency: str = "CNY",
        held: Mapping[str, Any] | None = None,
    ) -> tuple[dict[str, Any], list[FieldError]]:
        """Typed values by name and what is wrong. Numbers given for money are major units, as people write them.

        A blank is None. With `partial`, a field that is not in `raw` is not in the values. Other keys are passed over,
        since forms and files carry more than fields. `held` are the stored values of the row that is changed: they too
        decide whether a field is shown; one that is not is not required, and left blank it keeps what it holds.
        """
        settings = Settings(zone=zone, currency=currency, choices=self._choices)
        values: dict[str, Any] = {}
        errors: list[FieldError] = []
        for name, field in self.fields.items():
            if partial and name not in raw:
                continue
            if is_blank(raw.get(name)):
                values[name] = None
                continue
            try:
                values[name] = validated(name, field, read(field, raw.get(name), settings=settings))
            except Wrong as wrong:
                errors.append(FieldError(field=name, code=wrong.code, message=wrong.message, params=wrong.params))
        blank = [name for name, value in values.items() if value is None]
        unseen = self.not_shown({**(held or {}), **values}) if self.tests and blank else frozenset()
        for name in blank:
            if name in unseen:
                if partial:
                    del values[name]
            elif self.fields[name].required:
                del values[name]
                errors.append(FieldError(field=name, code="required", message=N_("This must be filled in.")))
        return values, errors

    @cached_property
    def tests(self) -> Mapping[str, Predicate]:
        """Of each field with `show_when`, the test of whether it is shown.

        A condition that cannot be used any more (what it names was hidden or retired meanwhile) hides nothing.
        """
        asked = {name: field.show_when for name, field in self.fields.items() if field.show_when is not None}
        types = self.types() if asked else {}
        made = {}
        for name, tree in asked.items():
            with suppress(ConditionError):
                made[name] = compile_predicate(tree, types=types)
        return made

    def not_shown(self, flat: Mapping[str, Any]) -> frozenset[str]:
        """The fields whose condition these values do not meet."""
        return frozenset(name for name, holds in self.tests.items() if not holds(flat))

    def changes(self, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The values of verticals as stored and nested by vertical, None where one is to be removed."""
        nested: dict[str, dict[str, Any]] = {}
        for name, value in values.items():
            if name in self.fields and name not in self.columns:
                owner, _, key = name.partition(".")
                nested.setdefault(owner, {})[key] = stored(value)
        return nested

    def attributes(self, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The document for a new row."""
        return merge_attributes({}, self.changes(values))

    def core_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values of core fields by the name of their column."""
        return {column: values[name] for name, column in self.columns.items() if name in values}

    def flat(self, attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """The stored values of these fields by name, as a condition's closure takes them."""
        return {name: value for name, value in flatten(attributes).items() if name in self.known}

    def shown(self, attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """The same without what is not shown: it is kept, and nobody sees it until its condition is met again."""
        flat = self.flat(attributes)
        unseen = self.not_shown(flat).union(self.hidden) if self.tests or self.hidden else frozenset()
        return {name: value for name, value in flat.items() if name not in unseen} if unseen else flat


def validated(name: str, field: Field, value: Any) -> Any:
    """The value as the field's own validator gives it back. Raises Wrong, also where the validator itself fails."""
    outcome = guard.validate(field, value, declared=name)
    if outcome.refused is not None:
        raise outcome.refused
    if outcome.failure is not None:
        raise Wrong("not_checked", N_("This value could not be checked, so it was not taken."))
    return outcome.value
