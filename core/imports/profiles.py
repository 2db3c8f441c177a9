"""Remember how files with the same header were imported: the next one is mapped as the last."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Invalid
from core.imports.contents import Content
from core.imports.mapping import ColumnMapping
from core.imports.models import ImportProfile


def find(session: Session, *, content: Content, header: Sequence[str]) -> ImportProfile | None:
    """What was chosen for the last file with these columns; None where it cannot be used any more."""
    found = _profile(session, content=content, header=header)
    if found is None:
        return None
    try:
        content.check(ColumnMapping.of(found.mapping), header=header)
    except Invalid:
        return None
    return found


def keep(
    session: Session, *, content: Content, header: Sequence[str], mapping: Mapping[str, Any], options: Mapping[str, Any]
) -> None:
    found = _profile(session, content=content, header=header)
    if found is None:
        made = ImportProfile(rows=_rows(content), header_key=_key(header), mapping=dict(mapping), options=dict(options))
        session.add(made)
    else:
        found.mapping, found.options, found.used = dict(mapping), dict(options), found.used + 1
    session.flush()


def _profile(session: Session, *, content: Content, header: Sequence[str]) -> ImportProfile | None:
    return session.scalar(
        select(ImportProfile).where(ImportProfile.rows == _rows(content), ImportProfile.header_key == _key(header))
    )


def _rows(content: Content) -> str:
    return str(content.settings.get("type", "customer"))


def _key(header: Sequence[str]) -> str:
    """The same columns in the same order. A digest: a header may be as long as it likes."""
    return hashlib.sha256("\x1f".join(header).encode()).hexdigest()
