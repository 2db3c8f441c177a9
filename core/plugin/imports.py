"""Does a vertical keep to the public packages: read its source, run none of it.

Our own verticals are held to this by import-linter; this holds a partner's wheel to the same.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

from core.plugin.catalog import LoadedVertical

PUBLIC = ("core.plugin", "core.db", "core.web", "core.facade")
HOST_ONLY = ("core.plugin.host", "core.plugin.catalog", "core.plugin.checks", "core.plugin.report")
OTHERS = "plugins"


def forbidden_imports(loaded: LoadedVertical) -> Iterator[str]:
    """A sentence for each import of the core's inner parts or of another vertical."""
    if not loaded.package:
        return
    for path, source in _sources(resources.files(loaded.package), path=""):
        for line, name in _imported(ast.parse(source)):
            if not _allowed(name, package=loaded.package):
                yield f"{path}, line {line}: it imports {name}; use only {', '.join(PUBLIC)}"


def _sources(folder: Traversable, *, path: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        here = f"{path}/{entry.name}" if path else entry.name
        if entry.is_dir():
            yield from _sources(entry, path=here)
        elif entry.name.endswith(".py"):
            yield here, entry.read_text(encoding="utf-8")


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            # `from core import db` names core.db, so that the name after `import` counts as well.
            whole = node.module in ("core", OTHERS)
            yield from ((node.lineno, f"{node.module}.{alias.name}" if whole else node.module) for alias in node.names)


def _allowed(name: str, *, package: str) -> bool:
    if _below(name, package):
        return True
    if _below(name, "core"):
        return any(_below(name, public) for public in PUBLIC) and not any(_below(name, each) for each in HOST_ONLY)
    return not _below(name, OTHERS)


def _below(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
