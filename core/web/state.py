"""What `app.py` plugs into the web edge, kept per app: loaders, hooks, navigation and the pages' guards.

`core.web` sits below identity and tenants, so it cannot look up a session or a role itself. It is handed functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask import Flask, current_app
from flask.typing import ResponseReturnValue

from core.context import Context
from core.plugin.types import Label
from core.web.looks import OnLook
from core.web.nav import NavItem

EXTENSION = "kehub_web"


@dataclass(frozen=True, kw_only=True)
class WorkspaceLink:
    """One place the person may work in, for the switcher."""

    slug: str
    client_name: str
    provider_name: str | None = None
    title: str | None = None


@dataclass(frozen=True, kw_only=True)
class BellPlace:
    """The bell of the top bar: its page, its fragment, and how much is new, which is asked on every page: a cheap statement."""

    endpoint: str
    fragment: str
    count: Callable[[Context], int]


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Somebody asked for what they may not do. `permission` is None where a service refused for another reason."""

    context: Context | None
    endpoint: str | None
    permission: str | None
    message: str


@dataclass(kw_only=True)
class Web:
    """`load_context(workspace)` gives the Context, or None for "no such workspace, or not yours" (one answer for both).

    It raises `SignedOut` for a session that has ended, and may return a context with another slug: the page then
    redirects there. `who_may(permission)` names the roles that hold a permission. `search_endpoint` takes the top bar's
    search as a POST with `q`; without it there is no search field;
    `suggest_endpoint` gives what is shown below it meanwhile. Without `bell` there is none. `dangerous(permission)` acts
    want a proof of a moment ago: `step_up(context)` gives the context again where the request brought one along, else raises
    `StepUp`, which `to_step_up` answers. `on_page_shown` hears of pages
    that were made, `on_answer` of the API's answers, before the request's commit.
    """

    load_context: Callable[[str], Context | None] = lambda _workspace: None
    load_workspaces: Callable[[], Sequence[WorkspaceLink]] = tuple
    who_may: Callable[[str], Sequence[str | Label]] = lambda _permission: ()
    search_endpoint: str | None = None
    suggest_endpoint: str | None = None
    bell: BellPlace | None = None
    dangerous: Callable[[str], bool] = lambda _permission: False
    step_up: Callable[[Context], Context] = lambda context: context
    to_step_up: Callable[[StepUp], ResponseReturnValue] | None = None
    on_refusal: list[Callable[[Refusal], None]] = field(default_factory=list)
    on_page_shown: list[OnLook] = field(default_factory=list)
    on_answer: list[OnLook] = field(default_factory=list)
    nav: list[NavItem] = field(default_factory=list)


class SignedOut(Exception):
    """There is no session, or it has ended. A page answers with the sign-in form and comes back afterwards.

    `why` it ended, where that is known: the form says so.
    """

    def __init__(self, why: str | None = None) -> None:
        super().__init__(why)
        self.why = why


class StepUp(Exception):
    """The session has to prove itself once more: the workspace's sign-in policy wants it, or the act is dangerous."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context


def web() -> Web:
    """The web state of the current app."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Web)
    return found


def install_state(app: Flask, state: Web) -> None:
    app.extensions[EXTENSION] = state
