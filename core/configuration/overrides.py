"""A tenant's own value of a parameter: one person asks, another approves, and running clocks are computed anew.

What is asked for is the approval's payload, so that a request has one state; the row of the value is made on approval.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.approvals.service import Change
from core.clocks.jobs import recompute_running
from core.configuration import policy
from core.configuration.view import changed
from core.context import Context
from core.errors import N_, Conflict, FieldError, Invalid, NotFound
from core.identity.models import Participant
from core.parameters import service, values
from core.parameters.models import ParameterOverride
from core.parameters.service import OwnValue
from core.plugin.catalog import CatalogView
from core.plugin.types import Label, Parameter

KIND = "parameter.override"
SET = N_("%(parameter)s (%(place)s): %(value)s")
END = N_("%(parameter)s (%(place)s): back to the declared value")
ViewOf = Callable[[Session, Context], CatalogView]

VALUE: Label = {"zh-CN": "数值", "en": "Value"}
BEGINS: Label = {"zh-CN": "生效日", "en": "In force from"}
ENDS: Label = {"zh-CN": "失效日", "en": "No longer in force from"}
EVERYWHERE: Label = {"zh-CN": "各地", "en": "everywhere"}
_SUBJECTS = UUID("0f9e2ac1-9c37-4e53-93c5-6f2f4c7f5a20")


def subject_of(key: str, jurisdiction: str) -> tuple[str, UUID]:
    """A parameter has no row: an id made of its key and place, so that one request on it is open at a time."""
    return ("parameter", uuid5(_SUBJECTS, f"{key}|{jurisdiction}"))


def ask(session: Session, *, context: Context, view: CatalogView, wanted: OwnValue, reason: str) -> Approval:
    """Ask a second person for another value. Raises NotFound, Invalid (with every field that is wrong) and Conflict."""
    errors = [] if reason.strip() else [_no_reason()]
    try:
        row = service.checked(view, wanted)
    except Invalid as error:
        raise Invalid(errors=[*error.errors, *errors]) from None
    if errors:
        raise Invalid(errors=errors)
    refuse_second(session, wanted.key, wanted.jurisdiction, wanted)
    held = service.own_values(session, key=wanted.key, jurisdiction=wanted.jurisdiction)
    former = service.fitting(held, wanted)
    before = value_on(view, key=wanted.key, jurisdiction=wanted.jurisdiction, on=wanted.begins) or row
    if former is None and before.value == wanted.value:
        raise Conflict(N_("The parameter has this value already on that day."), field="value")
    return approvals.request(
        session,
        context=context,
        kind=KIND,
        permission=policy.APPROVE,
        message=SET,
        values={**_titled(row), "value": values.value_label(wanted.value, row.unit)},
        subject=subject_of(wanted.key, wanted.jurisdiction),
        payload=payload_of(wanted),
        reason=reason,
        changes=_changes(row, before, wanted, former),
    )


def payload_of(wanted: OwnValue) -> dict[str, Any]:
    return {
        "act": "set",
        "key": wanted.key,
        "jurisdiction": wanted.jurisdiction,
        "value": values.as_json(wanted.value),
        "effective_from": wanted.begins.isoformat(),
        "effective_to": wanted.ends.isoformat() if wanted.ends else None,
    }


def ask_end(
    session: Session, *, context: Context, view: CatalogView, override_id: UUID, on: date, reason: str
) -> Approval:
    """Ask for the declared value to hold again from a day on. Raises NotFound, Invalid, Conflict."""
    own = session.scalar(
        select(ParameterOverride).where(ParameterOverride.id == override_id, ParameterOverride.state == "approved")
    )
    rows = service.declared_rows(view, key=own.key, jurisdiction=own.jurisdiction) if own is not None else []
    if own is None or not rows:
        raise NotFound
    service.check_end(own, on)
    if not reason.strip():
        raise Invalid(errors=[_no_reason()])
    refuse_second(session, own.key, own.jurisdiction)
    row = next((piece.row for piece in values.pieces(rows, begins=on, ends=None)), rows[-1])
    now = values.value_label(values.from_json(own.value, row), row.unit)
    return approvals.request(
        session,
        context=context,
        kind=KIND,
        permission=policy.APPROVE,
        message=END,
        values=_titled(row),
        subject=subject_of(own.key, own.jurisdiction),
        payload={"act": "end", "key": own.key, "override_id": str(own.id), "on": on.isoformat()},
        reason=reason,
        changes=[
            Change(name=VALUE, before=now, after=values.value_label(row.value, row.unit)),
            Change(name=BEGINS, after={"date": on.isoformat()}),
        ],
    )


def refuse_second(session: Session, key: str, jurisdiction: str, wanted: OwnValue | None = None) -> None:
    """Raises Conflict: of two people who ask for the same days of one parameter the second is told."""
    for earlier in open_requests(session, key, jurisdiction):
        if wanted is None or overlaps(earlier.payload, wanted):
            message = N_("Somebody asked for a change of this parameter: request %(number)s is not decided yet.")
            raise Conflict(message, number=earlier.number)


def open_requests(session: Session, key: str, jurisdiction: str) -> Sequence[Approval]:
    return session.scalars(
        select(Approval).where(
            Approval.kind == KIND,
            Approval.subject_id == subject_of(key, jurisdiction)[1],
            Approval.state == "requested",
            Approval.expires_at > func.now(),
        )
    ).all()


def overlaps(payload: Mapping[str, Any], wanted: OwnValue) -> bool:
    """Whether what was asked for has days in common with a value; a request to end one always counts."""
    if payload["act"] == "end":
        return True
    begins = date.fromisoformat(payload["effective_from"])
    ends = date.fromisoformat(payload["effective_to"]) if payload["effective_to"] else None
    return (ends is None or wanted.begins < ends) and (wanted.ends is None or begins < wanted.ends)


def _no_reason() -> FieldError:
    return FieldError(field="reason", code="required", message=N_("Say why, so that the second person can decide."))


def _titled(row: Parameter) -> dict[str, Any]:
    return {"parameter": dict(row.label), "place": place_label(row.jurisdiction)}


def place_label(jurisdiction: str) -> Label:
    return EVERYWHERE if jurisdiction == "*" else {"zh-CN": jurisdiction, "en": jurisdiction}


def _changes(row: Parameter, before: Parameter, wanted: OwnValue, former: ParameterOverride | None) -> list[Change]:
    made = [
        Change(
            name=VALUE,
            before=values.value_label(before.value, before.unit),
            after=values.value_label(wanted.value, row.unit),
        ),
        Change(name=BEGINS, after={"date": wanted.begins.isoformat()}),
    ]
    if wanted.ends is not None:
        made.append(Change(name=ENDS, after={"date": wanted.ends.isoformat()}))
    if former is not None:
        own = values.value_label(values.from_json(former.value, row), row.unit)
        named = {locale: f"{own[locale]}: {ENDS[locale]}" for locale in own}
        was = {"date": former.effective_to.isoformat()} if former.effective_to else None
        made.append(Change(name=named, before=was, after={"date": wanted.begins.isoformat()}))
    return made


def value_on(view: CatalogView, *, key: str, jurisdiction: str, on: date) -> Parameter | None:
    """What holds in one place on one day, the tenant's own value first."""
    owner, _, bare = key.partition(".")
    rows = view.parameters[owner].rows if owner in view.parameters else ()
    found = (row for row in rows if row.key == bare and row.jurisdiction == jurisdiction)
    return next((row for row in found if next(values.pieces([row], begins=on, ends=_next(on)), None)), None)


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


