"""The view of the catalog that a tenant's people and jobs work with: the plain one, or the tenant's tailored one.

A context says how often its tenant has changed its configuration (`tailoring`). While that number stays, the view that was
made for it is used again; nobody reads the settings on every request. A change calls `changed`, in its own transaction.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.models import WorkflowSetting
from core.context import Context
from core.fields.models import FieldSetting, TenantField
from core.fields.own import declared
from core.gate.models import RuleSetting
from core.parameters.models import ParameterOverride
from core.parameters.service import declared_rows
from core.parameters.values import from_json, lawful
from core.plugin import Field, Parameter
from core.plugin.catalog import Catalog, CatalogView
from core.plugin.tailored import FieldTailoring, TailoredView, Tailoring, WorkflowTailoring
from core.tenants.service import count_tailoring

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
    """The tenant's configuration has changed: whoever opens a scope from now on gets a new view.

    The tenant's row stays locked until the transaction ends: whoever calls this first is alone in what they check after it.
    """
    count_tailoring(session, context=context)


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
    )


def _own_fields(session: Session) -> Sequence[tuple[str, Field]]:
    rows = session.scalars(
        select(TenantField).where(TenantField.state == "active").order_by(TenantField.position, TenantField.key)
    )
    return tuple((row.target, declared(row)) for row in rows)


def _overrides(session: Session, view: CatalogView) -> Mapping[str, Sequence[Parameter]]:
    """Approved overrides as rows of their vertical, the newest first, each for as long as the law allows it."""
    found: dict[str, list[Parameter]] = {}
    rows = session.scalars(
        select(ParameterOverride)
        .where(ParameterOverride.state == "approved")
        .order_by(ParameterOverride.effective_from.desc(), ParameterOverride.decided_at.desc())
    )
    for row in rows:
        owner = row.key.partition(".")[0]
        law = declared_rows(view, key=row.key, jurisdiction=row.jurisdiction)
        if law:
            value = from_json(row.value, law[0])
            made = lawful(law, value, begins=row.effective_from, ends=row.effective_to)
            found.setdefault(owner, []).extend(made)
    return found
