"""What people change on a case besides its state: who has it, how severe it is, its title and fields, what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from core.audit import service as audit
from core.cases import policy, service, standing
from core.cases.definitions import case_fields
from core.cases.events import CaseAssigned, CaseCommented, CaseUpdated
from core.cases.models import Case, CaseComment
from core.context import Context
from core.errors import N_, Conflict, Denied, Invalid
from core.events import bus
from core.fields import merge_attributes
from core.fields.masks import written
from core.identity.directory import colleagues
from core.notify import service as notify
from core.plugin.catalog import CatalogView

COMMENT_LIMIT = 4000

Audience = Literal["internal", "shared"]


def assign(session: Session, *, context: Context, case_id: UUID, version: int, assignee_id: UUID | None) -> Case:
    """Give an open case to a person of one's own side, take it oneself, or let go of it.

    Raises NotFound, Stale, Conflict (closed), Denied (giving to others without the permission) and Invalid (no such person).
    """
    case = standing.locked(session, context=context, case_id=case_id, version=version).case
    return assign_locked(session, context=context, case=case, assignee_id=assignee_id)


def assign_locked(
    session: Session,
    *,
    context: Context,
    case: Case,
    assignee_id: UUID | None,
    able: AbstractSet[UUID] | None = None,
    alone: bool = True,
) -> Case:
    """Of a case that is locked already. `able` are the people who may have it; not `alone`: a run tells of all its cases."""
    if able is None and assignee_id is not None:
        able = {row.id for row in colleagues(session, context=context, permission=policy.TRANSITION)}
    check_assignment(context, case, assignee_id=assignee_id, able=able or frozenset())
    if case.assignee_id == assignee_id:
        return case
    before, case.assignee_id = case.assignee_id, assignee_id
    session.flush()
    held = {"before": str(before) if before else None, "after": str(assignee_id) if assignee_id else None}
    audit.append(
        session, context=context, action="case.assigned", subject=("case", case.id), details=held,
        customer_id=case.customer_id,
    )  # fmt: skip
    if not alone:
        return case
    event = CaseAssigned(
        context=context, subject=case.id, fields=["assignee_id"], customer_id=case.customer_id, assignee_id=assignee_id
    )
    bus.emit(session, event)
    if assignee_id not in (None, context.participant_id):
        cause = f"case.assigned:{case.id}:{case.version}"
        _tell(session, context, case, "case.assigned", person=assignee_id, cause=cause)
    return case


def check_assignment(context: Context, case: Case, *, assignee_id: UUID | None, able: AbstractSet[UUID]) -> None:
    """Raises Conflict (closed), Denied (giving to others without the permission) and Invalid (no such person)."""
    if case.closed_at is not None:
        raise Conflict(N_("The case is closed."))
    if not context.may(policy.ASSIGN):
        mine = {None, context.participant_id}
        if not context.may(policy.TRANSITION) or not {case.assignee_id, assignee_id} <= mine:
            raise Denied(
                N_("You can take a case that nobody has, and let go of your own. A manager assigns the others.")
            )
    if assignee_id is not None and assignee_id not in able:
        raise Invalid(N_("Choose a person of your own side who works on cases."), field="assignee_id")


def change(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    case_id: UUID,
    version: int,
    severity: str | None = None,
    title: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> Case:
    """Change severity, title and fields of an open case; what is None stays. Raises NotFound, Stale, Denied, Conflict, Invalid."""
    stand = standing.locked(session, context=context, case_id=case_id, version=version)
    case = stand.case
    check_change(case, context)
    if stand.owner not in view.enabled:
        raise Conflict(N_("The vertical of this case is switched off."))
    changed = _severity(case, severity)
    if title is not None and title != written(case.title, sight=context.sight) and service.titled(title) != case.title:
        case.title = service.titled(title)
        changed.append("title")
    fields = case_fields(view, vertical=stand.owner)
    changes = fields.changes(service.parsed(fields, values or {}, context, owner=stand.owner, held=case.attributes))
    touched = [
        f"{owner}.{key}"
        for owner, held in changes.items()
        for key, value in held.items()
        if case.attributes.get(owner, {}).get(key) != value
    ]
    if touched:
        case.attributes = merge_attributes(case.attributes, changes)
        with session.no_autoflush:
            service.follow_clocks(session, context=context, view=view, stand=stand, at=datetime.now(UTC))
    _note_change(session, context, case, [*changed, *touched])
    return case


def set_severity(session: Session, *, context: Context, case: Case, severity: str, alone: bool = True) -> Case:
    """Of a case that is locked already. Raises Denied, Conflict, Invalid."""
    check_change(case, context)
    _note_change(session, context, case, _severity(case, severity), alone=alone)
    return case


def check_change(case: Case, context: Context) -> None:
    """Raises Denied and Conflict."""
    if not context.may(policy.TRANSITION):
        raise Denied(N_("Your role does not include this."))
    if case.closed_at is not None:
        raise Conflict(N_("The case is closed."))


def _severity(case: Case, severity: str | None) -> list[str]:
    if severity is None or severity == case.severity:
        return []
    if severity not in service.SEVERITIES:
        raise Invalid(N_("Choose one of the values."), field="severity")
    case.severity = severity
    return ["severity"]


def _note_change(session: Session, context: Context, case: Case, fields: list[str], *, alone: bool = True) -> None:
    if not fields:
        return
    session.flush()
    audit.append(
        session, context=context, action="case.updated", subject=("case", case.id), fields=fields,
        customer_id=case.customer_id,
    )  # fmt: skip
    if alone:
        bus.emit(session, CaseUpdated(context=context, subject=case.id, fields=fields, customer_id=case.customer_id))


def comment(session: Session, *, context: Context, case_id: UUID, audience: Audience, body: str) -> CaseComment:
    """Say something about a case: `internal` for one's own side, `shared` for both. Raises NotFound, Denied and Invalid."""
    case = standing.locked(session, context=context, case_id=case_id).case
    if not context.may(policy.TRANSITION):
        raise Denied(N_("Your role does not include this."))
    text = body.strip()
    if not text:
        raise Invalid(N_("This must be filled in."), field="body")
    if len(text) > COMMENT_LIMIT:
        raise Invalid(N_("At most %(limit)s characters."), field="body", limit=COMMENT_LIMIT)
    if audience not in ("internal", "shared"):
        raise Invalid(N_("Choose one of the values."), field="audience")
    row = CaseComment(
        case_id=case.id,
        customer_id=case.customer_id,
        audience=audience,
        body=text,
        party=context.party,
        participant_id=context.participant_id,
        shown_name=context.shown_name,
        engagement_id=context.engagement_id,
        created_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    audit.append(
        session, context=context, action="case.commented", subject=("case", case.id),
        details={"comment_id": str(row.id), "audience": audience}, customer_id=case.customer_id,
    )  # fmt: skip
    bus.emit(
        session,
        CaseCommented(
            context=context, subject=case.id, customer_id=case.customer_id, comment_id=row.id, audience=audience
        ),
    )
    if case.assignee_id is not None and _may_read(session, context, case.assignee_id, audience):
        _tell(session, context, case, "case.commented", person=case.assignee_id, cause=f"case.commented:{row.id}")
    return row


def _may_read(session: Session, context: Context, assignee_id: UUID, audience: Audience) -> bool:
    """An internal comment is not told to the other side."""
    if audience == "shared":
        return True
    return any(row.id == assignee_id for row in colleagues(session, context=context, permission=policy.READ))


def _tell(session: Session, context: Context, case: Case, kind: str, *, person: UUID | None, cause: str) -> None:
    notify.tell(
        session, context=context, kind=kind, values={"number": case.number}, subject=("case", case.id), cause=cause,
        participants=[person] if person is not None else [],
    )  # fmt: skip
