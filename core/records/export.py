"""A list of records as CSV: all of its pages, streamed, each value as the reader may see it and safe to open in a spreadsheet.

1. The act is noted in the trail, and committed. 2. The rows are then read page by page in a transaction of their own, so that
a long list costs no more memory than a short one. 3. What a spreadsheet would take for a formula gets an apostrophe before
it (OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.records import queries
from core.records.listing import Listing
from core.records.shown import ShownRecord
from core.web.i18n import label

PAGE = 200
BYTE_ORDER_MARK = "\ufeff"
"""So that spreadsheets read Chinese as what it is."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def note(session: Session, *, context: Context, type: str, asked: Sequence[str]) -> None:  # noqa: A002
    """Who takes which list away; of its conditions only their names."""
    details = {"type": type, "asked": list(asked)}
    audit.append(session, context=context, action="records.exported", subject=("record", None), details=details)


def written(listing: Listing) -> Iterator[str]:
    """The file, a line at a time. The request's transaction is over when this is read, so it opens the scope anew."""
    scope.enter(listing.session, listing.context)
    yield BYTE_ORDER_MARK
    for line in rows(listing):
        held = io.StringIO()
        csv.writer(held).writerow([safe(value) for value in line])
        yield held.getvalue()


def rows(listing: Listing) -> Iterator[Sequence[str]]:
    """Head and records, with every field of the type, its identifiers, holder and parent."""
    reader = listing.reader
    names = [name for name, field in reader.fields.fields.items() if field.kind != "long_text"]
    schemes = [each for each in reader.kind.identifiers if f"{reader.owner}.{each}" not in names]
    head = [
        _("Record no."),
        _("State"),
        _("Customer no."),
        _("Belongs to"),
        *(str(reader.scheme(each)) for each in schemes),
    ]
    yield [*map(str, head), *(str(label(reader.fields.fields[name].label)) for name in names), str(_("Amount"))]
    after: str | None = None
    while True:
        place = replace(listing.place, after=after, limit=PAGE, count_to=0)
        page = queries.record_page(
            listing.session, context=listing.context, type=listing.type, filters=listing.filters, place=place
        )
        for row in page.rows:
            yield _line(ShownRecord(row, reader), names, schemes)
        after = page.next
        if after is None:
            return


def _line(record: ShownRecord, names: Sequence[str], schemes: Sequence[str]) -> list[str]:
    row, reader = record.row, record.reader
    known = row.identifiers or {}
    return [
        str(row.number),
        record.state[0],
        _text(row.customer_number),
        _text(row.parent_number),
        *(reader.identifier(each, known[each]).text if each in known else "" for each in schemes),
        *(reader.cell(name, record.flat[name]).text if name in record.flat else "" for name in names),
        record.amount or "",
    ]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def safe(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value
