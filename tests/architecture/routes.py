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
    "exports.show": "one's own request for everybody who asked for it; another's for who approves: both are asked within",
    "undo.show": "asks for the permission of the kind of run it shows",
    "undo.begin": "asks for the permission of the kind of run it undoes",
    "notify.bell": "one's own notices, whoever one is",
    "notify.index": "one's own notices",
    "notify.read": "one's own notices",
    "notify.read_all": "one's own notices",
    "notify.preferences": "how one wishes to be told oneself",
    "notify.prefer": "how one wishes to be told oneself",
    "api.document": "what the API is: the same for everybody, and no data",
    "joining.new": "the sign-up form",
    "joining.create": "how an organisation signs up; throttled, and nothing is made before the mail is answered",
    "joining.address": "whether an address is free, as somebody types; throttled",
    "joining.confirm": "the link in the mail of a sign-up: its secret is the right",
    "joining.finish": "the link in the mail of a sign-up, and a password",
    "leaving.shown": "a certificate of deletion at an address that cannot be guessed",
    "leaving.document": "the same as JSON",
    "organisation.stylesheet": "the colours of the workspace one is in",
    "organisation.logo": "the logo of the workspace one is in",
    "organisation.door_stylesheet": "the colours of an organisation that chose to show itself at the sign-in form",
    "organisation.door_logo": "the logo of an organisation that chose to show itself at the sign-in form",
    "invitations.open_link": "the link in an invitation's mail: its secret is the right; limited",
    "invitations.accept": "joins by the link of an invitation, once; limited",
    "desk.show": "one's own work in one's own workspaces, each read under its own scope",
    "scim.serve": "the protocol of directories: asks for its own token, of one tenant",
    "sso.start": "the form that finds a person's organisation",
    "sso.find": "the same, answered: which organisations sign in by a domain",
    "sso.choose": "the doors of a workspace, for those who are not in yet",
    "sso.go": "sends a browser to an identity provider",
    "sso.callback": "comes back from it; what it says is proved there",
    "identity.start": "sends a person on to their workspace, or to the sign-in form",
    "identity.login": "the sign-in form",
    "identity.sign_in": "how a session begins; throttled",
    "identity.sign_out": "ends the session of whoever asks",
    "identity.passkey_options": "a challenge for whoever comes to the door; limited",
    "identity.sign_in_with_passkey": "how a session begins",
    "identity.second": "the form of the second step",
    "identity.second_step": "how a session begins; throttled",
    "identity.forgot": "the form of a forgotten password",
    "identity.send_reset": "sends a link to the address; the same answer for all, limited",
    "identity.reset": "the form behind a link that came by mail",
    "identity.set_password": "sets a password by a link that came by mail, once",
    "identity.prove_options": "a challenge for the signed-in person; limited",
    "identity.prove_self": "where one proves who one is",
    "identity.proved_self": "takes the proof of whoever is signed in; limited",
    "identity.prove": "where one proves who one is for a workspace of one's own",
    "identity.proved": "takes the proof of whoever is signed in; limited",
    **{
        f"account.{name}": "one's own account, whoever is signed in"
        for name in (
            "show",
            "save_profile",
            "change_password",
            "enrol_totp",
            "totp_page",
            "confirm_totp",
            "remove_totp",
            "passkey_options",
            "add_passkey",
            "name_passkey",
            "remove_passkey",
            "new_codes",
            "end_session",
            "end_others",
        )
    },
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
