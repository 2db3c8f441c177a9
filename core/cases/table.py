"""The list of cases: what its address asks, its columns, order and pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session
from werkzeug.datastructures import MultiDict

from core.cases import policy, queries, service
from core.cases.models import Case
from core.cases.queries import CaseFilters
from core.cases.shown import Line
from core.context import Context
from core.customers.listing import Chip
from core.customers.models import Customer
from core.customers.queries import Order, Page, by_slot, paged
from core.identity.directory import colleagues
from core.lists.arranging import MOST_COLUMNS, in_order
from core.lists.places import Place
from core.plugin import Workflow
from core.plugin.catalog import CatalogView
from core.web.forms import Control, as_id, control
from core.web.words import word

PLACE = Place(target="case", here="cases", label=_l("Cases"), permission=policy.READ, endpoint="cases.index")
SHOWN = ("open", "mine", "nobody", "overdue", "closed", "all")
PASSED_ON = ("show", "workflow", "state", "assignee", "severity", "unit", "customer", "opened.from", "opened.to",
             "due.from", "due.to")  # fmt: skip
"""What an address says of the choice; an act on all that a filter finds passes it on."""
DAYS: Mapping[str, tuple[Any, InstrumentedAttribute[Any]]] = {
    "opened": (_l("Opened"), Case.opened_at), "due": (_l("Due"), Case.due_at),
}  # fmt: skip
"""Times that are asked by days of the workspace, the last one included."""
COLUMNS: Mapping[str, Any] = {
    "customer": _l("Customer"), "state": _l("State"), "assignee": _l("Who has it"), "due": _l("Due"),
    "opened": _l("Opened"), "workflow": _l("Workflow"), "severity": _l("Severity"), "entered": _l("In this state since"),
    "closed": _l("Closed"),
}  # fmt: skip
FIRST = ("customer", "state", "assignee", "due", "opened")
NUMBERS = ("opened", "entered", "closed")
SORTS = ("number", "opened", "due", "entered")
PAGE = 50
COUNTED = 1000
"""The list counts its rows up to here."""


def place(_view: CatalogView, _context: Context, _rest: str) -> Place:
    return PLACE


def filters_of(args: Mapping[str, str], context: Context) -> CaseFilters:
    """What an address asks for. Values that are none are passed over, as a link may be old."""
    shown = args.get("show", "open")
    assignee: UUID | Literal["none"] | None = None
    chosen = {"mine": "me", "nobody": "none"}.get(shown, args.get("assignee", ""))
    if chosen == "none":
        assignee = "none"
    elif chosen:
        assignee = context.participant_id if chosen == "me" else as_id(chosen)
    severity = args.get("severity")
    return CaseFilters(
        workflow=args.get("workflow") or None,
        state=args.get("state") or None if args.get("workflow") else None,
        open={"closed": False, "all": None}.get(shown, True),
        assignee=assignee,
        severity=severity if severity in service.SEVERITIES else None,
        unit_id=as_id(args.get("unit", "")) if context.party != "provider" else None,
        overdue=shown == "overdue",
        where=_within(args, context),
    )


def _within(args: Mapping[str, str], context: Context) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name, (_label, column) in DAYS.items():
        first, last = _day(args.get(f"{name}.from")), _day(args.get(f"{name}.to"))
        found += [column >= _start(first, context)] if first else []
        found += [column < _start(last + timedelta(days=1), context)] if last else []
    if (number := _number(args.get("customer"))) is not None:
        found.append(Case.customer_id.in_(select(Customer.id).where(Customer.number == number)))
    return found


def _start(day: date, context: Context) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(context.zone))


def _day(text: str | None) -> date | None:
    """Years that a calendar of ours knows: the day after the last of all is none."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2999 else None


def _number(text: str | None) -> int | None:
    typed = (text or "").strip().removeprefix("#")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 18 else None


READ: Mapping[str, Callable[[str], Any]] = {
    "customer": _number, **{f"{name}.{end}": _day for name in DAYS for end in ("from", "to")},
}  # fmt: skip
"""How what is typed is read. What cannot be is no condition, and is not told as one."""


def order_of(sort: str) -> Order:
    """Of one of SORTS, with a minus for the other way round. Cases without a deadline come last."""
    down, name = sort.startswith("-"), sort.removeprefix("-")
    if name == "due":
        return by_slot(Case.due_at, model=Case, down=down)
    column: Any = {"number": Case.number, "opened": Case.opened_at, "entered": Case.entered_at}[name]

    def after(key: Any, last: Any) -> ColumnElement[bool]:
        here, reached = tuple_(column, Case.id), tuple_(key, last)
        return here < reached if down else here > reached

    def value(row: Any) -> Any:
        held = getattr(row, column.key)
        return held if name == "number" else held.isoformat()

    by: list[ColumnElement[Any]] = [column.desc(), Case.id.desc()] if down else [column.asc(), Case.id.asc()]
    return Order(by, after, value, int if name == "number" else datetime.fromisoformat)


