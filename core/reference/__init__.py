"""Reference pages made from the code: hooks, permissions, verticals, the REST interface as OpenAPI. `kehub docs` writes them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from core import app as application
from core import config as configuration
from core.configuration.view import Views
from core.identity.duties import DUTIES
from core.identity.permissions import PERMISSIONS, grouped
from core.identity.roles import ROLES
from core.plugin import API_VERSION, specs
from core.plugin.host import HOOKS, named
from core.reference.verticals import vertical_page

HOOKS_HEAD = f"""# Hooks of a vertical

Contract {API_VERSION}. Every hook takes no argument, is called once at boot and returns frozen declarations of
`core.plugin`. Only `vertical` is required. This page is made from `core/plugin/specs.py` by `make docs`.
"""

PERMISSIONS_HEAD = """# Permissions

All there is to allow. A role is a set of these; a workspace makes roles of its own from them. What asks for proof wants a factor
that was shown in the last minutes. This page is made from `core/identity` by `make docs`.
"""

HELD = {"person": "when roles are given", "object": "over one object"}


def pages() -> Mapping[str, str]:
    """Text of each page by its path below `docs/`. Needs no database."""
    catalog = application.load_catalog(configuration.read({}))
    return {
        "plugins/hooks.md": hooks_page(),
        **{f"plugins/{key}.md": vertical_page(loaded) for key, loaded in catalog.verticals.items()},
        "guide/permissions.md": permissions_page(),
        "api/openapi.json": openapi(),
    }


def write(folder: Path) -> list[Path]:
    """Write the pages; returns those whose text changed."""
    changed = []
    for name, text in pages().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def hooks_page() -> str:
    parts = [HOOKS_HEAD]
    for name, declared in HOOKS.items():
        text = inspect.getdoc(getattr(specs, name)) or ""
        prose, _, example = text.partition("\n>>> ")
        parts.append(f"## `{name}`\n\nReturns `{named(declared)}`. {prose.strip()}\n")
        if example:
            parts.append(f"```pycon\n>>> {example.strip()}\n```\n")
    return "\n".join(parts)


def permissions_page() -> str:
    """Every permission, role and pair of duties."""
    parts = [PERMISSIONS_HEAD]
    for heading, rows in grouped(PERMISSIONS):
        parts.append(f"## {heading['en']}\n\n| permission | allows | side | proof |\n|---|---|---|---|")
        parts[-1] += "".join(
            f"\n| `{each.key}` | {each.about['en']} | {' '.join(sorted(each.sides))} | {'yes' if each.dangerous else ''} |"
            for each in rows
        )
        parts[-1] += "\n"
    parts.append("## Built-in roles\n")
    for role in ROLES.values():
        until = ", until a day only" if role.dated else ""
        listed = ", ".join(f"`{key}`" for key in sorted(role.permissions))
        parts.append(f"- **{role.label['en']}** (`{role.key}`; {' '.join(sorted(role.parties))}{until}): {listed}")
    parts.append("\n## Separate duties\n\n| does this | does not also | held | why |\n|---|---|---|---|")
    parts[-1] += "".join(
        f"\n| {each.one['en']} | {each.other['en']} | {HELD[each.level]} | {each.why['en']} |" for each in DUTIES
    )
    return "\n".join(parts) + "\n"


def openapi() -> str:
    """The OpenAPI 3.1 document that `/api/v1/openapi.json` serves, with every shipped vertical."""
    config = configuration.read({})
    catalog = application.load_catalog(config)
    app = Flask("core", static_folder=None)
    app.extensions["kehub"] = {"config": config, "catalog": catalog, "view_of": Views(catalog)}
    application.wire(app, catalog)
    answer = app.test_client().get("/api/v1/openapi.json")
    if answer.status_code != 200:
        raise RuntimeError(f"The description was not written: {answer.text}")
    return json.dumps(answer.get_json(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
