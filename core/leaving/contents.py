"""What an export of everything holds, made from the mapped tables: no table is named here but those whose words are sealed.

A column is left out where it is a secret: bytes that are hashes or keys, and text named like a secret. The audit trail's bytes are
its proof and stay. Slots repeat attributes and are left out too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, LargeBinary, Table

from core.db.base import Model, TenantModel
from core.db.walls import quote

SLOT = re.compile(r"[snt]\d\d")
SECRET = re.compile(r"(^|_)(secret|password|token|private)(_|$)")
SEALED: Mapping[str, tuple[str, str]] = {
    "customer_identifier": ("sealed", "value"),
    "gate_decision": ("subject", "subject"),
}
"""Tables whose words are encrypted under the customer's key: the column, and the one that holds the clear value in the export."""

COMMON: Mapping[str, str] = {
    "tenant_id": "The organisation whose row this is.",
    "id": "The row's own number (UUIDv7, it sorts by time).",
    "created_at": "When the row was made (UTC).",
    "created_by": "The participant who made it; empty for the system.",
    "updated_at": "When it was last changed (UTC).",
    "version": "How often it was changed.",
    "attributes": "Fields of the verticals and of your own, as {vertical: {field: value}}; fields.json says what each means.",
    "engagement_id": "The engagement that it belongs to, if it belongs to one.",
    "customer_id": "The customer that it is about.",
    "state": "Where it stands.",
    "number": "Its running number, short enough for the phone.",
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """One table of the export. `columns` are written, `left_out` are not, each with the reason."""

    name: str
    meaning: str
    columns: Sequence[Column[Any]]
    left_out: Mapping[str, str]

    def select(self) -> str:
        """One JSON object a row, made by the database; for sealed tables with the row's key beside it."""
        shown = ", ".join(f"t.{quote(column.name)}" for column in self.columns)
        if self.name not in SEALED:
            return f"SELECT row_to_json(x)::text, NULL, NULL FROM (SELECT {shown} FROM {quote(self.name)} t) x"  # noqa: S608
        column = SEALED[self.name][0]
        sealed = f"encode(t.{column}, 'hex')" if column == "sealed" else f"t.{column}->>'sealed'"
        return (
            f"SELECT row_to_json(x)::text, s.sealed, encode(c.data_key, 'hex') FROM {quote(self.name)} t"  # noqa: S608
            f" CROSS JOIN LATERAL (SELECT {shown}) x CROSS JOIN LATERAL (SELECT {sealed} AS sealed) s"
            " LEFT JOIN customer c ON c.tenant_id = t.tenant_id AND c.id = t.customer_id AND s.sealed IS NOT NULL"
        )


def sources() -> list[Source]:
    """Every table of a tenant that is mapped, verticals' too, in order; and the tenant itself."""
    classes = {mapper.local_table.name: mapper.class_ for mapper in Model.registry.mappers}  # type: ignore[attr-defined]
    names = [*sorted(name for name, kind in classes.items() if issubclass(kind, TenantModel)), "tenant"]
    return [_source(Model.metadata.tables[name], classes[name]) for name in names]


def _source(table: Table, kind: type[Model]) -> Source:
    left = {str(column.name): why for column in table.columns if (why := _why_not(column, kind))}
    return Source(
        name=str(table.name),
        meaning=" ".join((kind.__doc__ or "").split()),
        columns=[column for column in table.columns if column.name not in left],
        left_out=left,
    )


def _why_not(column: Column[Any], kind: type[Model]) -> str:
    if SLOT.fullmatch(column.name) and "attributes" in kind.__table__.columns:
        return "a copy of an attribute, for the database's index"
    proof = kind.__walls__ is not None and kind.__walls__.append_only
    if isinstance(column.type, LargeBinary) and not proof:
        return "a hash, a key or encrypted words; what it protects is exported in the clear where it is yours"
    return "a secret" if SECRET.search(column.name) and issubclass(column.type.python_type, str) else ""


def dictionary() -> list[dict[str, Any]]:
    """Tables and columns with their types and meaning."""
    return [
        {
            "table": source.name,
            "meaning": source.meaning,
            "columns": list(_columns(source)),
            "left_out": dict(source.left_out),
        }
        for source in sources()
    ]


def _columns(source: Source) -> Iterator[dict[str, Any]]:
    for column in source.columns:
        points = (
            sorted({str(key.column.table.name) for key in column.foreign_keys} - {"tenant"})
            if column.name != "tenant_id"
            else []
        )
        meaning = COMMON.get(column.name) or (
            f"Points to {', '.join(points)}." if points else column.name.replace("_", " ")
        )
        yield {
            "name": str(column.name), "type": str(column.type).lower(), "optional": bool(column.nullable), "meaning": meaning,
            "points_to": points,
        }  # fmt: skip
    if source.name in SEALED:
        yield {"name": SEALED[source.name][1], "type": "text", "optional": True, "points_to": [],
               "meaning": "Decrypted from where it is stored; empty where its key was destroyed by an erasure."}  # fmt: skip
