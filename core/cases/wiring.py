"""How cases are wired to the features below: called once by `app.py`."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.cases import breaches, bulk, of_people, second
from core.cases.found import CasesOfFindings
from core.clocks.events import ClockBreached, ClockMoved
from core.context import Context
from core.events import bus
from core.gate.events import FindingRaised
from core.identity import people_parts, reach, units
from core.identity.events import PersonInvited
from core.jobs import service as jobs
from core.notify.jobs import on_invited
from core.plugin.catalog import CatalogView


def wire(view_of: Callable[[Session, Context], CatalogView]) -> None:
    """Approved steps are taken, breached clocks move their cases, findings open them, acts on many work in slices."""
    approvals.HANDLERS[second.KIND] = second.Taken(view_of)
    jobs.register(bulk.KIND, bulk.Changer(view_of))
    bus.subscribe(ClockBreached, breaches.BreachSteps(view_of))
    bus.subscribe(ClockMoved, breaches.follow_moved)
    bus.subscribe(FindingRaised, CasesOfFindings(view_of))
    wire_people()


def wire_people() -> None:
    """What people of a workspace have to do with customers and work, of which identity knows nothing itself."""
    reach.EDITORS[:] = [of_people.reach_editor]
    units.STANDING[:] = [of_people.in_unit]
    people_parts.OPEN_WORK[:] = [of_people.left_with]
    bus.subscribe(PersonInvited, on_invited)
