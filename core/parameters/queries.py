"""Parameters of verticals as rules use them and as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.errors import NotFound
from core.parameters.values import UNITS as UNITS
from core.parameters.values import shown, unit_text
from core.plugin.catalog import CatalogView
from core.plugin.params import in_force, places
from core.plugin.types import Parameter

EVERYWHERE = "*"


@dataclass(frozen=True, kw_only=True)
class ParameterRow:
    """One dated value as a page shows it. `value` and `unit` are texts; `effective_to` is the first day without it."""

    key: str
    label: str
    value: str
    unit: str
    jurisdiction: str
    effective_from: date
    effective_to: date | None
    source_title: str
    source_article: str
    verified: bool
    in_force: bool
    set_by_tenant: bool = False
    overridable: bool = False


def resolve(view: CatalogView, *, key: str, jurisdictions: Sequence[str | None], on: date) -> Parameter:
    """The parameter `<vertical>.<key>` in force on that day in the first place that has one, each with its wider ones.

    `jurisdictions` are the customer's country, then the tenant's; what holds everywhere comes last, since a number of
    either country says more. Raises LookupError: without its number a rule does not pass.
    """
    vertical, _, bare = key.partition(".")
    if vertical not in view.parameters:
        raise LookupError(f"no vertical {vertical!r} is enabled, so there is no parameter {key!r}")
    asked = [place for each in jurisdictions if each for place in places(each) if place != EVERYWHERE]
    rows = [row for row in view.parameters[vertical].rows if row.key == bare and in_force(row, on=on)]
    for place in (*asked, EVERYWHERE):
        for row in rows:
            if row.jurisdiction == place:
                return row
    raise LookupError(f"no value of parameter {key!r} is in force in {' or '.join(asked) or 'any place'} on {on}")


def list_parameters(view: CatalogView, *, vertical: str, locale: str, on: date) -> list[ParameterRow]:
    """Every value of a vertical's parameters, past and coming ones too, in the order of declaration."""
    if vertical not in view.parameters:
        raise NotFound
    return [
        ParameterRow(
            key=f"{vertical}.{row.key}",
            label=row.label.get(locale) or row.key,
            value=shown(row.value, locale=locale),
            unit=unit_text(row.unit, locale=locale),
            jurisdiction=row.jurisdiction,
            effective_from=row.effective_from,
            effective_to=row.effective_to,
            source_title=row.source_title,
            source_article=row.source_article,
            verified=row.verified,
            in_force=in_force(row, on=on),
            set_by_tenant=row.set_by_tenant,
            overridable=row.overridable,
        )
        for row in view.parameters[vertical].rows
    ]
