"""Tables of an import: the run is a `bulk_run`, each row of the file gets its own outcome here."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import Merge
from core.db.walls import Walls

TOLD = "outcome = 'rejected' OR problems <> '[]'::jsonb"
"""The rows that a report lists; in a large file they are few."""


class ImportFile(TenantModel):
    """What a run reads and how: the stored file, its encoding and dialect as found, and the mapping chosen.

    `source_id` is the file as it was handed in, where its rows were written to another: a workbook, vCards, UTF-16.
    """

    __tablename__ = "import_file"
    __walls__: ClassVar[Walls] = Walls()
    __table_args__ = (references("bulk_run", "run_id", cascade=True), UniqueConstraint("tenant_id", "run_id"))

    run_id: Mapped[UUID]
    file_id: Mapped[UUID]
    source_id: Mapped[UUID | None]
    encoding: Mapped[str]
    delimiter: Mapped[str]
    header: Mapped[list[str]]
    mapping: Mapped[dict[str, Any]]


class ImportRow(TenantModel):
    """The outcome of one row. `problems` are `[{level, field, code, message, params, at}]`, warnings included.

    `key` and `digest` tell a row that was already met: the customer it names, and a keyed digest of all its cells.
    """

    __tablename__ = "import_row"
    __walls__: ClassVar[Walls] = Walls()
    __merge__: ClassVar[Merge] = Merge(how="stay", reason="the report says what became of the row when it was imported")
    __table_args__ = (
        references("bulk_run", "run_id", cascade=True),
        one_of("outcome", "created", "updated", "unchanged", "rejected"),
        UniqueConstraint("tenant_id", "run_id", "line"),
        Index("ix_import_row_told", "tenant_id", "run_id", "line", postgresql_where=text(TOLD)),
        Index("ix_import_row_key", "tenant_id", "run_id", "key", "line"),
    )

    run_id: Mapped[UUID]
    line: Mapped[int]
    outcome: Mapped[str]
    customer_id: Mapped[UUID | None]
    key: Mapped[str | None]
    digest: Mapped[str | None]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))


class ImportProfile(TenantModel):
    """How files with one header were last imported: the mapping, and what was chosen beside it. `rows` says what the rows are."""

    __tablename__ = "import_profile"
    __walls__: ClassVar[Walls] = Walls()
    __table_args__ = (UniqueConstraint("tenant_id", "rows", "header_key"),)

    rows: Mapped[str]
    header_key: Mapped[str]
    mapping: Mapped[dict[str, Any]]
    options: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    used: Mapped[int] = mapped_column(server_default=text("1"), default=1)
