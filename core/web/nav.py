"""The side navigation: items that features declare and a page shows by permission and enabled vertical."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from core.context import Context

Section = Literal["work", "engagement", "people", "settings"]

SECTIONS: dict[Section, Any] = {
    "work": _l("Work"),
    "engagement": lazy_pgettext("menu", "Engagement"),
    "people": _l("People and access"),
    "settings": _l("Settings"),
}
FOLDED: frozenset[Section] = frozenset({"people", "settings"})
"""Sections that are folded unless the page is one of theirs: what is set up once is out of the way of the day's work."""


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """One link. `label` is a lazy gettext or a Label mapping; `tab` puts it on the phone's tab bar (four fit).

    `count` is asked on every full page, so it must be one cheap statement; None or 0 shows nothing. An item without
    `permission` is for everybody who is in the workspace.
    """

    section: Section
    key: str
    label: Any
    icon: str
    endpoint: str | None = None
    href: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    permission: str | None = None
    vertical: str | None = None
    count: Callable[[Context], int | None] | None = None
    tone: str = ""
    tab: bool = False
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class NavLink:
    """An item as one page shows it."""

    key: str
    label: Any
    icon: str
    href: str
    count: int | None
    tone: str
    tab: bool
    current: bool


@dataclass(frozen=True, kw_only=True)
class NavSection:
    title: Any
    links: Sequence[NavLink]
    folds: bool = False

    @property
    def current(self) -> bool:
        return any(link.current for link in self.links)


def sections(items: Iterable[NavItem], *, context: Context, here: str | None, counted: bool = True) -> list[NavSection]:
    """The navigation of one page. `counted=False` asks no counts (error pages: the transaction may be broken)."""
    shown = sorted((item for item in items if _allowed(item, context)), key=lambda item: item.order)
    active = here or _active_key(shown)
    result = []
    for section, title in SECTIONS.items():
        links = [
            _link(item, context=context, active=active, counted=counted) for item in shown if item.section == section
        ]
        if links:
            result.append(NavSection(title=title, links=links, folds=section in FOLDED))
    return result


def _allowed(item: NavItem, context: Context) -> bool:
    if item.vertical is not None and item.vertical not in context.enabled:
        return False
    return item.permission is None or context.may(item.permission)


def _active_key(items: Sequence[NavItem]) -> str | None:
    """The item of the page itself, else the first item of the same blueprint."""
    for item in items:
        if item.endpoint is not None and item.endpoint == request.endpoint:
            return item.key
    for item in items:
        if item.endpoint is not None and request.blueprint and item.endpoint.split(".")[0] == request.blueprint:
            return item.key
    return None


def _link(item: NavItem, *, context: Context, active: str | None, counted: bool) -> NavLink:
    href = url_for(item.endpoint, **item.values) if item.endpoint else (item.href or "#")
    return NavLink(
        key=item.key,
        label=item.label,
        icon=item.icon,
        href=href,
        count=item.count(context) if counted and item.count else None,
        tone=item.tone,
        tab=item.tab,
        current=item.key == active,
    )
