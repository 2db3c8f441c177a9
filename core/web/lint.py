"""`kehub lint`: what the content security policy would block and what nobody translated, found before it is served.

Templates: 1. Jinja is taken out, keeping the lines; 2. the HTML that is left is read for inline style and script and
for words a person would see; 3. Jinja's own syntax tree is read for words handed to macros past gettext.
A template of samples says `{# lint: samples #}` in its first line and is read for style and script only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, nodes

from core.web.catalogs import faults, read_catalog, texts

SAMPLES = "{# lint: samples #}"
JINJA = re.compile(r"\{#.*?#\}|\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
PLACE = "\ufffc"
"""Stands where an expression was: not a letter, and not nothing."""

LETTERS = re.compile(r"[^\W\d_]{2}|[\u3400-\u9fff]")
PROSE = re.compile(r"[\u3400-\u9fff]|^[A-Z][a-z]+(?:\W|$)|[a-z] [a-z]+ [a-z]")
VERBATIM = {"code", "kbd", "pre"}
SEEN_ATTRIBUTES = {"aria-label", "placeholder", "title", "alt", "aria-description"}
GETTEXT = {"_", "gettext", "ngettext", "pgettext"}
BRAND = {"Kehub", "客汇"}


def lint(root: Path) -> list[str]:
    """Every fault of templates and catalogs below `root` (the checkout), as `file:line: what`."""
    return [*lint_templates(root), *lint_catalogs(root)]


def lint_templates(root: Path) -> list[str]:
    """Faults of the templates in `core/**/templates` and `plugins/**/templates`."""
    found = []
    for top in ("core", "plugins"):
        for path in sorted((root / top).glob("**/templates/**/*.html")):
            name = str(path.relative_to(root))
            found += [f"{name}:{line}: {what}" for line, what in lint_template(path.read_text(encoding="utf-8"))]
    return found


@cache
def lint_template(source: str) -> Sequence[tuple[int, str]]:
    """Faults of one template: (line, what)."""
    try:
        tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    except TemplateSyntaxError as error:
        return [(error.lineno, f"not a template: {error.message}")]
    reader = _Reader(translated=not source.startswith(SAMPLES))
    reader.feed(JINJA.sub(_blank, source))
    reader.close()
    found = reader.found
    if not source.startswith(SAMPLES):
        found += _untranslated_arguments(tree)
    return sorted(found)


def lint_catalogs(root: Path) -> list[str]:
    """Texts of the core, and of each vertical, that have no sound zh-CN translation in its catalog or the core's."""
    core = read_catalog(root / "core" / "web" / "translations")
    found = faults(texts(root / "core"), translated=[core])
    for folder in sorted(path for path in (root / "plugins").glob("*") if path.is_dir()):
        found += faults(texts(folder), translated=[read_catalog(folder / "translations"), core])
    return found


def _blank(match: re.Match[str]) -> str:
    text = match.group()
    return (PLACE if text.startswith("{{") or "endtrans" in text else "") + "\n" * text.count("\n")


class _Reader(HTMLParser):
    def __init__(self, *, translated: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._translated = translated
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "style":
            self._say("a <style> element; styles live in core/web/static/css")
        if tag == "script" and not given.get("src"):
            self._say("a <script> without src; scripts live in core/web/static")
        for name, value in given.items():
            self._attribute(name, value)
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._translated and not VERBATIM & set(self._open) and self._is_text(data):
            self._say(f"untranslated text {_short(data)!r}")

    def _attribute(self, name: str, value: str) -> None:
        if name == "style":
            self._say("a style attribute; use a class, progress, meter or an SVG attribute")
        elif name.startswith("on"):
            self._say(f"an {name} handler; behaviour lives in core/web/static/kehub.js")
        elif name.startswith(("hx-on", "data-hx-on")):
            self._say(f"{name} needs eval, which the policy blocks")
        elif value.strip().lower().startswith(("js:", "javascript:")):
            self._say(f"{name} holds script, which the policy blocks")
        elif name.endswith("hx-trigger") and "[" in value:
            self._say("an hx-trigger filter needs eval, which the policy blocks")
        elif self._translated and name in SEEN_ATTRIBUTES and self._is_text(value):
            self._say(f"untranslated {name} {_short(value)!r}")

    def _is_text(self, data: str) -> bool:
        return bool(LETTERS.search(data)) and data.strip() not in BRAND

    def _say(self, what: str) -> None:
        self.found.append((self.getpos()[0], what))


def _untranslated_arguments(tree: nodes.Template) -> list[tuple[int, str]]:
    """Strings that read like prose and do not go through gettext: `ui.badge("Verified")`."""
    passed = {
        id(const)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in GETTEXT
        for const in call.find_all(nodes.Const)
    }
    return [
        (const.lineno, f"untranslated text {_short(const.value)!r}")
        for const in tree.find_all(nodes.Const)
        if id(const) not in passed
        and isinstance(const.value, str)
        and PROSE.search(const.value)
        and const.value not in BRAND
    ]


def _short(text: str) -> str:
    flat = " ".join(text.replace(PLACE, "…").split())
    return flat if len(flat) <= 40 else flat[:39] + "…"
