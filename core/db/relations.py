"""Relationships between rows of one tenant: both sides join on `(tenant_id, x_id)`, and only the id is ever written."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Relationship, foreign, relationship, remote


def belongs_to(target: type[Any], column: str) -> Relationship[Any]:
    """A many-to-one inside a tenant: `customer: Mapped[Customer | None] = belongs_to(Customer, "customer_id")`.

    Setting it to None clears only the id (a plain two-column relationship would write `tenant_id` too). It never loads by
    itself: ask for it with `selectinload`, so that a list cannot hide a query per row.
    """

    def join() -> ColumnElement[bool]:
        owner = link.parent.class_
        return and_(remote(target.tenant_id) == owner.tenant_id, remote(target.id) == foreign(getattr(owner, column)))

    link: Relationship[Any] = relationship(target, primaryjoin=join, uselist=False, lazy="raise_on_sql")
    return link
