"""Reference pages made from the code: the plug-in hooks as text, the REST interface as OpenAPI. `kehub docs` writes them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from core import app as application
from core import config as configuration
from core.configuration.view import Views
from core.plugin import API_VERSION, specs
from core.plugin.host import HOOKS

HOOKS_HEAD = f"""# Hooks of a vertical

Contract {API_VERSION}. Every hook takes no argument, is called once at boot and returns frozen declarations of
`core.plugin`. Only `vertical` is required. This page is made from `core/plugin/specs.py` by `make docs`.
"""


def pages() -> Mapping[str, str]:
    """Text of each page by its path below `docs/`. Needs no database."""
    return {"plugins/hooks.md": hooks_page(), "api/openapi.json": openapi()}


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
        parts.append(f"## `{name}`\n\nReturns `{declared.__name__}`. {prose.strip()}\n")
        if example:
            parts.append(f"```pycon\n>>> {example.strip()}\n```\n")
    return "\n".join(parts)


def openapi() -> str:
    """The OpenAPI 3.1 document that `/api/v1/openapi.json` serves, with every shipped vertical."""
    config = configuration.read({})
    catalog = application.load_catalog(config)
    app = Flask("core", static_folder=None)
    app.extensions["kehub"] = {"config": config, "catalog": catalog, "view_of": Views(catalog)}
    application.wire(app, catalog)
    answer = app.test_client().get("/api/v1/openapi.json")
    return json.dumps(answer.get_json(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
