"""How a tenant tailors a workflow: labels in both languages, optional steps off, more fields asked for by a step.

1. What is saved is checked whole, each fault at its place.  2. Cases that are open keep the definition they began with
(`core.cases.pinning`); cases opened from now on follow the new one.  3. A deadline is a parameter: it is changed there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.cases.models import Case, WorkflowSetting
from core.configuration.view import changed
from core.context import Context
from core.errors import N_, FieldError, Invalid, NotFound, Stale
from core.plugin import Field, Workflow
from core.plugin.catalog import CatalogView
from core.plugin.tailored import OWN, WorkflowTailoring
from core.plugin.types import LOCALES

LONGEST = 80
_FRESH: dict[str, Any] = {"populate_existing": True}


def declared_workflow(view: CatalogView, key: str) -> Workflow:
    """The workflow as its vertical declares it. Raises NotFound."""
    found = view.all_workflows().get(key)
    if found is None:
        raise NotFound
    return found


def setting_of(session: Session, *, workflow: str) -> WorkflowSetting | None:
    wanted = select(WorkflowSetting).where(WorkflowSetting.workflow == workflow)
    return session.scalar(wanted.execution_options(**_FRESH))


def tailoring_of(row: WorkflowSetting | None) -> WorkflowTailoring:
    if row is None:
        return WorkflowTailoring()
    return WorkflowTailoring(labels=dict(row.labels), steps_off=tuple(row.steps_off), required=dict(row.required))


def save(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    workflow: str,
    wanted: WorkflowTailoring,
    version: int | None = None,
) -> WorkflowSetting | None:
    """Keep a workflow's settings; nothing is written where nothing changes. `version` 0: the person saw none.

    Raises NotFound, Invalid with every fault, and Stale where somebody else was first.
    """
    flow = declared_workflow(view, workflow)
    tidy = tidied(wanted, owner=workflow.partition(".")[0])
    errors = list(faults(view, workflow, tidy))
    if errors:
        raise Invalid(errors=errors)
    row = setting_of(session, workflow=workflow)
    _refuse_stale(row, version)
    if tidy == tailoring_of(row):
        return row
    changed(session, context=context)
    row = setting_of(session, workflow=workflow)
    _refuse_stale(row, version)
    before = tailoring_of(row)
    if row is None:
        row = WorkflowSetting(workflow=workflow)
        session.add(row)
    row.labels = {name: dict(text) for name, text in tidy.labels.items()}
    row.steps_off = list(tidy.steps_off)
    row.required = {step: list(keys) for step, keys in tidy.required.items()}
    session.flush()
    names = [name for name in ("labels", "steps_off", "required") if getattr(before, name) != getattr(tidy, name)]
    details = {"workflow": workflow, "declared_version": flow.version, "steps_off": list(tidy.steps_off)}
    audit.append(
        session, context=context, action="workflow.tailored", subject=("workflow_setting", row.id), fields=names,
        details=details,
    )  # fmt: skip
    return row


def _refuse_stale(row: WorkflowSetting | None, version: int | None) -> None:
    if version is not None and version != (row.version if row is not None else 0):
        raise Stale


def tidied(wanted: WorkflowTailoring, *, owner: str) -> WorkflowTailoring:
    """Without empty texts and empty lists, in a fixed order: two that say the same are equal."""
    labels = {
        name: {locale: " ".join(text.split()) for locale, text in sorted(label.items()) if text.strip()}
        for name, label in sorted(wanted.labels.items())
    }
    required = {
        step: sorted({key.removeprefix(f"{owner}.") for key in keys}) for step, keys in sorted(wanted.required.items())
    }
    return WorkflowTailoring(
        labels={name: label for name, label in labels.items() if label},
        steps_off=tuple(sorted(set(wanted.steps_off))),
        required={step: keys for step, keys in required.items() if keys},
    )


def faults(view: CatalogView, workflow: str, wanted: WorkflowTailoring) -> Iterator[FieldError]:
    """What cannot be saved, each at its place: `labels.step:answer.en`, `steps_off.remind`, `required.answer.result`."""
    flow = declared_workflow(view, workflow)
    yield from _label_faults(flow, wanted)
    steps = {step.key: step for step in flow.transitions}
    for key in wanted.steps_off:
        if key not in steps:
            yield _unknown(f"steps_off.{key}", key)
        elif not steps[key].optional:
            message = N_("The step “%(name)s” is not optional, so it cannot be switched off.")
            yield FieldError(field=f"steps_off.{key}", code="fixed", message=message, params={"name": key})
    known = required_choices(view, workflow)
    for key, names in wanted.required.items():
        if key not in steps:
            yield _unknown(f"required.{key}", key)
        yield from (_unknown(f"required.{key}.{name}", name) for name in names if name not in known)


def _label_faults(flow: Workflow, wanted: WorkflowTailoring) -> Iterator[FieldError]:
    parts = label_keys(flow)
    for name, label in wanted.labels.items():
        if name not in parts:
            yield _unknown(f"labels.{name}", name)
        for locale, text in label.items():
            place = f"labels.{name}.{locale}"
            if locale not in LOCALES:
                yield FieldError(field=place, code="locale", message=N_("There is no such language."))
            elif len(text) > LONGEST:
                message = N_("At most %(limit)s characters.")
                yield FieldError(field=place, code="long", message=message, params={"limit": LONGEST})


def _unknown(place: str, name: str) -> FieldError:
    return FieldError(field=place, code="unknown", message=N_("There is no “%(name)s” here."), params={"name": name})


def label_keys(flow: Workflow) -> dict[str, Mapping[str, str]]:
    """What can have another label, with the label it has."""
    return {
        "": flow.label,
        **{f"state:{each.key}": each.label for each in flow.states},
        **{f"step:{each.key}": each.label for each in flow.transitions},
        **{f"timer:{each.key}": each.label for each in flow.timers},
    }


def required_choices(view: CatalogView, workflow: str) -> dict[str, Field]:
    """Case fields that a step may ask for: the vertical's by bare key, the tenant's own as `own.<key>`; none that is hidden."""
    owner = workflow.partition(".")[0]
    found = view.fields(on="case")
    of_vertical = {
        name.removeprefix(f"{owner}."): field for name, field in found.items() if name.startswith(f"{owner}.")
    }
    return {**of_vertical, **{name: field for name, field in found.items() if name.startswith(f"{OWN}.")}}


def open_cases(session: Session, *, workflow: str, most: int = 1000) -> int:
    """How many cases go on under the definition they have; counted up to `most`."""
    wanted = select(Case.id).where(Case.workflow == workflow, Case.closed_at.is_(None)).limit(most)
    return len(session.execute(wanted).all())


def kept_settings(session: Session) -> Sequence[WorkflowSetting]:
    return session.scalars(select(WorkflowSetting).order_by(WorkflowSetting.workflow)).all()