class Table:
    """One page of the list, as `cases/index.html` draws it."""

    def __init__(self, session: Session, context: Context, view: CatalogView, args: MultiDict[str, str]) -> None:
        self.session, self.context, self.view, self.args = session, context, view, args
        self.counted = COUNTED

    @cached_property
    def chosen(self) -> dict[str, str]:
        said = {name: self.args[name] for name in PASSED_ON if self.args.get(name)}
        return {name: text for name, text in said.items() if name not in READ or READ[name](text) is not None}

    @property
    def shown(self) -> str:
        show = self.chosen.get("show", "open")
        return show if show in SHOWN else "open"

    @property
    def narrowed(self) -> bool:
        return bool(self.chips) or self.shown != "open"

    @property
    def sort(self) -> str:
        asked = self.args.get("sort", "")
        return asked if asked.removeprefix("-") in SORTS else "-opened"

    @cached_property
    def columns(self) -> list[str]:
        asked = [name for name in self.args.getlist("column") if name in COLUMNS]
        return asked[:MOST_COLUMNS] or list(FIRST)

    @property
    def arranged(self) -> list[tuple[str, Any, int | None]]:
        """Every column one may choose by name, label and place."""
        return [(name, COLUMNS[name], place) for name, place in in_order(self.columns, list(COLUMNS))]

    @property
    def heads(self) -> list[tuple[str, Any, bool, str | None]]:
        """Of each column its name, label, whether it is a number, and by what it sorts."""
        return [(name, COLUMNS[name], name in NUMBERS, name if name in SORTS else None) for name in self.columns]

    @cached_property
    def page(self) -> Page:
        wanted = queries.conditions(self.context, filters_of(self.chosen, self.context))
        some = select(literal(1)).select_from(Case).where(*wanted).limit(COUNTED + 1).subquery()
        total = select(func.count()).select_from(some).scalar_subquery().label("total")
        head = queries.ids(self.context, wanted, Case.number, Case.opened_at, Case.entered_at, total)
        found, following = paged(
            self.session, head, order=order_of(self.sort), after=self.args.get("after"), limit=PAGE
        )
        rows = queries.lines(self.session, [each.id for each in found])
        return Page(rows=rows, next=following, total=found[0].total if found else 0)

    @cached_property
    def lines(self) -> list[Line]:
        return [Line(row, self.view.workflow(row.workflow), self.context) for row in self.page.rows]

    @property
    def workflow(self) -> Workflow | None:
        return self.view.workflow(self.chosen.get("workflow", ""))

    @cached_property
    def _people(self) -> Sequence[tuple[str, str]]:
        people = colleagues(self.session, context=self.context, permission=policy.TRANSITION)
        return [("me", _("Me")), ("none", _("Nobody")), *((str(row.id), row.shown_name) for row in people)]

    @cached_property
    def controls(self) -> list[Control]:
        """The form of conditions; what has nothing to choose from is not there."""
        made = [self._pick("workflow", _("Workflow"), [(key, flow.label) for key, flow in self.view.workflows.items()])]
        if self.workflow is not None:
            made.append(self._pick("state", _("State"), [(each.key, each.label) for each in self.workflow.states]))
        if self.shown not in ("mine", "nobody"):
            made.append(self._pick("assignee", _("Who has it"), self._people))
        made.append(
            self._pick("severity", _("Severity"), [(each, word("severity", each)) for each in service.SEVERITIES])
        )
        if self._units:
            made.append(self._pick("unit", _("Unit"), self._units))
        made.append(control("customer", _("Customer no."), value=self.chosen.get("customer"), autocomplete="off"))
        for name, (text, _column) in DAYS.items():
            for end, sign in (("from", "≥"), ("to", "≤")):
                asked = f"{name}.{end}"
                made.append(control(asked, f"{text} {sign}", kind="date", value=self.chosen.get(asked)))
        return made

    @cached_property
    def _units(self) -> list[tuple[str, str]]:
        rows = queries.units(self.session) if self.context.party != "provider" else ()
        return [(str(row.id), row.name) for row in rows]

    def _pick(self, name: str, text: str, options: Sequence[tuple[str, Any]]) -> Control:
        return control(
            name, text, kind="select", options=list(options), placeholder=_("Any"), value=self.chosen.get(name)
        )

    @cached_property
    def chips(self) -> list[Chip]:
        """The conditions in force, each with the argument that makes it."""
        asked = {name: value for name, value in self.chosen.items() if name != "show"}
        made = {each.name: each for each in self.controls if each.name in asked} if asked else {}
        found = []
        for name, each in made.items():
            known = {option.value: option.label for option in each.options}
            if not known or asked[name] in known:
                found.append(Chip(key=name, name=each.label, value=known.get(asked[name], asked[name])))
        return found

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Arguments that the form of conditions carries on."""
        return [(name, value) for name, value in self.args.items(multi=True)
                if name in ("show", "sort", "column", "view")]  # fmt: skip

    @property
    def acts(self) -> bool:
        return self.context.may(policy.ASSIGN)
