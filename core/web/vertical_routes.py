"""A vertical's routes as pages: `/t/<workspace>/<key>/<path>`, behind the same guard as the core's own.

The core owns the address, sign-in, permission, 404-unless-enabled, cross-site refusal and the commit; a vertical's view only
says what to show. It may raise what any view may (`flask.abort`, a DomainError); a fault of its own breaks its page alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.db.base import db
from core.plugin.catalog import Catalog, LoadedVertical
from core.plugin.types import Route
from core.web.current import context
from core.web.routes import Pages, View


def vertical_pages(catalog: Catalog) -> Sequence[Pages]:
    """The pages of every loaded vertical, with its templates; a route with a label gets a link in the navigation."""
    return [_pages(each) for each in catalog.verticals.values()]


def taken_addresses(app: Flask, catalog: Catalog) -> Iterator[str]:
    """A sentence for each vertical whose pages would lie under an address of the core's."""
    own = {_first(rule.rule) for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("vertical_")}
    for key in catalog.verticals:
        if key in own:
            yield f"{key}: its pages would lie under /{key}, which the core uses; choose another key"


def _first(rule: str) -> str:
    """`customers` of `/t/<workspace>/customers/<uuid:customer_id>`."""
    parts = rule.split("/")
    return parts[3] if rule.startswith("/t/<workspace>/") else ""


def _pages(vertical: LoadedVertical) -> Pages:
    key = vertical.key
    pages = Pages(f"vertical_{key}", __name__, template_folder=vertical.folder / "templates")
    for route in vertical.routes:
        name = _endpoint(route)
        page = pages.page(
            f"/{key}/{route.path}", permission=route.permission, methods=[route.method], vertical=key, endpoint=name
        )
        page(_view(route, key))
        if route.label is not None and route.method == "GET" and "<" not in route.path:
            pages.nav(
                section="work", key=f"{key}_{route.path}", label=route.label, icon=route.icon,
                endpoint=f"{pages.name}.{name}", permission=route.permission, vertical=key, order=80,
            )  # fmt: skip
    return pages


def address_of_record(route: Route, *, vertical: str, record_id: UUID) -> str:
    """Of a page that belongs to a record."""
    return url_for(f"vertical_{vertical}.{_endpoint(route)}", record_id=record_id)


def _endpoint(route: Route) -> str:
    return f"{route.method.lower()}_{route.path}".replace(".", "_")


def _view(route: Route, key: str) -> View:
    def view(**places: str | UUID) -> ResponseReturnValue:
        sent = request.form if route.method == "POST" else request.args
        answer = route.view(context(), {**sent.to_dict(), **{name: str(held) for name, held in places.items()}})
        if route.method == "POST":
            db.session.commit()
        if isinstance(answer, str):
            return redirect(f"/t/{context().workspace}/{key}/{answer}", code=303)
        template, values = answer
        if not str(template).startswith(f"{key}/"):
            raise LookupError(f"{key}: the view of {route.path!r} named the template {template!r}, not one in {key}/")
        return render_template(template, **values)

    return view
