"""What becomes of a row when its customer is merged into another: each table that names customers says so, as `__merge__`.

1. `links` finds every column that points to a customer, from the mapped tables: the core's and the verticals'.
2. A table answers once for all its columns, or by column. One without an answer is found by a test, and refuses every merge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Table

from core.db.base import Model, TenantModel

How = Literal["repoint", "keep_one", "refuse", "stay"]


@dataclass(frozen=True, kw_only=True)
class Merge:
    """`repoint`: all rows go to the survivor. `stay`: they stay with the merged one, for the `reason` given.

    `keep_one`: rows go unless the survivor has one with the same `by` (among those that meet `where`); what `fill` names is then
    taken over where the survivor's row has nothing. `refuse`: customers of whom such a row is there are not merged; the `reason`
    is what the person is told.
    """

    how: How
    by: tuple[str, ...] = ()
    where: str = "true"
    fill: tuple[str, ...] = ()
    reason: str = ""


REPOINT = Merge(how="repoint")


@dataclass(frozen=True, kw_only=True)
class Link:
    """A column that names a customer, and what becomes of it. `rule` is None where the table gave no answer."""

    table: Table
    model: type[TenantModel]
    column: str
    rule: Merge | None

    @property
    def key(self) -> str:
        return f"{self.table.name}.{self.column}"


def links() -> list[Link]:
    """Every one, by name of table and column."""
    found = [link for mapper in Model.registry.mappers for link in _of(mapper.class_, mapper.local_table)]
    return sorted(found, key=lambda link: link.key)


def unanswered() -> list[str]:
    """Columns that name customers and say nothing of merges."""
    return [link.key for link in links() if link.rule is None]


def _of(model: type[Any], table: Any) -> Iterator[Link]:
    if not isinstance(table, Table) or not issubclass(model, TenantModel):
        return
    pointing = {key.column_keys[-1] for key in table.foreign_key_constraints if key.referred_table.name == "customer"}
    if "customer_id" in table.columns:
        pointing.add("customer_id")
    answer: Merge | Mapping[str, Merge] | None = getattr(model, "__merge__", None)
    for column in sorted(pointing):
        rule = answer.get(column) if isinstance(answer, Mapping) else answer
        yield Link(table=table, model=model, column=column, rule=rule)
