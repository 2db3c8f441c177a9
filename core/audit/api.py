"""The trail over REST."""

from __future__ import annotations

from typing import Any

from flask import Response

from core.api.endpoints import Endpoints
from core.api.writing import page
from core.audit import policy, queries
from core.audit.queries import Filters
from core.audit.schemas import AuditEntry, AuditPage, AuditQuery
from core.audit.screens import ShownEntry, shown
from core.db.base import db
from core.errors import N_, FieldError, Invalid
from core.web.current import context

ENTRY = AuditEntry()
LONE_ID = N_("An id is asked for together with its type.")
endpoints = Endpoints("audit", __name__, prefix="/audit", title="Audit trail")


@endpoints.get("", permission=policy.READ, query=AuditQuery, returns=AuditPage)
def index(query: dict[str, Any]) -> Response:
    """Who did what, who looked at whom, who was refused: the latest first. A provider's token sees its own engagement's."""
    limit, after = query.pop("limit"), query.pop("after")
    subject_type, subject_id = query.pop("subject_type"), query.pop("subject_id")
    if (subject_type is None) != (subject_id is None):
        raise Invalid(errors=[FieldError(field="?subject_id", code="incomplete", message=LONE_ID)])
    subject = (subject_type, subject_id) if subject_type is not None else None
    found = queries.entries(
        db.session(), context=context(), filters=Filters(**query, subject=subject), after=after, limit=limit
    )
    return page([_told(each) for each in shown(db.session(), found.rows)], following=found.next)


def _told(each: ShownEntry) -> dict[str, Any]:
    held = {name: getattr(each.row, name, None) for name in ENTRY.fields if name != "fields_named"}
    return dict(ENTRY.dump({**held, "fields": each.row.fields, "sentence": each.sentence}))
