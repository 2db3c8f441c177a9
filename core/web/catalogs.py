"""The texts of the code and their translations: what is there to translate, and what of it is missing.

Texts are calls of gettext and its kin (`_`, `_l`, `N_`, `ngettext`) and, without any mark, the messages of domain
errors: `raise Invalid("Enter the name")` and `FieldError(..., message="...")`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.extract import extract_python as extract_calls
from babel.messages.pofile import read_po

KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "_l", "N_", "gettext", "lazy_gettext", "ugettext")),
    **dict.fromkeys(("ngettext", "lazy_ngettext"), (1, 2)),
    **dict.fromkeys(("pgettext", "lazy_pgettext"), ((1, "c"), 2)),
}
ERRORS = frozenset({"DomainError", "NotFound", "Denied", "Conflict", "Stale", "Invalid", "TooMany", "Unavailable"})
CALLED = re.compile(rf"\b(?:{'|'.join(KEYWORDS)})\s*\(".encode())
RAISED = re.compile(rf"\b(?:{'|'.join(sorted(ERRORS))}|FieldError)\b".encode())
PLACE = re.compile(r"%\((\w+)\)[sd]")

METHODS = [("**.py", "core.web.catalogs:extract_python"), ("**/templates/**.html", "jinja2")]
SKIPPED = {"migrations", "testing", "static", "translations", "__pycache__"}
LOCALE = "zh_Hans_CN"


def extract_python(
    fileobj: IO[bytes], keywords: Mapping[str, Any], comment_tags: Sequence[str], options: Mapping[str, Any]
) -> Iterator[tuple[int, str, Any, list[str]]]:
    """Babel's extraction method for our Python files. Most hold no text: those are not taken apart."""
    source = fileobj.read()
    if CALLED.search(source):
        fileobj.seek(0)
        # Its annotation is another function's.
        yield from cast(Any, extract_calls)(fileobj, keywords, comment_tags, options)
    for node in ast.walk(ast.parse(source)) if RAISED.search(source) else ():
        text = _error_message(node) if isinstance(node, ast.Call) else None
        if text is not None:
            yield text.lineno, "_", text.value, []


def _error_message(call: ast.Call) -> ast.Constant | None:
    """The message of `Invalid("...")` or of `FieldError(message="...")`, if it is written there."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name in ERRORS:
        candidates = call.args[:1]
    elif name == "FieldError":
        candidates = [each.value for each in call.keywords if each.arg == "message"]
    else:
        candidates = []
    found = next(iter(candidates), None)
    return found if isinstance(found, ast.Constant) and isinstance(found.value, str) else None


def texts(folder: Path) -> Catalog:
    """Every text to translate in the Python files and templates below `folder`."""
    catalog = Catalog()
    found = extract_from_dir(
        folder, method_map=METHODS, keywords=KEYWORDS, directory_filter=lambda path: Path(path).name not in SKIPPED
    )
    for filename, lineno, message, comments, context in found:
        catalog.add(message, None, [(f"{folder.name}/{filename}", lineno)], auto_comments=comments, context=context)
    return catalog


def read_catalog(folder: Path, *, locale: str = LOCALE) -> Catalog:
    """The translations in a `translations` folder; empty where there are none."""
    path = folder / locale / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return Catalog(locale=locale)
    with path.open("rb") as stream:
        return read_po(stream, locale=locale)


def faults(wanted: Catalog, *, translated: Sequence[Catalog]) -> list[str]:
    """What is wrong with the translations of `wanted`, one sentence each; the first catalog that has a text counts."""
    found = []
    for text in wanted:
        if not text.id:
            continue
        matches = (catalog.get(text.id, context=text.context) for catalog in translated)
        fault = _fault(text, next((each for each in matches if each is not None), None))
        if fault:
            filename, lineno = text.locations[0]
            found.append(f"{filename}:{lineno}: {fault}: {_first(text.id)!r}")
    return found


def _fault(text: Message, entry: Message | None) -> str | None:
    if entry is None:
        return "not in the zh-CN catalog"
    if entry.fuzzy:
        return "fuzzy in the zh-CN catalog"
    strings = [entry.string] if isinstance(entry.string, str) else list(entry.string or ())
    if not strings or not all(strings):
        return "not translated in the zh-CN catalog"
    places = set(PLACE.findall(_last(text.id)))
    if any(set(PLACE.findall(each)) != places for each in strings):
        return "translated with other %(places)s"
    return None


def _first(msgid: Any) -> str:
    return str(msgid[0]) if isinstance(msgid, (tuple, list)) else str(msgid)


def _last(msgid: Any) -> str:
    return str(msgid[-1]) if isinstance(msgid, (tuple, list)) else str(msgid)
