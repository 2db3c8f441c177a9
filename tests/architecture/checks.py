"""What the architecture promises, as functions from a tree (or an app) to sentences that name each fault.

The same functions run on this tree and on copies with a planted violation, so a check that sees nothing is found out.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FILE_LINES = 400
TEST_FILE_LINES = 600
CONFTEST_LINES = 150
FUNCTION_LINES = 50
VIEW_LINES = 15
PLUGIN_PY_LINES = 80

VERTICALS = ("telecom", "banking", "retail", "logistics", "realestate", "auto")

TOP_LEVEL = {
    *(".ci", "bench", "core", "docs", "plugins", "tests"),
    *(".gitignore", "Makefile", "pyproject.toml", "wsgi.py", "LICENSE"),
    *("requirements.txt", "requirements-dev.txt", "requirements-node.txt"),
    *("README.md", "README.zh-CN.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"),
}

ROUTE_DECORATORS = {"page", "route", "get", "post", "put", "patch", "delete"}
HTTP_METHODS = {"get", "post", "put", "patch", "delete"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(root: Path, *folders: str) -> Iterator[Path]:
    """Our Python files, without migrations: those record what was done and are never edited again."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            if "versions" not in path.parts and "__pycache__" not in path.parts:
                yield path


def oversized_files(root: Path) -> list[str]:
    """Files longer than their kind may be."""
    faults = []
    for path in python_files(root, "core", "plugins", "bench", "tests"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > _allowed_lines(path, root=root):
            where = path.relative_to(root)
            faults.append(f"{where}: {lines} lines, {_allowed_lines(path, root=root)} allowed: cut the feature by noun")
    return faults


def _allowed_lines(path: Path, *, root: Path) -> int:
    parts = path.relative_to(root).parts
    if path.name == "conftest.py":
        return CONFTEST_LINES
    if parts[0] == "plugins" and path.name == "plugin.py":
        return PLUGIN_PY_LINES
    return TEST_FILE_LINES if parts[0] == "tests" else FILE_LINES


def oversized_functions(root: Path) -> list[str]:
    """Functions over 50 lines and views over 15, without their decorators and docstring."""
    faults = []
    for path in python_files(root, "core", "plugins", "bench"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        views = {id(view) for view in _views(tree)} if path.name in {"views.py", "api.py", "pages.py"} else set()
        for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
            allowed = VIEW_LINES if id(function) in views else FUNCTION_LINES
            kind = "view" if id(function) in views else "function"
            length = _length(function)
            if length > allowed:
                where = f"{path.relative_to(root)}:{function.lineno}"
                faults.append(f"{where}: {kind} {function.name} has {length} lines, {allowed} allowed")
    return faults


def _length(function: Function) -> int:
    docstring = 0
    if ast.get_docstring(function) is not None:
        first = function.body[0]
        docstring = (first.end_lineno or first.lineno) - first.lineno + 1
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


def _views(tree: ast.Module) -> Iterator[Function]:
    """Functions registered as routes, and the HTTP methods of a class that is."""
    for node in ast.walk(tree):
        if isinstance(node, Function) and any(_routes(decorator) for decorator in node.decorator_list):
            yield node
        if isinstance(node, ast.ClassDef):
            yield from (each for each in node.body if isinstance(each, Function) and each.name in HTTP_METHODS)


def _routes(decorator: ast.expr) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(target, ast.Attribute) and target.attr in ROUTE_DECORATORS


def verticals_named_in_core(root: Path) -> list[str]:
    """Lines of the core that name a vertical. `auto` counts as a whole word only; the others in any compound."""
    keys = sorted({*VERTICALS, *(path.parent.name for path in (root / "plugins").glob("*/plugin.py"))} - {"auto"})
    named = re.compile(rf"(?<![a-z])({'|'.join(keys)})(?![a-z])|\bauto\b", re.IGNORECASE)
    faults = []
    for path in sorted((root / "core").rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            found = named.search(line)
            if found:
                faults.append(f"{path.relative_to(root)}:{number}: the core names the vertical {found.group()}")
    return faults


def misplaced(root: Path) -> list[str]:
    """What has no place in the layout: strange names at the top, and folders that the import contracts cannot see."""
    faults = [f"{name}: not in the layout of the top level" for name in sorted(_tracked_top(root) - TOP_LEVEL)]
    for folder in sorted({path.parent for path in python_files(root, "core", "plugins")}):
        if folder.name != "migrations" and not (folder / "__init__.py").exists():
            faults.append(f"{folder.relative_to(root)}: no __init__.py, so no import contract holds it")
    return faults


def _tracked_top(root: Path) -> set[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return {line.split("/")[0] for line in listed.stdout.splitlines()}
    return {path.name for path in root.iterdir()}


def broken_contracts(root: Path, *contracts: str) -> list[str]:
    """Names of the import contracts of pyproject.toml that the tree breaks; all are checked unless some are named."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    for contract in contracts:
        command += ["--contract", contract]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    broken = [line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if line.endswith(" BROKEN")]
    if done.returncode and not broken:
        raise AssertionError(f"lint-imports did not run:\n{done.stdout}{done.stderr}")
    return broken
