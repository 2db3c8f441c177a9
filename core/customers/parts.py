"""What higher features put on the pages of customers. `app.py` fills the lists; this feature knows none of them by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from flask import render_template
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from core.context import Context
from core.customers.models import Customer
from core.customers.shown import ShownCustomer

Placement = Literal["badges", "actions", "top", "main", "aside"]
PLACEMENTS: tuple[Placement, ...] = ("badges", "actions", "top", "main", "aside")


@dataclass(frozen=True, kw_only=True)
class PagePart:
    """A piece of the customer's page. `render` gives Markup, or nothing where there is nothing to show.

    The customer it gets is already masked for the reader. `main` and `aside` are cards, `top` banners over both.
    """

    key: str
    placement: Placement
    render: Callable[[Context, ShownCustomer], str]
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class ListMark:
    """A badge beside the names for which `when` (a condition on Customer) is true; one statement asks all of a page."""

    key: str
    label: Any
    tone: str
    when: ColumnElement[bool]


@dataclass(frozen=True, kw_only=True)
class ListFilter:
    """A filter of the list: `options` are (value, label); `where` makes the condition on Customer."""

    key: str
    label: Any
    options: Sequence[tuple[str, Any]]
    where: Callable[[str], ColumnElement[bool]]


@dataclass(frozen=True, kw_only=True)
class ListLink:
    """A button in the list's head, for those who have the permission."""

    label: Any
    icon: str
    endpoint: str
    permission: str


Finder = Callable[[str, Context], Select[Any] | None]
"""Customer ids for a search term, exactly; None where the term cannot be meant."""

PAGE_PARTS: list[PagePart] = []
LIST_MARKS: list[ListMark] = []
LIST_FILTERS: list[ListFilter] = []
LIST_LINKS: list[ListLink] = []
FINDERS: list[Finder] = []


def marks_of(session: Session, *, customer_ids: Sequence[UUID]) -> dict[UUID, list[ListMark]]:
    """The marks of the customers of one page.

    Asked apart from the page: beside 200,000 rows the planner would build the whole tenant's set to look 50 of them up.
    """
    if not LIST_MARKS or not customer_ids:
        return {}
    columns: list[Any] = [mark.when.label(mark.key) for mark in LIST_MARKS]
    rows = session.execute(select(Customer.id, *columns).where(Customer.id.in_(customer_ids)))
    return {row.id: [mark for mark in LIST_MARKS if row._mapping[mark.key]] for row in rows}


def drawn(template: str, **values: Any) -> Markup:
    """A part's template, drawn."""
    return Markup(render_template(template, **values))  # noqa: S704 - Jinja has escaped what is in it


def parts_at(placement: Placement, *, context: Context, customer: ShownCustomer) -> list[str]:
    """The pieces of one place, in order, without the empty ones."""
    chosen = sorted((part for part in PAGE_PARTS if part.placement == placement), key=lambda part: part.order)
    return [piece for part in chosen if (piece := part.render(context, customer))]
