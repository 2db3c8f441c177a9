"""Steps that a second person must approve: those their workflow says so of, and those that a rule of the gate holds.

The request keeps the step, its values, and where the case stood. Once approved, the step is taken in the name of whoever asked,
with the same checks. If the case has gone on meanwhile, the request's result says so and nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.cases import policy, service, standing
from core.cases.definitions import state_of
from core.context import Context
from core.errors import N_, Conflict, Denied
from core.gate.acts import GateRefused, decide_act
from core.gate.acts import refuse as refuse_act
from core.identity.directory import context_of
from core.plugin.catalog import CatalogView

KIND = "case.step"
ASKED = N_("Case %(number)s: %(step)s")

ViewOf = Callable[[Session, Context], CatalogView]


def ask_step(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    case_id: UUID,
    version: int,
    transition: str,
    values: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> Approval:
    """Ask a second person to approve a step, with the values it is to be taken with.

    Raises what taking it would raise, and Conflict where it needs no approval or is asked for already.
    """
    stand = standing.locked(session, context=context, case_id=case_id, version=version)
    case = stand.case
    if approvals.open_for(session, ("case", case.id), kind=KIND) is not None:
        raise Conflict(N_("A step of this case waits for approval already."))
    step = service.prepared(stand, context=context, view=view, transition=transition, values=values)
    act = standing.act_of(stand, step=transition, target=step.transition.target, approved=None, changes=step.changes)
    decision = decide_act(session, context=context, view=view, act=act)
    held: list[str] = []
    try:
        refuse_act(decision)
    except GateRefused as refused:
        held = refused.approvable
        if not held:
            raise
    if not (held or step.transition.approval):
        raise Conflict(N_("This step needs no approval. Take it."))
    return approvals.request(
        session,
        context=context,
        kind=KIND,
        permission=policy.APPROVE,
        message=ASKED,
        values={
            "number": case.number,
            "step": dict(step.transition.label),
            "state": dict(state_of(stand.definition, step.transition.target).label),
        },
        subject=("case", case.id),
        payload={
            "transition": transition,
            "state": case.state,
            "entered_at": case.entered_at.isoformat(),
            "values": {name: dict(each) for name, each in step.changes.items()},
            "rules": held,
            "decision_id": str(decision.id) if decision is not None else None,
        },
        reason=reason,
        customer_id=case.customer_id,
    )


class Taken:
    """The handler of approved requests. `view_of` gives the tenant's view of the catalog."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, context: Context, approval: Approval) -> Mapping[str, Any]:
        asker = context_of(session, context=context, participant_id=approval.requested_by)
        if asker is None or approval.subject_id is None:
            raise Denied(N_("The person who asked for this no longer works here."))
        asked = approval.payload
        stand = standing.locked(session, context=asker, case_id=approval.subject_id)
        case = stand.case
        if (case.state, case.entered_at.isoformat()) != (asked["state"], asked["entered_at"]):
            return {"taken": False, "moved_on": True, "case": case.number}
        view = self._view_of(session, asker)
        step = service.approved_step(stand, context=asker, view=view, asked=asked)
        lifted = {"approval_id": str(approval.id), "rules": list(asked["rules"])}
        service.carry_out(session, context=asker, view=view, step=step, note=approval.reason, at=None, approved=lifted)
        return {"taken": True, "case": case.number}
