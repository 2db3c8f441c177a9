"""What cases put on the page of a record: those that are about it."""

from __future__ import annotations

from collections.abc import Sequence

from core.cases import policy, queries
from core.cases.queries import CaseFilters
from core.cases.shown import Line
from core.context import Context
from core.customers.parts import drawn
from core.db.base import db
from core.records.parts import RecordPart
from core.records.shown import ShownRecord
from core.web.current import catalog_view

SHOWN = 10


def cases_card(context: Context, record: ShownRecord) -> str:
    """The latest cases about a record; none where its type has none."""
    if not context.may(policy.READ):
        return ""
    filters = CaseFilters(record_id=record.id, open=None)
    page = queries.case_page(db.session(), context=context, filters=filters, limit=SHOWN)
    lines = [Line(row, catalog_view().workflow(row.workflow), context) for row in page.rows]
    return drawn("cases/about_record.html", record=record, lines=lines) if lines else ""


RECORD_PARTS: Sequence[RecordPart] = (RecordPart(key="cases", render=cases_card, order=20),)
