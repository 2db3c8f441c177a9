"""Put a timeline entry into words: in the reader's language and zone, and masked where the reader may not see.

A value of an entry is a text, a number, a Label, or tagged: `{"money": [minor, currency]}`, `{"date": "2026-01-31"}`,
`{"datetime": iso}`, `{"seconds": 252}`, `{"word": [kind, key]}` (core.web.words), `{"fields": [names]}`,
`{"personal": text}` (free text, redacted for a provider).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Row

from core.context import Context
from core.fields.masks import redact
from core.plugin.types import Label
from core.web.formats import date_text, datetime_text, money, number
from core.web.i18n import label
from core.web.words import word

LINKS: dict[str, Callable[[UUID], str]] = {}
"""The address of an entry's subject by its type, filled by `app.py`: `{"case": lambda id: url_for(...)}`."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """An entry as `ui.timeline` draws it."""

    icon: str
    tone: str
    title: str
    text: str | None
    actor: str
    party: str
    at: datetime
    href: str | None


def told(row: Row[Any], *, context: Context, labels: Mapping[str, Label]) -> Told:
    """`labels` names the fields that an entry may mention."""
    link = LINKS.get(row.subject_type or "")
    return Told(
        icon=row.icon,
        tone=row.tone,
        title=sentence(row.message, row.values, context=context, labels=labels),
        text=redact(row.note) if row.note and context.masked else row.note,
        actor=actor(row, context=context),
        party=row.party,
        at=row.occurred_at,
        href=link(row.subject_id) if link and row.subject_id else None,
    )


def sentence(message: str, values: Mapping[str, Any], *, context: Context, labels: Mapping[str, Label]) -> str:
    """The translated message with its values; a value that is missing is an en dash, since old entries must stay readable."""
    shown = _Values({key: _value(value, context=context, labels=labels) for key, value in values.items()})
    translated = _(message)
    return str(translated % shown) if "%(" in translated else str(translated)


def actor(row: Row[Any], *, context: Context) -> str:
    """Who did it. A provider sees the client's people as the client; the client sees the provider's by their shown name."""
    if row.party == "system":
        return str(_("System"))
    if row.party == "client" and context.party == "provider":
        return context.tenant_name
    return row.shown_name or (context.tenant_name if row.party == "client" else context.provider_name or "")


class _Values(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def _value(value: Any, *, context: Context, labels: Mapping[str, Label]) -> str:
    if not isinstance(value, Mapping):
        return "–" if value is None else str(value)
    tagged = _TAGS.get(next(iter(value), ""))
    if tagged is not None and len(value) == 1:
        return tagged(next(iter(value.values())), context, labels)
    return str(label(value))


def _fields(names: Any, _context: Context, labels: Mapping[str, Label]) -> str:
    return str(_(", ")).join(str(label(labels[name])) if name in labels else str(name) for name in names)


def _personal(text: Any, context: Context, _labels: Mapping[str, Label]) -> str:
    return redact(str(text)) if context.masked else str(text)


def _seconds(seconds: Any, _context: Context, _labels: Mapping[str, Label]) -> str:
    minutes, rest = divmod(int(seconds), 60)
    if not minutes:
        return str(ngettext("%(num)s second", "%(num)s seconds", rest))
    return str(_("%(minutes)s min %(seconds)s s", minutes=number(minutes), seconds=rest))


_TAGS: Mapping[str, Callable[[Any, Context, Mapping[str, Label]], str]] = {
    "money": lambda pair, *_: money(pair[0], pair[1]),
    "date": lambda iso, *_: date_text(date.fromisoformat(iso)),
    "datetime": lambda iso, *_: datetime_text(datetime.fromisoformat(iso)),
    "word": lambda pair, *_: str(word(pair[0], pair[1])),
    "seconds": _seconds,
    "fields": _fields,
    "personal": _personal,
}
