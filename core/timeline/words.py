"""Put a timeline entry into words: in the reader's language and zone, and masked where the reader may not see.

A value of an entry is a text, or what `core.web.sentences` knows, or tagged `{"fields": [names]}`, `{"personal": text}` (free
text, redacted for who sees masks).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row

from core.context import Context
from core.fields.masks import written
from core.plugin.types import Label
from core.web import sentences
from core.web.i18n import label
from core.web.links import link_to, reveal_link


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
    reveal: str | None = None


def told(row: Row[Any], *, context: Context, labels: Mapping[str, Label]) -> Told:
    """`labels` names the fields that an entry may mention. `reveal` leads to a note that the reader sees redacted."""
    note = written(row.note, sight=context.sight)
    hidden = note != row.note and hasattr(row, "customer_id")
    return Told(
        icon=row.icon,
        tone=row.tone,
        title=sentence(row.message, row.values, context=context, labels=labels),
        text=note,
        actor=actor(row, context=context),
        party=row.party,
        at=row.occurred_at,
        href=link_to(row.subject_type, row.subject_id),
        reveal=reveal_link(customer_id=row.customer_id, field=f"note:{row.id}") if hidden else None,
    )


def sentence(message: str, values: Mapping[str, Any], *, context: Context, labels: Mapping[str, Label]) -> str:
    """The translated message with its values, as far as this reader may see them."""

    def fields(names: Any) -> str:
        return str(_(", ")).join(str(label(labels[name])) if name in labels else str(name) for name in names)

    def personal(text: Any) -> str:
        return str(written(str(text), sight=context.sight))

    return sentences.sentence(message, values, tags={"fields": fields, "personal": personal})


def actor(row: Row[Any], *, context: Context) -> str:
    """Who did it. A provider sees the client's people as the client; the client sees the provider's by their shown name."""
    if row.party == "system":
        return str(_("System"))
    if row.party == "client" and context.party == "provider":
        return context.tenant_name
    return row.shown_name or (context.tenant_name if row.party == "client" else context.provider_name or "")
