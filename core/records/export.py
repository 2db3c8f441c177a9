"""A list of records as CSV: all of its pages, streamed, each value as the reader may see it and safe to open in a spreadsheet.

1. The gate decides, and its decision is kept; the act is noted in the trail, and committed. 2. The rows are then read page by
page in a transaction of their own, so that a long list costs no more memory than a short one. 3. What a spreadsheet would take
for a formula gets an apostrophe before it (OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.gate.acts import asked_by, refuse
from core.gate.answers import Answer, Asked, Outcome, hold, strictest_first, what_was_said
from core.gate.models import GateDecision
from core.gate.prepared import prepared
from core.gate.storing import store, values_of
from core.plugin import Action, Label
from core.plugin.catalog import CatalogView
from core.records import queries
from core.records.listing import Listing
from core.records.shown import ShownRecord
from core.web.i18n import label

ACTION: Action = "export"
VERSION = "1"
GRANT = "core.export_grant"
FROZEN: Label = {
    "zh-CN": "授权已被冻结，暂不能导出。请联系发包方的个人信息保护负责人。",
    "en": "The grant is frozen, so nothing is exported. Ask the client's data protection officer.",
}
UNASKABLE: Label = {
    "zh-CN": "此规则只能就一位客户判断，无法用于整批导出。",
    "en": "This rule judges one customer and cannot be asked about many.",
}
PAGE = 200
BYTE_ORDER_MARK = "\ufeff"
"""So that spreadsheets read Chinese as what it is."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def begin(session: Session, *, context: Context, view: CatalogView, type: str, asked: Sequence[str]) -> None:  # noqa: A002
    """Decide who takes which list away, and note it; of its conditions only their names. Raises GateRefused and GateDenied."""
    decision = _decide(session, context=context, view=view, type=type, asked=asked)
    refuse(decision)
    details = {"type": type, "asked": list(asked), "decision_id": str(decision.id)}
    audit.append(session, context=context, action="records.exported", subject=("record", None), details=details)


def _decide(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    type: str,  # noqa: A002
    asked: Sequence[str],
) -> GateDecision:
    """The stored decision. A rule of a vertical judges one customer: of a list it cannot be asked, so it holds."""
    checks = [Asked(GRANT, VERSION, _frozen(context))]
    checks += [
        Asked(each.key, each.version, hold(each.key, "core.rule_failed", UNASKABLE))
        for each in prepared(view).on(ACTION)
    ]
    findings = strictest_first(checks)
    verdict = findings[0].verdict if findings else "allow"
    outcome = Outcome(verdict=verdict, until=None, findings=findings, rules=what_was_said(checks))
    now = datetime.now(UTC)
    subject = {
        "export": {"kind": "record", "type": type, "asked": list(asked)},
        "purpose": "",
        "place": context.country,
    }
    values = values_of(outcome, context=context, action=ACTION, subject=subject, at=now, valid_until=now)
    decision = store(session, context=context, values=values)
    asked_by(decision, context)
    return decision


def _frozen(context: Context) -> Answer | None:
    if context.grant is None or not context.grant.frozen:
        return None
    return Answer(rule=GRANT, verdict="deny", code="core.grant_frozen", text=FROZEN, citation="")


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
