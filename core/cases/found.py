"""What a watching rule found, and names a workflow for, gets a case: the record's own, of whoever holds it.

Handler of `finding.raised`, in the transaction of the change that was watched (wired in `wiring.py`). Without a holder there is
nobody to have a case; a record whose case of that workflow is still open gets no second one.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.cases import service
from core.cases.models import Case
from core.context import Context
from core.errors import DomainError
from core.gate.events import FindingRaised
from core.plugin.catalog import CatalogView

ViewOf = Callable[[Session, Context], CatalogView]


class CasesOfFindings:
    """`view_of` gives the tenant's view of the catalog."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, event: FindingRaised) -> None:
        """Open it. A case that is refused stays unopened, the finding stands, and the trail says why."""
        if event.opens is None or event.customer_id is None or event.about_type != "record":
            return
        there = select(Case.id).where(
            Case.workflow == event.opens, Case.record_id == event.about_id, Case.closed_at.is_(None)
        )
        if session.scalar(there.limit(1)) is not None:
            return
        context = event.context
        try:
            with session.begin_nested():
                service.open_case(
                    session, context=context, view=self._view_of(session, context), customer_id=event.customer_id,
                    workflow=event.opens, record_id=event.about_id,
                )  # fmt: skip
        except DomainError as error:
            if error.evidence is not None:  # the gate's decision was undone with the case
                error.evidence(session)
            audit.append(
                session, context=context, action="case.of_finding_refused", subject=("finding", event.subject),
                details={"workflow": event.opens, "code": error.code},
            )  # fmt: skip
