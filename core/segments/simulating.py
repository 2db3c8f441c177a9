"""What a scheme would do: the cuts its shares come to, who is where, who moves, and how uneven the values are.

The values of all active customers are read where they lie; nothing is written. A customer without a value is not graded, and
counted. Gini and the Lorenz curve are of the values from the lowest; with a negative value among them there is no Gini.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Numeric, Subquery, case, cast, func, literal, select
from sqlalchemy.orm import Session

from core.conditions import value_sql
from core.customers.models import Customer
from core.fields import slots as field_slots
from core.plugin.catalog import CatalogView
from core.segments.meaning import types_of
from core.segments.models import GradeScheme

POINTS = 20
"""Of the Lorenz curve."""


def value_of(session: Session, *, view: CatalogView, field: str) -> ColumnElement[Any]:
    """The number that customers are ranked by, over Customer."""
    slots = field_slots.ready(session, target="customer")
    return cast(value_sql(field, types=types_of(view), model=Customer, columns=slots), Numeric)


def cuts_of(session: Session, *, view: CatalogView, row: GradeScheme) -> list[Decimal | None]:
    """The least value of each grade, the highest first; None of the lowest, which takes everybody with a value.

    Of a share it is the value of the last customer within it: who has the same is in too.
    """
    if row.basis == "value":
        return [Decimal(each["cut"]) if each["cut"] is not None else None for each in row.grades]
    shares = [each["cut"] / 10_000 for each in row.grades[:-1]]
    value = value_of(session, view=view, field=str(row.field))
    found = session.scalar(
        select(func.percentile_disc(shares).within_group(value.desc())).where(
            Customer.state == "active", value.is_not(None)
        )
    )
    return [*(found or [None] * len(shares)), None]


def simulate(session: Session, *, view: CatalogView, row: GradeScheme) -> dict[str, Any]:
    """As JSON: what the draft keeps and its page shows."""
    cuts = cuts_of(session, view=view, row=row)
    value = value_of(session, view=view, field=str(row.field))
    held = (
        select(Customer.grade.label("now"), value.label("x"))
        .where(Customer.state == "active", value.is_not(None))
        .subquery()
    )
    moves = _moves(session, held, row, cuts)
    customers = session.scalar(select(func.count()).select_from(Customer).where(Customer.state == "active")) or 0
    curve = _curve(session, held)
    valued, total = sum(each["count"] for each in moves), sum(each["value"] for each in moves)
    keys = [each["key"] for each in row.grades]
    return {
        "at": datetime.now(UTC).isoformat(),
        "customers": customers,
        "valued": valued,
        "grades": [
            {
                "key": key, "cut": str(cut) if cut is not None else None,
                "count": sum(each["count"] for each in moves if each["to"] == key),
                "value": str(sum((each["value"] for each in moves if each["to"] == key), Decimal(0))),
            }
            for key, cut in zip(keys, cuts, strict=True)
        ],
        "total": str(total),
        "moves": [{"from": each["from"], "to": each["to"], "count": each["count"]} for each in moves],
        **curve,
    }  # fmt: skip


def _moves(session: Session, held: Subquery, row: GradeScheme, cuts: Sequence[Decimal | None]) -> list[dict[str, Any]]:
    keys = [each["key"] for each in row.grades]
    rising = [(held.c.x >= cut, key) for key, cut in zip(keys, cuts, strict=True) if cut is not None]
    target = case(*[(test, literal(key)) for test, key in rising], else_=keys[-1]) if rising else literal(keys[-1])
    placed = select(held.c.now, target.label("then"), held.c.x).subquery()
    rows = session.execute(
        select(placed.c.now, placed.c.then, func.count().label("count"), func.sum(placed.c.x).label("value"))
        .group_by(placed.c.now, placed.c.then)
        .order_by(placed.c.now, placed.c.then)
    )
    return [{"from": each.now, "to": each.then, "count": each.count, "value": each.value} for each in rows]


def _curve(session: Session, held: Subquery) -> dict[str, Any]:
    """Gini = 2 Σ i·x / (n Σ x) − (n + 1) / n over the values in order, and the Lorenz curve at twentieths."""
    ranked = select(
        held.c.x,
        func.row_number().over(order_by=held.c.x).label("i"),
        func.ntile(POINTS).over(order_by=held.c.x).label("part"),
    ).subquery()
    rows = session.execute(
        select(
            ranked.c.part, func.count().label("n"), func.sum(ranked.c.x).label("x"),
            func.sum(ranked.c.x * ranked.c.i).label("ix"), func.min(ranked.c.x).label("least"),
        )
        .group_by(ranked.c.part).order_by(ranked.c.part)
    ).all()  # fmt: skip
    count, total = sum(each.n for each in rows), sum((each.x for each in rows), Decimal(0))
    if not count or total <= 0 or rows[0].least < 0:
        return {"gini": None, "lorenz": []}
    weighted = sum((each.ix for each in rows), Decimal(0))
    gini = 2 * weighted / (count * total) - Decimal(count + 1) / count
    points, customers, value = [[0.0, 0.0]], 0, Decimal(0)
    for each in rows:
        customers, value = customers + each.n, value + each.x
        points.append([round(customers / count, 4), round(float(value / total), 4)])
    return {"gini": round(float(gini), 4), "lorenz": points}
