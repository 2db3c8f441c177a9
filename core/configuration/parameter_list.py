"""Every parameter a tenant's work rests on, as pages and the API show it: declared values and the tenant's own beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.context import Context
from core.errors import NotFound
from core.gate.limits import core_profile
from core.parameters.queries import resolve
from core.plugin.catalog import CatalogView
from core.plugin.params import in_force
from core.plugin.types import Label, Parameter

SHOWN = ("all", "unverified", "own")


@dataclass(frozen=True, kw_only=True)
class Value:
    """One dated value. `overridden`: in this place the tenant's own value holds instead, now or later."""

    key: str
    row: Parameter
    in_force: bool
    overridden: bool

    @property
    def owner(self) -> str:
        return self.key.partition(".")[0]


@dataclass(frozen=True, kw_only=True)
class Group:
    """The parameters of one vertical, or of the core's own profile."""

    key: str
    label: Label
    values: Sequence[Value]


def groups(view: CatalogView, *, on: date, vertical: str | None = None, show: str = "all") -> list[Group]:
    """By vertical in their order, the core's last; those without a value that is asked for are left out.

    Raises NotFound for a vertical that is not there.
    """
    found = [group for source in (view, core_profile()) for group in _groups(source, on, show)]
    if vertical is not None and vertical not in {*view.verticals, "core"}:
        raise NotFound
    return [group for group in found if vertical in (None, group.key)]


def _groups(view: CatalogView, on: date, show: str) -> Iterator[Group]:
    for owner, rows in view.parameters.items():
        made = [each for each in _values(owner, rows.rows, on) if _asked(each, show)]
        if made:
            yield Group(key=owner, label=view.verticals[owner].label, values=made)


def _asked(value: Value, show: str) -> bool:
    if show == "own":
        return value.row.set_by_tenant or value.overridden
    return show != "unverified" or (not value.row.verified and not value.row.set_by_tenant)


def _values(owner: str, rows: Sequence[Parameter], on: date) -> list[Value]:
    """Values of one key and place together, the tenant's own first, then by date."""
    order = {key: place for place, key in enumerate(dict.fromkeys(row.key for row in rows if not row.set_by_tenant))}
    own = {(row.key, row.jurisdiction) for row in rows if row.set_by_tenant and _lasts(row, on)}
    made = [
        Value(
            key=f"{owner}.{row.key}",
            row=row,
            in_force=in_force(row, on=on),
            overridden=not row.set_by_tenant and (row.key, row.jurisdiction) in own and _lasts(row, on),
        )
        for row in rows
        if row.key in order
    ]
    return sorted(
        made,
        key=lambda each: (
            order[each.row.key], each.row.jurisdiction, not each.row.set_by_tenant, each.row.effective_from.toordinal(),
        ),
    )  # fmt: skip


def _lasts(row: Parameter, on: date) -> bool:
    return row.effective_to is None or row.effective_to > on


def values_of(view: CatalogView, *, key: str, on: date) -> list[Value]:
    """Every value of one parameter. Raises NotFound."""
    owner = key.partition(".")[0]
    source = core_profile() if owner == "core" else view
    rows = source.parameters[owner].rows if owner in source.parameters else ()
    found = [each for each in _values(owner, rows, on) if each.key == key]
    if not found:
        raise NotFound
    return found


def counts(view: CatalogView, *, on: date) -> Mapping[str, int]:
    """How many parameters there are, and how many of them are not verified or have a value of the tenant's own."""
    every = [each for group in groups(view, on=on) for each in group.values]
    return {
        "all": len({each.key for each in every}),
        "unverified": len({each.key for each in every if not each.row.set_by_tenant and not each.row.verified}),
        "own": len(
            {(each.key, each.row.jurisdiction) for each in every if each.row.set_by_tenant and _lasts(each.row, on)}
        ),
    }


def in_force_here(view: CatalogView, *, key: str, context: Context, on: date) -> Parameter | None:
    """What holds for a customer of the tenant's own country."""
    try:
        return resolve(view, key=key, jurisdictions=(context.country,), on=on)
    except LookupError:
        return None


@dataclass(frozen=True, kw_only=True)
class Use:
    """A rule or a deadline that rests on a parameter. `workflow` is the one whose deadline it is."""

    kind: str
    key: str
    label: Any
    of: Any = None


def uses(view: CatalogView, *, key: str) -> list[Use]:
    """Which rules and deadlines rest on a parameter."""
    owner, _, bare = key.partition(".")
    found = [
        Use(kind="rule", key=name, label=rule.label)
        for name, rule in view.all_rules().items()
        if name.startswith(f"{owner}.") and bare in rule.parameters
    ]
    for kind, owners in (("workflow", view.workflows), ("record", view.record_types)):
        for name, each in owners.items():
            found += [
                Use(kind=kind, key=name, label=timer.label, of=each.label)
                for timer in each.timers
                if name.startswith(f"{owner}.") and bare in (timer.parameter, timer.counter_parameter)
            ]
    return found
