"""No sequence of acts leaves the declared states, and what was noted of a case replays to where it stands."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.cases import details, service
from core.cases.models import Case, CaseStep
from core.cases.pinning import pinned_workflow
from core.db import scope
from core.errors import DomainError
from core.plugin import Field, State, Transition, Vertical, Workflow
from core.plugin.catalog import Catalog, LoadedVertical

WORDS = {"zh-CN": "随机", "en": "Random"}
KINDS = ("open", "open", "done", "failed")
EFFECTS = ((), ("close",), ("close:given_up",), ("set_field:flag.true",))
NAMES = "abcdef"

FIELD = Field(key="flag", label=WORDS, kind="boolean", on="case")
GUARDS = (
    None,
    {"op": "eq", "field": "random.flag", "value": True},
    {"op": "eq", "field": "case.severity", "value": "high"},
)


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    names = NAMES[: draw(st.integers(2, 5))]
    kinds = ["initial", *(draw(st.sampled_from(KINDS)) for _ in names[1:])]
    pairs = draw(
        st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), min_size=1, max_size=9, unique=True)
    )
    return Workflow(
        key="flow", label=WORDS, version=draw(st.integers(1, 3)),
        states=tuple(State(key=key, label=WORDS, kind=kind) for key, kind in zip(names, kinds, strict=True)),
        transitions=tuple(
            Transition(
                key=f"{source}{target}", label=WORDS, source=source, target=target,
                sides=draw(st.sampled_from((("client",), ("client", "provider"), ("system",)))),
                guard=(guard := draw(st.sampled_from(GUARDS))), guard_reason=WORDS if guard else None,
                effects=draw(st.sampled_from(EFFECTS)), approval=draw(st.booleans()) and draw(st.booleans()),
            )
            for source, target in pairs
        ),
    )  # fmt: skip


Act = tuple[str, Any, bool]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(("step", "step", "step", "severity", "assign", "flag")),
        st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)),
        st.integers(0, 9).map(lambda number: number == 0),  # looks at an older version
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flow=workflows(), acts=ACTS)
def test_a_case_never_leaves_its_workflow_and_its_history_replays(
    session: Any, world: Any, make_customer: Any, flow: Workflow, acts: list[Act]
) -> None:
    view = Catalog(
        [
            LoadedVertical(
                vertical=Vertical(key="random", label=WORDS, version="1", requires=">=1"), distribution="kehub-random",
                module="random.plugin", package="core", workflows=(flow,), fields=(FIELD,),
            )
        ]
    ).everything  # fmt: skip
    customer_id = make_customer()
    context = world.carol.context
    scope.enter(session, context)
    case = service.open_case(session, context=context, view=view, customer_id=customer_id, workflow="random.flow")
    case_id = case.id
    for act in acts:
        try:
            with session.begin_nested():
                _do(session, context, view, case_id, act)
        except DomainError:
            session.expire_all()
    _check(session, case_id, flow)
    session.rollback()


def _do(session: Any, context: Any, view: Any, case_id: Any, act: Act) -> None:
    kind, (source, target), late = act
    version = session.scalar(select(Case.version).where(Case.id == case_id)) - int(late)
    given = {"context": context, "case_id": case_id, "version": version}
    if kind == "step":
        service.take_step(session, view=view, transition=source + target, **given)
    elif kind == "severity":
        details.change(session, view=view, severity="high" if source < target else "low", **given)
    elif kind == "assign":
        details.assign(session, assignee_id=context.participant_id if source < target else None, **given)
    else:
        details.change(session, view=view, values={"flag": "yes" if source < target else ""}, **given)


def _check(session: Any, case_id: Any, flow: Workflow) -> None:
    case = session.scalars(select(Case).where(Case.id == case_id)).one()
    steps = session.scalars(
        select(CaseStep).where(CaseStep.case_id == case_id).order_by(CaseStep.taken_at, CaseStep.id)
    ).all()
    pinned = pinned_workflow(
        session, workflow=case.workflow, version=case.workflow_version, revision=case.workflow_revision
    )
    allowed = {(each.source, each.key): each for each in pinned.transitions}
    assert [(each.source, each.key, each.target) for each in pinned.transitions] == [
        (each.source, each.key, each.target) for each in flow.transitions
    ]
    kinds = {each.key: each.kind for each in pinned.states}
    state, closed = None, False
    for number, taken in enumerate(steps):
        assert not closed, "a closed case moved"
        if number == 0:
            assert (taken.transition, kinds[taken.target]) == (None, "initial")
        else:
            step = allowed[state, taken.transition]
            assert (taken.source, taken.target) == (step.source, step.target)
            assert not step.approval
            assert "client" in step.sides
            closed = kinds[step.target] in ("done", "failed") or any(each.startswith("close") for each in step.effects)
        state = taken.target
    assert state == case.state
    assert (case.closed_at is not None) == closed
