"""Take a configuration out, look at what a file would change, and bring it in: whole, in one transaction, or not at all.

1. `rehearse` brings the file in inside a savepoint and takes it back: what it answers is what really happened, entry by
   entry.  2. `bring_in` does it again and keeps it, if nothing is refused and it comes to what the person was shown.
3. Rules' modes and own values of parameters become requests to a second person. What is not named in the file stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.clocks import why
from core.clocks.jobs import recompute_running
from core.clocks.why import Reason
from core.configuration import document
from core.configuration.sections import TAKES, Desk, Item
from core.context import Context
from core.errors import N_, DomainError, FieldError, Invalid, NotFound, Stale
from core.plugin.catalog import CatalogView
from core.tenants.models import Tenant

MakeView = Callable[[Session, Context], CatalogView]
"""A view of what the session says now. It must not be kept: a rehearsal's settings never were."""

ROUNDS = 5
"""How often fields are tried again that another field of the file must come before."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one entry: added, changed, unchanged, asked, waiting or refused. `rows` are name, before, after."""

    section: str
    place: str
    item: Item
    outcome: str
    rows: Sequence[tuple[str, Any, Any]] = ()
    problems: Sequence[FieldError] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    changes: Sequence[Change] = field(default_factory=list)

    @property
    def refused(self) -> list[Change]:
        return [each for each in self.changes if each.outcome == "refused"]

    @property
    def counts(self) -> dict[str, int]:
        found = dict.fromkeys(("added", "changed", "asked", "waiting", "unchanged", "refused"), 0)
        for each in self.changes:
            found[each.outcome] += 1
        return found

    @property
    def changes_something(self) -> bool:
        counts = self.counts
        return any(counts[each] for each in ("added", "changed", "asked"))

    @property
    def digest(self) -> str:
        """Tells two plans apart: somebody may have changed a setting since the preview."""
        said = [[each.place, each.outcome, [list(row) for row in each.rows]] for each in self.changes]
        return hashlib.sha256(orjson.dumps(said, default=str)).hexdigest()[:32]


def export(session: Session, *, context: Context, view: CatalogView, on: date) -> str:
    """The file. Audited: it says how the client works."""
    sections = document.sections_of(session, view=view, on=on)
    counts = {name: len(entries) for name, entries in sections.items()}
    audit.append(
        session, context=context, action="configuration.exported", subject=("tenant", context.tenant_id), details=counts
    )
    return document.written(sections)


def rehearse(
    session: Session, *, context: Context, raw: bytes, on: date, make_view: MakeView, reason: str = "-"
) -> Plan:
    """What the file would change, nothing kept. Raises Invalid where it cannot be read."""
    sections = document.read(raw)
    attempt = session.begin_nested()
    try:
        return _take(session, context=context, sections=sections, on=on, make_view=make_view, reason=reason)
    finally:
        attempt.rollback()
        session.expire_all()


def bring_in(
    session: Session,
    *,
    context: Context,
    raw: bytes,
    on: date,
    make_view: MakeView,
    reason: str,
    digest: str | None = None,
) -> Plan:
    """Bring the file in. Raises Invalid (it cannot be read, an entry is refused, no reason), and Stale where it would come
    to something else than what `digest` was shown for. The caller rolls back."""
    if not reason.strip():
        raise Invalid(N_("Say why, so that the second person can decide."), field="reason")
    sections = document.read(raw)
    session.execute(select(Tenant.id).where(Tenant.id == context.tenant_id).with_for_update())
    plan = _take(session, context=context, sections=sections, on=on, make_view=make_view, reason=reason.strip())
    if digest is not None and digest != plan.digest:
        raise Stale(N_("Somebody has changed the settings since you looked. Look again at what would change."))
    if plan.refused:
        errors = [problem for each in plan.refused for problem in each.problems]
        raise Invalid(N_("Nothing was changed: an entry of the file is refused."), errors=errors)
    if not plan.changes_something:
        return plan
    audit.append(
        session, context=context, action="configuration.imported", subject=("tenant", context.tenant_id),
        details={**plan.counts, "sha256": hashlib.sha256(raw).hexdigest()},
    )  # fmt: skip
    return plan


def _take(
    session: Session,
    *,
    context: Context,
    sections: Mapping[str, Sequence[Item]],
    on: date,
    make_view: MakeView,
    reason: str,
) -> Plan:
    view = make_view(session, context)
    before = {
        name: {document.identity(name, each): each for each in entries}
        for name, entries in document.sections_of(session, view=view, on=on).items()
    }
    before["rules"] = {(key,): {"rule": key, "mode": view.rule_mode(key)} for key in view.all_rules()}
    before["field_order"] = _orders(session, view, sections["field_order"])
    desk = Desk(session=session, context=context, view=view, reason=reason)
    made: list[Change] = []
    for section, entries in sections.items():
        made += _section(desk, section, entries, before[section], make_view)
    for country in sorted(desk.calendars):
        recompute_running(session, context=context, reason=Reason(why.CALENDAR), country=country)
    return Plan(changes=made)


