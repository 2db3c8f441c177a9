"""Columns and indexes by which names and texts are found: see `search_keys` in migration 0026.

PostgreSQL makes the keys from the row itself, so they are written with it by whoever writes it, and nothing else has to.
"""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.fields.sounds import sound_key

NAMED = "search_keys(tenant_id, (name_key || ' '::text) || COALESCE(name_sound, ''::text))"
PENDING = {"gin_pending_list_limit": 512}
"""KiB that may wait unsorted: a search walks through them (docs/decisions/0011)."""


class Sounded:
    """Mixin of rows that are found by name. `name_sound` follows `name_key`; who writes rows in bulk sets both.

    None: nothing in the name is Chinese, or the row is older than the column (`core.search.jobs` fills it).
    """

    __abstract__ = True

    name_sound: Mapped[str | None] = mapped_column(sort_order=80, deferred=True)

    @validates("name_key")
    def _sound(self, _name: str, value: str) -> str:
        self.name_sound = sound_key(value) if value else None
        return value


def names_index(table: str) -> Index:
    return text_index(f"ix_{table}_search", NAMED)


def text_index(name: str, keys: str) -> Index:
    return Index(name, text(keys), postgresql_using="gin", postgresql_with=PENDING)
