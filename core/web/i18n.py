"""Languages: which one a page speaks, and the gettext catalogs of the core and of each vertical.

The cookie `lang` wins, then the person's own locale (their Context), then the browser's; Chinese where nothing is said.
`?lang=en` on any page sets the cookie and comes back without it, so the switch is a plain link.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_locale

from core.web.current import maybe_context

LANGUAGES: dict[str, str] = {"zh-CN": "zh_Hans_CN", "en": "en"}
"""Language tag as HTML, labels and contexts have it -> Babel's name of the locale."""

OWN_NAMES = {"zh-CN": "中文", "en": "English"}
DEFAULT = "zh-CN"
TRANSLATIONS = Path(__file__).parent / "translations"


def install_i18n(app: Flask, *, translations: Sequence[Path] = ()) -> None:
    """`translations` are the verticals' folders; a core text wins over theirs."""
    folders = [*translations, TRANSLATIONS]
    compile_catalogs(folders)
    Babel(
        app,
        default_locale=LANGUAGES[DEFAULT],
        default_translation_directories=";".join(str(folder) for folder in folders),
        locale_selector=lambda: LANGUAGES[choose_language()],
    )
    app.before_request(_switch_language)


def choose_language() -> str:
    """The language tag of this request."""
    asked = request.cookies.get("lang", "") if request else ""
    if asked in LANGUAGES:
        return asked
    context = maybe_context()
    if context is not None and context.locale in LANGUAGES:
        return context.locale
    spoken = (tag.split("-")[0].lower() for tag in request.accept_languages.values()) if request else ()
    return "en" if next((tongue for tongue in spoken if tongue in {"zh", "en"}), "zh") == "en" else DEFAULT


def language() -> str:
    """The language tag in force, for `lang` attributes and Label mappings: `zh-CN` or `en`."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else DEFAULT


def label(text: Any) -> str:
    """A Label mapping in the language in force, falling back to the other; any other text as it is."""
    if isinstance(text, Mapping):
        chosen = text.get(language()) or text.get("zh-CN") or text.get("en") or next(iter(text.values()), "")
        return str(chosen)
    return "" if text is None else str(text)


def own_tongue(text: str) -> str:
    """What was written in both languages, `中文 / English`, in the one in force; any other as it is. `；` parts several."""
    told = [_own_part(part) for part in text.split("；")]
    return ("; " if all(part.isascii() for part in told) else "；").join(told)


def _own_part(text: str) -> str:
    chinese, between, english = text.partition(" / ")
    if not between or not english.isascii():
        return text
    return english if language() == "en" else chinese


class Spoken:
    """A Label as a value of a message: in the language in force when somebody reads it."""

    def __init__(self, text: Any) -> None:
        self._text = text

    def __str__(self) -> str:
        return label(self._text)


def language_url(tag: str) -> str:
    """This page again, in another language."""
    return f"{current_path()}?{urlencode([*_other_args(), ('lang', tag)])}"


def current_path() -> str:
    """This request's path as an address that can only lead back to this host: `//evil.example` is one path, not two."""
    return "/" + quote(request.path.lstrip("/"))


def _switch_language() -> ResponseReturnValue | None:
    asked = request.args.get("lang")
    if request.method != "GET" or asked not in LANGUAGES:
        return None
    rest = _other_args()
    response = redirect(current_path() + (f"?{urlencode(rest)}" if rest else ""), code=303)
    assert isinstance(response, Response)
    response.set_cookie("lang", asked, max_age=31536000, path="/", samesite="Lax", secure=request.is_secure)
    return response


def _other_args() -> list[tuple[str, str]]:
    return [(key, value) for key, value in request.args.items(multi=True) if key != "lang"]


def compile_catalogs(folders: Iterable[Path] = (TRANSLATIONS,)) -> list[Path]:
    """Write the .mo of every .po that is newer than it. Several processes may do it at once."""
    written = []
    for folder in folders:
        for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
                continue
            with source.open("rb") as stream:
                catalog = read_po(stream, locale=source.parent.parent.name)
            draft = target.with_suffix(f".{os.getpid()}.tmp")
            with draft.open("wb") as out:
                write_mo(out, catalog)
            draft.replace(target)
            written.append(target)
    return written
