"""Each promise is broken on purpose in a copy of the tree, and the check that guards it has to say so."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.web.lint import lint, lint_templates
from tests.architecture import checks
from tests.architecture.checks import ROOT

COPIED = ("core", "plugins", "tests/architecture", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("vendor", "*.mo", "node_modules")


@dataclass(frozen=True, kw_only=True)
class Planted:
    """Where the violation goes (at the end of a file that is there), what it is, which check must tell, and what."""

    promise: str
    path: str
    text: str
    check: Callable[[Path], list[str]]
    told: str


def contract(name: str) -> Callable[[Path], list[str]]:
    return lambda root: checks.broken_contracts(root, name)


BARE_ROUTE = """

@pages.blueprint.get("/t/<workspace>/planted")
def planted(workspace: str) -> str:
    return workspace
"""

KEYLESS_TABLE = """

class Planted(Model):
    __tablename__ = "planted"

    id: Mapped[UUID] = mapped_column(primary_key=True)
"""

BROKEN_PROMISES = [
    Planted(
        promise="the core imports no vertical",
        path="core/db/planted.py",
        text="import plugins.telecom.plugin\n",
        check=contract("core-without-plugins"),
        told="The core never imports a vertical",
    ),
    Planted(
        promise="verticals are independent",
        path="plugins/planted/plugin.py",
        text="import plugins.telecom.plugin\n",
        check=contract("plugins-independent"),
        told="A vertical never imports another vertical",
    ),
    Planted(
        promise="a vertical imports the public core only",
        path="plugins/telecom/planted.py",
        text="from core.customers import models\n",
        check=contract("plugins-public-core"),
        told="A vertical imports only core.plugin, core.db, core.web and core.facade",
    ),
    Planted(
        promise="a service knows no flask",
        path="core/planted/service.py",
        text="from flask import g\n",
        check=contract("services-without-flask"),
        told="A service never imports flask",
    ),
    Planted(
        promise="the plugin contract is pure",
        path="core/plugin/planted.py",
        text="import sqlalchemy\n",
        check=contract("plugin-pure"),
        told="core.plugin imports neither flask nor sqlalchemy",
    ),
    Planted(
        promise="a lower layer never imports a higher one",
        path="core/tenants/planted.py",
        text="import core.customers.models\n",
        check=contract("layers"),
        told="A feature of the core calls downwards only",
    ),
    Planted(
        promise="every package of the core has a layer",
        path="core/planted/__init__.py",
        text="",
        check=contract("layers"),
        told="A feature of the core calls downwards only",
    ),
    Planted(
        promise="a package is one that the contracts see",
        path="core/planted/models.py",
        text="",
        check=checks.misplaced,
        told="core/planted: no __init__.py",
    ),
    Planted(
        promise="the core names no vertical",
        path="core/planted.py",
        text='if key == "telecom":\n    pass\n',
        check=checks.verticals_named_in_core,
        told="core/planted.py:1: the core names the vertical telecom",
    ),
    Planted(
        promise="a file stays small",
        path="core/planted.py",
        text="x = 1\n" * 401,
        check=checks.oversized_files,
        told="core/planted.py: 401 lines",
    ),
    Planted(
        promise="a function stays small",
        path="core/planted.py",
        text="def long() -> None:\n" + "    print()\n" * 50,
        check=checks.oversized_functions,
        told="core/planted.py:1: function long has 51 lines",
    ),
    Planted(
        promise="a view parses, calls and renders",
        path="core/customers/views/views.py",
        text='@pages.page("/planted", permission="customer.read")\ndef planted() -> str:\n' + "    print()\n" * 15,
        check=checks.oversized_functions,
        told="core/customers/views/views.py:2: view planted has 16 lines",
    ),
    Planted(
        promise="nothing strange lies at the top",
        path="notes.txt",
        text="",
        check=checks.misplaced,
        told="notes.txt: not in the layout",
    ),
    Planted(
        promise="a vertical's migration leaves the core's tables alone",
        path="plugins/telecom/migrations/versions/0001_planted.py",
        text='op.add_column("customer", None)\n',
        check=checks.foreign_tables_in_migrations,
        told="telecom touches customer, which is core's",
    ),
    Planted(
        promise="the core's migration leaves a vertical's tables alone",
        path="core/db/migrations/versions/9999_planted.py",
        text='op.create_index("ix", "telecom_planted", ["id"])\n',
        check=checks.foreign_tables_in_migrations,
        told="core touches telecom_planted, which is telecom's",
    ),
    Planted(
        promise="every route asks for a permission",
        path="core/identity/views.py",
        text=BARE_ROUTE,
        check=checks.unguarded_routes,
        told="/t/<workspace>/planted: identity.planted asks for no permission",
    ),
    Planted(
        promise="every table belongs to a tenant",
        path="core/identity/models.py",
        text=KEYLESS_TABLE,
        check=checks.keyless_tables,
        told="planted: derive Planted from TenantModel",
    ),
    Planted(
        promise="a template carries no style",
        path="core/web/templates/planted.html",
        text='<p style="color: red">{{ _("Customers") }}</p>',
        check=lint_templates,
        told="core/web/templates/planted.html:1: a style attribute",
    ),
    Planted(
        promise="a template carries no handler",
        path="plugins/telecom/templates/telecom/planted.html",
        text='<button onclick="go()">{{ _("Customers") }}</button>',
        check=lint_templates,
        told="plugins/telecom/templates/telecom/planted.html:1: an onclick handler",
    ),
    Planted(
        promise="a text in a template can be translated",
        path="core/web/templates/planted.html",
        text="<p>Nobody translated this</p>",
        check=lint_templates,
        told="core/web/templates/planted.html:1: untranslated text",
    ),
    Planted(
        promise="a text is translated",
        path="core/web/templates/planted.html",
        text='<p>{{ _("Nobody translated this") }}</p>',
        check=lint,
        told="Nobody translated this",
    ),
]


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code, made once: copying takes longer than most checks."""
    copy = tmp_path_factory.mktemp("planted") / "kehub"
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=LEFT_OUT)
        else:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture
def plant(copied: Path) -> Iterator[Callable[..., Path]]:
    """`tree = plant(path=..., text=...)` breaks the copy until the test ends."""
    before: list[tuple[Path, bytes | None]] = []

    def write(target: Path, *, text: str) -> None:
        before.append((target, target.read_bytes() if target.exists() else None))
        with target.open("a", encoding="utf-8") as file:
            file.write(text)

    def planted(*, path: str, text: str) -> Path:
        target = copied / path
        made = [folder for folder in (target.parent, *target.parent.parents) if not folder.exists()]
        before.extend((folder, None) for folder in reversed(made))
        target.parent.mkdir(parents=True, exist_ok=True)
        if not path.endswith("planted/models.py") and target.suffix == ".py":
            write(target.parent / "__init__.py", text="")
        write(target, text=text)
        return copied

    yield planted
    for path, held in reversed(before):
        if held is not None:
            path.write_bytes(held)
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


@pytest.mark.parametrize("planted", BROKEN_PROMISES, ids=lambda planted: planted.promise)
def test_a_planted_violation_is_told(plant: Callable[..., Path], planted: Planted) -> None:
    tree = plant(path=planted.path, text=planted.text)

    faults = planted.check(tree)

    assert any(planted.told in fault for fault in faults), faults
