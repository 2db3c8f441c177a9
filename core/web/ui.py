"""`ui`: every component macro under one name in every template, and the few functions templates call.

    {{ ui.badge(_("Verified"), "ok", icon="check") }}
    {% call ui.card(_("Timeline")) %} ... {% endcall %}

A macro lives in `templates/components/<file>.html`; its name is unique over all of them. Macros see the environment's
globals, not the page's variables.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request, url_for
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from core.context import Context
from core.web.current import maybe_context
from core.web.flash import take_toasts
from core.web.forms import control
from core.web.i18n import LANGUAGES, OWN_NAMES, current_path, language, language_url
from core.web.links import reveal_link
from core.web.nav import NavSection, sections
from core.web.routes import PERMISSIONS_BY_ENDPOINT
from core.web.state import WorkspaceLink, web

COMPONENTS = [
    f"components/{path.name}" for path in sorted((Path(__file__).parent / "templates/components").glob("*.html"))
]
ATTRIBUTE = re.compile(r"(?!on)[a-z][a-z0-9-]*\Z")


class Ui:
    """Finds a macro by its name; the components are compiled once."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._home: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        templates = [self._home[name]] if name in self._home else COMPONENTS
        for template in templates:
            found = getattr(self._environment.get_template(template).module, name, None)
            if found is not None:
                self._home[name] = template
                return found
        raise AttributeError(f"no component {name!r}; they are in templates/components")


def install_ui(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["attrs"] = attributes
    app.jinja_env.globals.update(
        ui=Ui(app.jinja_env),
        control=control,
        uid=uid,
        may=may,
        language=language,
        languages=LANGUAGES,
        own_names=OWN_NAMES,
        language_url=language_url,
        navigation=navigation,
        workspaces=workspaces,
        take_toasts=take_toasts,
        sort_state=sort_state,
        sort_url=sort_url,
        with_args=with_args,
        theme=theme,
        reveal_link=reveal_link,
        search_address=search_address,
        suggest_address=suggest_address,
        bell=bell,
        request_has_cursor=lambda: "after" in request.args,
        door_brand=lambda: None,  # whose door it is, and the time that is left: `core.tenants.wiring` knows
        days_left=lambda _until: None,
        single_keys=lambda: request.cookies.get("keys") != "off",
    )
    app.context_processor(lambda: {"context": maybe_context()})


def attributes(values: Mapping[str, Any]) -> Markup:
    """Extra attributes of a macro: `data_key="h"` becomes ` data-key="h"`; True is bare, None and False are left out.

    Raises ValueError for `style` and `on...`: the policy would block them anyway.
    """
    written = []
    for key, value in values.items():
        if value is None or value is False:
            continue
        name = key.rstrip("_").replace("_", "-")
        if name == "style" or not ATTRIBUTE.match(name):
            raise ValueError(f"the attribute {name!r} is not allowed in a template")
        written.append(Markup(" ") + name if value is True else Markup(' {}="{}"').format(name, escape(value)))
    return Markup("").join(written)


def uid(prefix: str = "u") -> str:
    """An id that is unique on this page."""
    if "uids" not in g:
        g.uids = itertools.count(1)
    return f"{prefix}-{next(g.uids)}"


def may(permission: str) -> bool:
    context = maybe_context()
    return context is not None and context.may(permission)


def navigation(here: str | None = None) -> list[NavSection]:
    context = maybe_context()
    return sections(web().nav, context=context, here=here, counted=not g.get("quiet_shell")) if context else []


def workspaces() -> list[WorkspaceLink]:
    """The places the person may work in. An error page asks nothing and shows only this one."""
    context: Context | None = maybe_context()
    if context is None:
        return []
    if not g.get("quiet_shell"):
        return list(web().load_workspaces())
    return [WorkspaceLink(slug=context.workspace, client_name=context.tenant_name, provider_name=context.provider_name)]


def search_address() -> str | None:
    """Where the search field posts to; None where there is none or the person may not use it."""
    endpoint = web().search_endpoint
    permission = PERMISSIONS_BY_ENDPOINT.get(endpoint or "")
    return url_for(endpoint) if endpoint and (permission is None or may(permission)) else None


def suggest_address() -> str | None:
    """Where the search field asks while somebody types; None where nothing answers."""
    endpoint = web().suggest_endpoint
    return url_for(endpoint) if endpoint and search_address() else None


def bell() -> Mapping[str, Any] | None:
    """Addresses of the bell and how much is new; an error page asks for no count. None where there is no bell."""
    place, context = web().bell, maybe_context()
    if place is None or context is None:
        return None
    count = 0 if g.get("quiet_shell") else place.count(context)
    return {"href": url_for(place.endpoint), "again": url_for(place.fragment), "count": count}


def theme() -> str | None:
    """`light`, `dark`, or None for what the system says."""
    chosen = request.cookies.get("theme")
    return chosen if chosen in {"light", "dark"} else None


def sort_state(key: str, default: str = "") -> str | None:
    """`ascending`, `descending` or None: how the list is sorted by `key`. The argument is `sort=key` or `sort=-key`."""
    current = request.args.get("sort") or default
    return {key: "ascending", f"-{key}": "descending"}.get(current)


def sort_url(key: str, default: str = "") -> str:
    """This list sorted by `key`, the other way round where it already is; from its first page."""
    return with_args(sort=f"-{key}" if sort_state(key, default) == "ascending" else key, after=None)


def with_args(**changed: Any) -> str:
    """This page's address with some query arguments changed; None takes one out."""
    kept = [(key, value) for key, value in request.args.items(multi=True) if key not in changed]
    args = kept + [(key, value) for key, value in changed.items() if value is not None]
    return current_path() + (f"?{urlencode(args)}" if args else "")
