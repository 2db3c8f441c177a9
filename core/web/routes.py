"""Pages: the address, permission and vertical of every page, written once beside its view.

A request to `/t/<workspace>/...` goes through `_enter` before its view: the context is loaded, an ended session is sent
to the sign-in form, an unknown workspace and one that is not yours get the same 404, a vertical that is off is a 404,
and a missing permission is refused (403) and recorded. What the workspace's sign-in policy still wants is asked for, and so is a
fresh proof before a dangerous act.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import refresh

from core.context import READ_ONLY, WITHHELD, Context
from core.errors import N_, Denied, NotFound
from core.web import looks
from core.web.current import maybe_context
from core.web.links import query_of
from core.web.nav import NavItem
from core.web.security import SAFE_METHODS, session_token
from core.web.state import SignedOut, StepUp, web

View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True, kw_only=True)
class Guard:
    """`while_read_only` says why a page that takes a POST is open in a suspended or closing workspace: it changes nothing of it."""

    permission: str | None
    vertical: str | None
    public: bool
    step_up: bool = False
    while_read_only: str = ""


GUARDS: dict[str, Guard] = {}
"""Every page's guard by endpoint, for tests and the permission overview."""

PERMISSIONS_BY_ENDPOINT: dict[str, str | None] = {}
"""The same, only the permission. None means: everybody in the workspace, or a public page."""


class Pages:
    """A feature's pages: a Flask blueprint whose rules all carry a guard.

        pages = Pages("customers", __name__)

        @pages.page("/customers/<uuid:customer_id>", permission="customer.read")
        def show(customer_id: UUID) -> str: ...

    A `public` page has no workspace in its address and no context; it checks for itself what it needs.
    """

    def __init__(self, name: str, import_name: str, *, template_folder: str | Path = "templates") -> None:
        self.name = name
        self.blueprint = Blueprint(name, import_name, template_folder=str(template_folder))
        self.items: list[NavItem] = []
        self._views: dict[str, View] = {}

    def page(
        self,
        rule: str,
        *,
        permission: str | None,
        methods: Sequence[str] = ("GET",),
        vertical: str | None = None,
        public: bool = False,
        step_up: bool = False,
        endpoint: str | None = None,
        while_read_only: str = "",
    ) -> Callable[[View], View]:
        """Register a view. `permission=None` says on purpose: everybody in the workspace.

        `step_up`: the person must have proved who they are within the last minutes. A write behind a permission that the catalogue
        calls dangerous asks for it by itself.
        """
        if public and (permission or vertical):
            raise ValueError(f"{self.name}{rule}: a public page has no permission and no vertical")
        guard = Guard(
            permission=permission, vertical=vertical, public=public, step_up=step_up, while_read_only=while_read_only
        )

        def register(view: View) -> View:
            name = endpoint or view.__name__
            key = f"{self.name}.{name}"
            if GUARDS.setdefault(key, guard) != guard:
                raise ValueError(f"{key} has two different guards")
            PERMISSIONS_BY_ENDPOINT[key] = permission
            guarded = self._views.setdefault(name, _guarded(view, guard))
            address = rule if public else "/t/<workspace>" + rule
            self.blueprint.add_url_rule(address, name, guarded, methods=list(methods))
            return view

        return register

    def nav(self, **item: Any) -> None:
        """Declare a link of the side navigation; the arguments are those of NavItem."""
        self.items.append(NavItem(**item))


def _guarded(view: View, guard: Guard) -> View:
    @functools.wraps(view)
    def run(**values: Any) -> ResponseReturnValue:
        if not guard.public:
            elsewhere = _enter(values.pop("workspace"), guard=guard)
            if elsewhere is not None:
                return elsewhere
        answer = view(**values)
        if not guard.public:
            looks.tell(web().on_page_shown, permission=guard.permission, args=values, answer=answer)
        return answer

    return run


def _enter(workspace: str, *, guard: Guard) -> ResponseReturnValue | None:
    context = web().load_context(workspace)
    if context is None:
        if session_token() is None:
            raise SignedOut
        raise NotFound
    if context.assurance.wants:
        raise StepUp(context)
    g.context = context
    refresh()  # a locale asked for before the context was known may be another
    if context.workspace != workspace and request.method == "GET" and request.endpoint:
        place = {**(request.view_args or {}), "workspace": context.workspace}
        return redirect(url_for(request.endpoint, **place) + query_of(request.args.items(multi=True)))
    if guard.vertical is not None and guard.vertical not in context.enabled:
        raise NotFound
    if request.method not in SAFE_METHODS and not guard.while_read_only:
        refuse_read_only(context)
    if guard.permission is not None and not context.may(guard.permission):
        said = WITHHELD.get(context.withheld or "", N_("Your role does not include this."))
        raise Denied(said, permission=guard.permission)
    if not context.assurance.fresh(datetime.now(UTC)) and _dangerous(guard):
        g.context = web().step_up(context)
    return None


def refuse_read_only(context: Context) -> None:
    """Raise Denied, with the reason, where nothing of the tenant changes at present."""
    if context.read_only:
        raise Denied(READ_ONLY[context.life.state])


def _dangerous(guard: Guard) -> bool:
    if guard.step_up:
        return True
    return guard.permission is not None and request.method not in SAFE_METHODS and web().dangerous(guard.permission)


def fill_workspace(endpoint: str, values: dict[str, Any]) -> None:
    """Let `url_for("customers.show", customer_id=...)` know the workspace it is called in, where an address names it."""
    context = maybe_context()
    guard = GUARDS.get(endpoint)
    if context is None or guard is None or guard.public:
        return
    if current_app.url_map.is_endpoint_expecting(endpoint, "workspace"):
        values.setdefault("workspace", context.workspace)
