"""A grade that somebody sets by hand: with a reason, until a day, and back to the customer's own standing after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.customers import service as customers
from core.customers.events import CustomerUpdated
from core.customers.models import Customer
from core.db import scope
from core.db.base import db
from core.errors import N_, Conflict, Denied, Invalid
from core.events import bus
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context
from core.segments import policy, schemes
from core.segments.evaluating import AGAIN
from core.segments.grading import period_of
from core.segments.models import GradeChange, GradeScheme, GradeStanding
from core.timeline import service as timeline

LONGEST = timedelta(days=366)
HISTORY = 50
SET = N_("Grade set to %(grade)s until %(until)s")


def override(
    session: Session, *, context: Context, customer_id: UUID, grade: str, reason: str, until: datetime
) -> GradeStanding:
    """Raises Denied, NotFound, Conflict without a live scheme, Invalid."""
    may_override(context)
    customer = customers.find(session, customer_id=customer_id)
    row = checked(session, context=context, grade=grade, reason=reason, until=until)
    if customer.state != "active":
        raise Conflict(N_("Only an active customer has a grade."))
    return put(session, context=context, scheme=row, customer=customer, grade=grade, reason=reason, until=until)


def may_override(context: Context) -> None:
    if context.party == "provider" or not context.may(policy.OVERRIDE):
        raise Denied(N_("Your role does not include setting grades by hand."))


def checked(session: Session, *, context: Context, grade: str, reason: str, until: datetime) -> GradeScheme:
    """The live scheme. Raises Denied, Conflict, Invalid."""
    may_override(context)
    row = schemes.live(session)
    if row is None:
        raise Conflict(N_("No scheme of grades is live."))
    if grade not in {each["key"] for each in row.grades}:
        raise Invalid(N_("Choose a grade of the scheme."), field="grade")
    if not 0 < len(reason.strip()) <= 500:
        raise Invalid(N_("Say why, in at most 500 characters."), field="reason")
    if not datetime.now(UTC) < until <= datetime.now(UTC) + LONGEST:
        raise Invalid(N_("Until a day within a year."), field="until")
    return row


def put(
    session: Session,
    *,
    context: Context,
    scheme: GradeScheme,
    customer: Customer,
    grade: str,
    reason: str,
    until: datetime,
) -> GradeStanding:
    """Of what was checked."""
    stand = session.scalar(select(GradeStanding).where(GradeStanding.customer_id == customer.id))
    if stand is None:
        known = {each["key"] for each in scheme.grades}
        own = customer.grade if customer.grade in known else None
        stand = GradeStanding(scheme_id=scheme.id, customer_id=customer.id, grade=own, above=0, below=0)
        session.add(stand)
    before = customer.grade
    stand.override, stand.override_reason, stand.override_until = grade, reason.strip(), until
    customer.grade = grade
    _note(session, context, scheme, customer, before=before, after=grade, cause="override", reason=reason.strip())
    session.flush()
    labels = {each["key"]: each["label"] for each in scheme.grades}
    timeline.tell(
        session, context=context, customer_id=customer.id, kind="customer.graded", message=SET,
        values={"grade": labels[grade], "until": {"datetime": until.isoformat()}}, note=reason.strip(), icon="star",
        visibility="client",
    )  # fmt: skip
    enqueue(session, task=end_override, to="scheduled", at=until, tenant_id=context.tenant_id, customer_id=customer.id)
    return stand


def take_back(session: Session, *, context: Context, customer_id: UUID) -> None:
    """End a grade set by hand before its day. Raises Denied, NotFound, Conflict."""
    if context.party == "provider" or not context.may(policy.OVERRIDE):
        raise Denied(N_("Your role does not include setting grades by hand."))
    customers.find(session, customer_id=customer_id)
    if not end(session, context=context, customer_id=customer_id):
        raise Conflict(N_("No grade was set by hand."))


@queue.task(name="end_grade_override", queue="scheduled", retry=AGAIN)
def end_override(*, tenant_id: str, customer_id: str) -> None:
    """Its day has come; one that was set anew meanwhile stays."""
    session = db.session()
    try:
        context = job_context(tenant_id=UUID(tenant_id), participant_id=None)
        scope.enter(session, context)
        end(session, context=context, customer_id=UUID(customer_id), due=datetime.now(UTC))
        session.commit()
    finally:
        db.session.remove()


def end(session: Session, *, context: Context, customer_id: UUID, due: datetime | None = None) -> bool:
    """Back to the customer's own standing. Whether there was something to end; with `due` only where its day has come."""
    stand = session.scalar(select(GradeStanding).where(GradeStanding.customer_id == customer_id).with_for_update())
    if stand is None or stand.override is None or stand.override_until is None:
        return False
    if due is not None and stand.override_until > due:
        return False
    customer = session.scalar(select(Customer).where(Customer.id == customer_id))
    scheme = session.get(GradeScheme, (stand.tenant_id, stand.scheme_id))
    stand.override = stand.override_reason = stand.override_until = None
    if customer is not None and scheme is not None and customer.state == "active":
        before, customer.grade = customer.grade, stand.grade
        _note(session, context, scheme, customer, before=before, after=stand.grade, cause="override_ended", reason=None)
    session.flush()
    return True


def _note(
    session: Session, context: Context, scheme: GradeScheme, customer: Customer, *, before: str | None, after: str | None,
    cause: str, reason: str | None,
) -> None:  # fmt: skip
    session.add(
        GradeChange(
            scheme_id=scheme.id, customer_id=customer.id, period=period_of(datetime.now(UTC).date(), scheme.period),
            before=before, after=after, cause=cause, reason=reason,
        )
    )  # fmt: skip
    audit.append(
        session, context=context, action="customer.graded", subject=("customer", customer.id), fields=["grade"],
        details={"cause": cause},
    )  # fmt: skip
    bus.emit(session, CustomerUpdated(context=context, subject=customer.id, fields=["grade"]))


def history(session: Session, *, customer_id: UUID) -> list[Row[Any]]:
    """Why the customer has its grade, the latest first. Of who is not reached there is none."""
    each = GradeChange
    return list(
        session.execute(
            select(
                each.id, each.period, each.before, each.after, each.cause, each.value, each.cut, each.periods, each.reason,
                each.created_at, each.created_by, each.scheme_id,
            )
            .where(each.customer_id == customer_id).order_by(each.created_at.desc(), each.id.desc()).limit(HISTORY)
        )
    )  # fmt: skip
