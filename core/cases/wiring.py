"""How cases are wired to the features below: called once by `app.py`."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.cases import breaches, bulk, second
from core.cases.found import CasesOfFindings
from core.clocks.events import ClockBreached, ClockMoved
from core.context import Context
from core.events import bus
from core.gate.events import FindingRaised
from core.jobs import service as jobs
from core.plugin.catalog import CatalogView


def wire(view_of: Callable[[Session, Context], CatalogView]) -> None:
    """Approved steps are taken, breached clocks move their cases, findings open them, acts on many work in slices."""
    approvals.HANDLERS[second.KIND] = second.Taken(view_of)
    jobs.register(bulk.KIND, bulk.Changer(view_of))
    bus.subscribe(ClockBreached, breaches.BreachSteps(view_of))
    bus.subscribe(ClockMoved, breaches.follow_moved)
    bus.subscribe(FindingRaised, CasesOfFindings(view_of))
