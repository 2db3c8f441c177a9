"""A small app with the web edge and no database: two workspaces, two people, a few pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from flask import Flask, g, make_response, redirect, render_template_string, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue

from core.context import Context
from core.errors import Conflict, FieldError, Invalid, NotFound, Stale
from core.web.flash import toast
from core.web.install import install
from core.web.routes import Pages
from core.web.security import SESSION_COOKIE, session_token, set_session_cookie
from core.web.state import Refusal, SignedOut, WorkspaceLink

TENANT = UUID("018f0000-0000-7000-8000-000000000001")

ALICE = Context(
    tenant_id=TENANT,
    tenant_name="Harbour Bank",
    workspace="harbour",
    party="client",
    shown_name="Alice Morgan",
    permissions=frozenset({"customer.read", "customer.write", "case.read", "import.run"}),
    locale="en",
)
WANG = Context(
    tenant_id=TENANT,
    tenant_name="澜江电信",
    workspace="lanjiang",
    party="provider",
    provider_name="汇众客服",
    shown_name="王静",
    permissions=frozenset({"customer.read"}),
)
PEOPLE = {"alice": ALICE, "wang": WANG}

pages = Pages("sample", __name__)
pages.nav(section="work", key="home", label={"zh-CN": "工作台", "en": "Dashboard"}, icon="home", href="#", tab=True)
pages.nav(section="work", key="customers", label={"zh-CN": "客户", "en": "Customers"}, icon="users", tab=True,
          endpoint="sample.customers", permission="customer.read", order=60, count=lambda _context: 3)  # fmt: skip
pages.nav(section="work", key="cases", label={"zh-CN": "工单", "en": "Cases"}, icon="case", tab=True, href="#", order=70,
          permission="case.read", count=lambda _context: 12, tone="bad")  # fmt: skip
pages.nav(section="settings", key="imports", label={"zh-CN": "导入", "en": "Imports"}, icon="upload", href="#",
          permission="import.run")  # fmt: skip

PAGE = "{%% extends '%s' %%}{%% block title %%}Page{%% endblock %%}{%% block main %%}%s{%% endblock %%}"
SHELL = PAGE % ("shell.html", "<h1>Customers</h1>")
FORM = """<form class="body stack" method="post"><h1>Sign in</h1>
{{ ui.field(control("person", "Person", required=true)) }}{{ ui.field(control("next", "Address", help="Where to")) }}
{{ ui.button("Sign in", kind="primary") }}</form>"""
DOOR = PAGE % ("door.html", FORM)


@pages.page("/customers", permission="customer.read")
def customers() -> str:
    return render_template_string(SHELL)


@pages.page("/customers", permission="customer.write", methods=["POST"])
def create_customer() -> ResponseReturnValue:
    toast("Saved", detail=request.form.get("name", ""))
    return redirect("/t/harbour/customers")


@pages.page("/customers/<name>", permission="customer.read")
def customer(name: str) -> str:
    raise {"stale": Stale(), "taken": Conflict(), "broken": RuntimeError(2 * name)}.get(name, NotFound())


@pages.page("/check", permission="customer.read", methods=["GET", "POST"])
def check() -> str:
    raise Invalid(errors=[FieldError(field="phone", code="digits", message="%(n)s digits, needs 11", params={"n": 3})])


@pages.page("/secret", permission="billing.read")
def secret() -> str:
    return "never shown"


@pages.page("/off", permission=None, vertical="other")
def off() -> str:
    return "never shown"


@pages.page("/login", permission=None, public=True)
def login() -> str:
    return render_template_string(DOOR)


@pages.page("/login", permission=None, methods=["POST"], public=True)
def sign_in() -> ResponseReturnValue:
    response = make_response(redirect(request.form["next"]))
    set_session_cookie(response, request.form["person"])
    return response


@dataclass
class Site:
    """The app with what it was told: `refusals` grows by one for each refused request."""

    app: Flask
    refusals: list[Refusal] = field(default_factory=list)

    @contextmanager
    def reading(self, person: str) -> Iterator[None]:
        """A request of this person, for what templates call."""
        with self.app.test_request_context():
            g.context = PEOPLE[person]
            yield

    def signed_in(self, person: str) -> FlaskClient:
        client = self.app.test_client()
        client.set_cookie(SESSION_COOKIE, person)
        return client


def load_context(workspace: str) -> Context | None:
    if session_token() == "ended":
        raise SignedOut
    person = PEOPLE.get(session_token() or "")
    return person if person is not None and workspace in {person.workspace, f"old-{person.workspace}"} else None


def link(each: Context) -> WorkspaceLink:
    return WorkspaceLink(slug=each.workspace, client_name=each.tenant_name, provider_name=each.provider_name)


@pytest.fixture
def site() -> Site:
    app = Flask("site", static_folder=None)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
    made = Site(app)
    install(
        app,
        pages=[pages],
        load_context=load_context,
        load_workspaces=lambda: [link(each) for each in PEOPLE.values()],
        who_may=lambda _permission: [{"zh-CN": "发包方管理员", "en": "Client admin"}],
        on_refusal=[made.refusals.append],
        search_endpoint="sample.customers",
    )
    return made
