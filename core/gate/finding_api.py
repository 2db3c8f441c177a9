"""Read findings over REST."""

from __future__ import annotations

from typing import Any

from flask import Response

from core.api.endpoints import Endpoints
from core.api.writing import page
from core.db.base import db
from core.gate import policy, queries
from core.gate.schemas import Finding, FindingFilter, FindingPage
from core.web.current import context

FINDING = Finding()
endpoints = Endpoints("findings", __name__, prefix="/findings", title="Findings")


@endpoints.get("", permission=policy.FINDING_READ, query=FindingFilter, returns=FindingPage)
def index(query: dict[str, Any]) -> Response:
    """Findings, the newest first; a provider's token sees those of its own engagement."""
    found = queries.finding_page(db.session(), context=context(), **query)
    return page([FINDING.dump(row) for row in found.rows], following=found.next)
