"""`install(app, ...)`: the whole web edge on an app, in the order it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Blueprint, Flask

from core.context import Context
from core.plugin.types import Label
from core.web import gallery
from core.web.errors import install_errors
from core.web.flash import install_flash
from core.web.formats import install_formats
from core.web.i18n import install_i18n
from core.web.routes import Pages, fill_workspace
from core.web.security import install_security
from core.web.state import BellPlace, Refusal, Web, WorkspaceLink, install_state
from core.web.static_files import install_static
from core.web.ui import install_ui
from core.web.words import install_words


def install(
    app: Flask,
    *,
    pages: Sequence[Pages] = (),
    translations: Sequence[Path] = (),
    load_context: Callable[[str], Context | None] | None = None,
    load_workspaces: Callable[[], Sequence[WorkspaceLink]] | None = None,
    who_may: Callable[[str], Sequence[str | Label]] | None = None,
    on_refusal: Sequence[Callable[[Refusal], None]] = (),
    search_endpoint: str | None = None,
    suggest_endpoint: str | None = None,
    bell: BellPlace | None = None,
) -> Web:
    """Make `app` (built with `static_folder=None`) serve `pages` behind their guards. `Web` explains the functions."""
    state = Web(
        on_refusal=list(on_refusal), search_endpoint=search_endpoint, suggest_endpoint=suggest_endpoint, bell=bell
    )
    if load_context is not None:
        state.load_context = load_context
    if load_workspaces is not None:
        state.load_workspaces = load_workspaces
    if who_may is not None:
        state.who_may = who_may
    install_state(app, state)
    install_security(app)
    install_i18n(app, translations=translations)
    install_static(app)
    install_formats(app)
    install_words(app)
    install_flash(app)
    install_errors(app)
    app.register_blueprint(Blueprint("web", "core.web", template_folder="templates"))
    app.url_defaults(fill_workspace)
    samples = [gallery.pages] if app.debug or app.testing else []
    for each in [*pages, *samples]:
        app.register_blueprint(each.blueprint)
        state.nav.extend(each.items)
    install_ui(app)
    return state
