"""Which acts on cases and records change numbers: only those that some KPI of a vertical the tenant has on counts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.cases.events import CaseOpened, CaseTransitioned, CaseUpdated
from core.clocks.events import ClockBreached
from core.events import bus
from core.events.bus import Event
from core.metrics.jobs import follow
from core.plugin.catalog import Catalog, CatalogView
from core.records.events import RecordCreated, RecordUpdated

CASES = (CaseOpened, CaseTransitioned, CaseUpdated)
RECORDS = (RecordCreated, RecordUpdated)


def wire(catalog: Catalog) -> None:
    """Called once by `app.py`."""
    for event in (*CASES, *RECORDS, ClockBreached):
        bus.subscribe(event, Follower(catalog))


@dataclass(frozen=True)
class Follower:
    """Has KPIs counted again after an act on what they count."""

    catalog: Catalog

    def __call__(self, session: Session, event: Event) -> None:
        view = self.catalog.view(event.context.enabled)
        counted = _of_case(view, event) if isinstance(event, CASES) else _of_owner(view, event)
        if counted:
            follow(session, event)


def _of_case(view: CatalogView, event: Event) -> bool:
    owner = getattr(event, "workflow", "").partition(".")[0]
    return any(kpi.on == "case" and (not owner or key.startswith(f"{owner}.")) for key, kpi in view.kpis.items())


def _of_owner(view: CatalogView, event: Event) -> bool:
    """A record's type, or what a clock is of: a workflow or a type."""
    owner, _, key = str(getattr(event, "type", None) or getattr(event, "owner", "")).partition(".")
    on = {"case"} if f"{owner}.{key}" in view.workflows else {f"record:{key}"}
    return any(kpi.on in on and name.startswith(f"{owner}.") for name, kpi in view.kpis.items())
