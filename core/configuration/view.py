"""The view of the catalog that a tenant's people and jobs work with: the plain one, or the tenant's tailored one.

A context says how often its tenant has changed its configuration (`tailoring`). While that number stays, the view that was
made for it is used again; nobody reads the settings on every request. A change calls `changed`, in its own transaction.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.cases.models import WorkflowSetting
from core.context import Context
from core.fields.models import FieldSetting, FieldSlot, TenantField
from core.gate.models import RuleSetting
from core.parameters.models import ParameterOverride
from core.plugin import Choice, Field, Parameter
from core.plugin.catalog import Catalog, CatalogView
from core.plugin.tailored import FieldTailoring, TailoredView, Tailoring, WorkflowTailoring
from core.tenants.models import Tenant

KEPT = 256
"""Tailored views a process keeps; the one unused for longest goes first."""


class Views:
    """`views(session, context)` is the view of the context's tenant. The session's scope is open."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept: OrderedDict[UUID, tuple[int, frozenset[str], CatalogView]] = OrderedDict()
        self._lock = Lock()

    def __call__(self, session: Session, context: Context) -> CatalogView:
        if not context.tailoring:
            return self._catalog.view(context.enabled)
        key = context.tenant_id
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[:2] == (context.tailoring, context.enabled):
                self._kept.move_to_end(key)
                return kept[2]
        view = make_view(session, context=context, catalog=self._catalog)
        with self._lock:
            self._kept[key] = (context.tailoring, context.enabled, view)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return view


def changed(session: Session, *, context: Context) -> None:
    """The tenant's configuration has changed: whoever opens a scope from now on gets a new view."""
    session.flush()
    session.execute(
        update(Tenant)
        .where(Tenant.id == context.tenant_id)
        .values(tailoring=Tenant.tailoring + 1, version=Tenant.version)
    )


def make_view(session: Session, *, context: Context, catalog: Catalog) -> TailoredView:
    plain = catalog.view(context.enabled)
    loaded = [each for key, each in catalog.verticals.items() if key in plain.enabled]
    return TailoredView(loaded, load_tailoring(session, context=context, view=plain))


def load_tailoring(session: Session, *, context: Context, view: CatalogView) -> Tailoring:
    """What the tenant's tables say, one statement each."""
    return Tailoring(
        revision=context.tailoring,
        own_fields=_own_fields(session),
        fields={
            (row.target, row.field): FieldTailoring(
                shown=row.shown, required=row.required, label=dict(row.label), position=row.position
            )
            for row in session.scalars(select(FieldSetting))
        },
        overrides=_overrides(session, view),
        rules={row.rule: row.mode for row in session.execute(select(RuleSetting.rule, RuleSetting.mode))},
        workflows={
            row.workflow: WorkflowTailoring(
                labels=dict(row.labels), steps_off=tuple(row.steps_off), required=dict(row.required)
            )
            for row in session.scalars(select(WorkflowSetting))
        },
        slots=_slots(session),
    )


def own_field(row: TenantField) -> Field:
    """The declaration of a tenant's own field."""
    return Field(
        key=row.key,
        label=dict(row.label),
        kind=row.kind,  # type: ignore[arg-type] # checked when it was saved
        on=row.target,
        required=row.required,
        choices=tuple(Choice(**each) for each in row.choices),
        sensitivity=row.sensitivity,  # type: ignore[arg-type]
        mask=row.mask,  # type: ignore[arg-type]
        indexed=row.indexed,
        help=dict(row.help) or None,
        currency=row.currency,
        show_when=row.show_when,
    )


def _own_fields(session: Session) -> Sequence[tuple[str, Field]]:
    rows = session.scalars(
        select(TenantField).where(TenantField.state == "active").order_by(TenantField.position, TenantField.key)
    )
    return tuple((row.target, own_field(row)) for row in rows)


def _slots(session: Session) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in session.execute(
        select(FieldSlot.target, FieldSlot.field, FieldSlot.slot).where(FieldSlot.state == "ready")
    ):
        found.setdefault(row.target, {})[row.field] = row.slot
    return found


def _overrides(session: Session, view: CatalogView) -> Mapping[str, Sequence[Parameter]]:
    """Approved overrides as rows of their vertical, the newest first, so that it wins over those it follows."""
    found: dict[str, list[Parameter]] = {}
    rows = session.scalars(
        select(ParameterOverride)
        .where(ParameterOverride.state == "approved")
        .order_by(ParameterOverride.effective_from.desc(), ParameterOverride.decided_at.desc())
    )
    for row in rows:
        owner, _, key = row.key.partition(".")
        if owner not in view.parameters:
            continue
        declared = [each for each in view.parameters[owner].rows if each.key == key]
        model = next((each for each in declared if each.jurisdiction == row.jurisdiction), None) or next(
            iter(declared), None
        )
        if model is not None:
            found.setdefault(owner, []).append(_override(model, row))
    return found


def _override(model: Parameter, row: ParameterOverride) -> Parameter:
    return replace(
        model,
        value=as_declared(row.value, model),
        jurisdiction=row.jurisdiction,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        set_by_tenant=True,
    )


def as_declared(value: Any, model: Parameter) -> Any:
    """A value from JSON in the type that the parameter is declared with."""
    if isinstance(model.value, Decimal) and not isinstance(value, bool):
        return Decimal(str(value))
    return value
