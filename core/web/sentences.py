"""Messages kept in a row and put into words when somebody reads them: a msgid with values, never a finished text.

A value is a number, a key (`<vertical>.quiet_hours`), an id, a Label, or tagged so that the reader's language and zone apply:
`{"money": [minor, currency]}`, `{"date": "2026-01-31"}`, `{"datetime": iso}`, `{"seconds": 252}`, `{"word": [kind, key]}`
(core.web.words). Free text is refused by `kept`: what it takes may be shown to both parties and sent by mail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext

from core.web.formats import date_text, datetime_text, money, number
from core.web.i18n import label
from core.web.words import word

Tag = Callable[[Any], str]

KEY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+|[0-2]\d:[0-5]\d")
"""Texts that name no person: a qualified key, or a time of the day."""

LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")


def sentence(message: str, values: Mapping[str, Any], *, tags: Mapping[str, Tag] | None = None) -> str:
    """The translated message with its values; one that is missing is an en dash, since old rows must stay readable."""
    known = {**TAGS, **(tags or {})}
    shown = _Values({key: _value(value, known) for key, value in values.items()})
    translated = _(message)
    return str(translated % shown) if "%(" in translated else str(translated)


def value_text(value: Any) -> str:
    """One stored value in words; an en dash for nothing."""
    return _value(value, TAGS)


def kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored. Raises TypeError for free text: that would be a fault of ours, not of a user."""
    return {name: _kept(name, value) for name, value in values.items()}


class _Values(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def _value(value: Any, tags: Mapping[str, Tag]) -> str:
    if not isinstance(value, Mapping):
        return "–" if value is None else str(value)
    tagged = tags.get(next(iter(value), ""))
    if tagged is not None and len(value) == 1:
        return tagged(next(iter(value.values())))
    return str(label(value))


def _kept(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, Mapping):
        tag = next(iter(value), "")
        if (len(value) == 1 and tag in TAGS) or (value and all(LANGUAGE.fullmatch(str(key)) for key in value)):
            return dict(value)
    if isinstance(value, str) and KEY.fullmatch(value):
        return value
    raise TypeError(f"{name} is free text: a message takes numbers, keys, ids, labels and tagged values")


def _seconds(seconds: Any) -> str:
    minutes, rest = divmod(int(seconds), 60)
    if not minutes:
        return str(ngettext("%(num)s second", "%(num)s seconds", rest))
    return str(_("%(minutes)s min %(seconds)s s", minutes=number(minutes), seconds=rest))


TAGS: Mapping[str, Tag] = {
    "money": lambda pair: money(pair[0], pair[1]),
    "date": lambda iso: date_text(date.fromisoformat(iso)),
    "datetime": lambda iso: datetime_text(datetime.fromisoformat(iso)),
    "word": lambda pair: str(word(pair[0], pair[1])),
    "seconds": _seconds,
}
