"""`python -m tests.architecture.routes`: every route of the application that asks for no permission without saying why.

The application is wired as at boot but without a database, so the same check runs on a broken copy of the tree.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask

from core import app as application
from core import config as configuration
from core.configuration.view import Views
from core.web.routes import GUARDS

OPEN = {
    "static": "style, script and icons: the same for everybody",
    "insights.home": "the dashboard: everybody's first page, each of its parts asks for its own permission",
    "notify.bell": "one's own notices, whoever one is",
    "notify.index": "one's own notices",
    "notify.read": "one's own notices",
    "notify.read_all": "one's own notices",
    "notify.preferences": "how one wishes to be told oneself",
    "notify.prefer": "how one wishes to be told oneself",
    "api.document": "what the API is: the same for everybody, and no data",
    "identity.start": "sends a person on to their workspace, or to the sign-in form",
    "identity.login": "the sign-in form",
    "identity.sign_in": "how a session begins; throttled",
    "identity.sign_out": "ends the session of whoever asks",
}
"""Endpoints without a permission, each with the reason."""


def wired_app() -> Flask:
    catalog = application.load_catalog(configuration.read({}))
    app = Flask("core", static_folder=None)
    app.extensions["kehub"] = {"config": configuration.read({}), "catalog": catalog, "view_of": Views(catalog)}
    application.wire(app, catalog)
    return app


def unguarded(app: Flask) -> Iterator[str]:
    """A sentence for each endpoint with neither permission nor reason, and for each reason without an endpoint."""
    addresses = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules()}
    for endpoint, address in sorted(addresses.items()):
        guard = GUARDS.get(endpoint)
        if (guard is None or guard.permission is None) and endpoint not in OPEN:
            yield f"{address}: {endpoint} asks for no permission"
    for endpoint in sorted(OPEN.keys() - addresses.keys()):
        yield f"{endpoint}: excused, but there is no such route"


if __name__ == "__main__":
    for fault in unguarded(wired_app()):
        print(fault)