class Overridden:
    """The handler of approved requests. `view_of` gives the tenant's view of the catalog."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, context: Context, approval: Approval) -> Mapping[str, Any]:
        changed(session, context=context)
        asked = approval.payload
        if asked["act"] == "end":
            row = service.end_value(
                session, context=context, override_id=UUID(asked["override_id"]), on=date.fromisoformat(asked["on"])
            )
        else:
            row = self._set(session, context, approval)
        recompute_running(session, context=context, parameter=row.key)
        return {"parameter_override_id": str(row.id)}

    def _set(self, session: Session, context: Context, approval: Approval) -> ParameterOverride:
        view, asked = self._view_of(session, context), approval.payload
        rows = service.declared_rows(view, key=asked["key"], jurisdiction=asked["jurisdiction"])
        if not rows:
            raise Conflict(N_("The vertical of this parameter is switched off."))
        wanted = OwnValue(
            key=asked["key"],
            jurisdiction=asked["jurisdiction"],
            value=values.from_json(asked["value"], rows[0]),
            begins=date.fromisoformat(asked["effective_from"]),
            ends=date.fromisoformat(asked["effective_to"]) if asked["effective_to"] else None,
        )
        return service.set_value(
            session,
            context=context,
            view=view,
            wanted=wanted,
            reason=approval.reason or "",
            asked_by=approval.requested_by,
        )


class Asked(NamedTuple):
    """A request on a parameter as its history shows it. `override_id` is the value it led to."""

    id: UUID
    number: int
    jurisdiction: str
    payload: Mapping[str, Any]
    state: str
    reason: str | None
    note: str | None
    created_at: Any
    decided_at: Any
    expires_at: Any
    asked_by: str | None
    decided_by: str | None
    version: int
    mine: bool


def history(session: Session, *, context: Context, key: str, jurisdictions: Sequence[str]) -> list[Asked]:
    """Every request on a parameter, the newest first."""
    places = {subject_of(key, place)[1]: place for place in jurisdictions}
    asker, decider = aliased(Participant, name="asker"), aliased(Participant, name="decider")
    rows = session.execute(
        select(
            Approval.id, Approval.number, Approval.subject_id, Approval.payload, Approval.state, Approval.reason,
            Approval.decision_note, Approval.created_at, Approval.decided_at, Approval.expires_at,
            asker.shown_name.label("asked_by"), decider.shown_name.label("decided_by"), Approval.version,
            Approval.requested_by,
        )
        .outerjoin(asker, asker.id == Approval.requested_by)
        .outerjoin(decider, decider.id == Approval.decided_by)
        .where(Approval.kind == KIND, Approval.subject_type == "parameter", Approval.subject_id.in_(places))
        .order_by(Approval.created_at.desc(), Approval.id.desc())
        .limit(200)
    )  # fmt: skip
    return [
        Asked(
            row.id, row.number, places[row.subject_id], row.payload, row.state, row.reason, row.decision_note,
            row.created_at, row.decided_at, row.expires_at, row.asked_by, row.decided_by, row.version,
            row.requested_by == context.participant_id,
        )
        for row in rows
    ]  # fmt: skip