def _orders(session: Session, view: CatalogView, asked: Sequence[Item]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The first fields of each target, as many as the file names: the others keep their order behind them."""
    return {
        (each["target"],): {
            "target": each["target"],
            "names": document.order_now(session, view, each["target"])[: len(each["names"])],
        }
        for each in asked
    }


def _section(
    desk: Desk, section: str, entries: Sequence[Item], before: Mapping[tuple[Any, ...], Item], make_view: MakeView
) -> list[Change]:
    """Every entry once; those that fail once more as long as others succeed, since one may rest on another."""
    made = {
        number: _refused(section, number, item, first)
        for number, item in enumerate(entries)
        if (first := _clash(section, entries[:number], item)) is not None
    }
    left = [number for number in range(len(entries)) if number not in made]
    for _ in range(ROUNDS):
        for number in left:
            made[number] = _entry(desk, section, number, entries[number], before)
        again = [number for number in left if made[number].outcome == "refused"]
        if section == "fields" and entries:
            desk.view = make_view(desk.session, desk.context)
        if section != "fields" or not again or len(again) == len(left):
            break
        left = again
    if section.startswith("field") and entries:
        desk.view = make_view(desk.session, desk.context)
    return [made[number] for number in sorted(made)]


def _clash(section: str, earlier: Sequence[Item], item: Item) -> int | None:
    """An earlier entry that is about the same thing; of own values, about some of the same days."""
    for number, each in enumerate(earlier):
        if document.identity(section, each) == document.identity(section, item):
            return number
        if section == "parameters" and each["parameter"] == item["parameter"]:
            days = [(one["effective_from"], one["effective_to"] or "9999") for one in (each, item)]
            if each["jurisdiction"] == item["jurisdiction"] and max(days)[0] < min(day[1] for day in days):
                return number
    return None


def _refused(section: str, number: int, item: Item, first: int) -> Change:
    place = f"{section}[{number}]"
    message = (
        N_("Its days overlap with those of %(place)s.")
        if section == "parameters"
        else N_("The same is in the file already: %(place)s.")
    )
    problem = FieldError(field=place, code="twice", message=message, params={"place": f"{section}[{first}]"})
    return Change(section=section, place=place, item=item, outcome="refused", problems=[problem])


def _entry(desk: Desk, section: str, number: int, item: Item, before: Mapping[tuple[Any, ...], Item]) -> Change:
    place = f"{section}[{number}]"
    held = before.get(document.identity(section, item))
    rows = _rows(section, held, item)
    if held is not None and not rows:
        return Change(section=section, place=place, item=item, outcome="unchanged")
    try:
        with desk.session.begin_nested():
            outcome = TAKES[section](desk, item)
            desk.session.flush()
    except DomainError as error:
        return Change(
            section=section, place=place, item=item, outcome="refused", rows=rows, problems=_placed(place, error)
        )
    if outcome == "done":
        outcome = "added" if held is None else "changed"
    return Change(section=section, place=place, item=item, outcome=outcome, rows=rows)


def _placed(place: str, error: DomainError) -> list[FieldError]:
    if isinstance(error, NotFound):
        return [FieldError(field=place, code="unknown", message=N_("There is no such entry in this workspace."))]
    if error.errors:
        return [
            FieldError(field=f"{place}.{each.field}", code=each.code, message=each.message, params=each.params)
            for each in error.errors
        ]
    where = f"{place}.{error.field}" if error.field else place
    return [FieldError(field=where, code=error.code, message=error.message, params=error.params)]


def _rows(section: str, held: Item | None, item: Item) -> list[tuple[str, Any, Any]]:
    """Name, before and after of everything that differs."""
    names = [name for name in document.SHAPES[section] if name not in document.IDENTITY[section]]
    was = held or document.DEFAULTS.get(section, {})
    made = [(name, was.get(name), item[name]) for name in names]
    return [row for row in made if not _same(section, row)]


def _same(section: str, row: tuple[str, Any, Any]) -> bool:
    name, before, after = row
    if section == "parameters" and name == "value":
        return str(before) == str(after)
    if section == "workflows" or name in ("label", "help"):
        return bool(_filled(before) == _filled(after))
    return bool(before == after)


def _filled(value: Any) -> Any:
    """Without empty texts and lists, lists in a fixed order: what says the same is equal."""
    if isinstance(value, Mapping):
        found = {key: _filled(each) for key, each in value.items()}
        return {key: each for key, each in found.items() if each not in ("", {}, [])}
    if isinstance(value, list | tuple):
        return sorted(value)
    return " ".join(value.split()) if isinstance(value, str) else value
