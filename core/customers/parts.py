"""What higher features put on the pages of customers. `app.py` fills the lists; this feature knows none of them by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask import render_template
from markupsafe import Markup
from sqlalchemy import ColumnElement, Row, Select, literal, select
from sqlalchemy.orm import Session

from core.context import Context
from core.customers.models import Customer
from core.customers.shown import ShownCustomer
from core.plugin.catalog import CatalogView

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
    """A badge beside the names for which `when` (a condition on Customer) is true; it is asked with the page."""

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


@dataclass(frozen=True, kw_only=True)
class ListSegment:
    """A saved condition that the list may be narrowed by. `where` raises where it cannot be used any more."""

    key: str
    label: Any
    where: Callable[[], ColumnElement[bool]]
    condition: Any = None


SegmentSource = Callable[[Session, Context, CatalogView], Sequence[ListSegment]]
"""The segments of a tenant's own that the reader may narrow the list by."""

GradeNames = Callable[[Session], Mapping[str, Any]]
"""What the grades are called, by key."""

Finder = Callable[[str, Context], Select[Any] | None]
"""Customer ids for a search term, exactly; None where the term cannot be meant."""

PAGE_PARTS: list[PagePart] = []
LIST_MARKS: list[ListMark] = []
LIST_FILTERS: list[ListFilter] = []
LIST_LINKS: list[ListLink] = []
FINDERS: list[Finder] = []
SEGMENTS: list[SegmentSource] = []
GRADES: list[GradeNames] = []


def mark_columns() -> list[ColumnElement[Any]]:
    """The marks as columns of the list's statement.

    Each is a sub-select that is asked row by row: a bare EXISTS beside 200,000 rows makes the planner gather the whole
    tenant's set first, to look 50 of them up.
    """
    asked = {mark.key: select(literal(True)).where(mark.when).correlate(Customer) for mark in LIST_MARKS}
    return [each.scalar_subquery().label(f"mark_{key}") for key, each in asked.items()]


def marks_of(row: Row[Any]) -> list[ListMark]:
    return [mark for mark in LIST_MARKS if row._mapping.get(f"mark_{mark.key}")]


def drawn(template: str, **values: Any) -> Markup:
    """A part's template, drawn."""
    return Markup(render_template(template, **values))  # noqa: S704 - Jinja has escaped what is in it


def parts_at(placement: Placement, *, context: Context, customer: ShownCustomer) -> list[str]:
    """The pieces of one place, in order, without the empty ones."""
    chosen = sorted((part for part in PAGE_PARTS if part.placement == placement), key=lambda part: part.order)
    return [piece for part in chosen if (piece := part.render(context, customer))]
