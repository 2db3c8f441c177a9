"""The roles of a person as a form: a row for each that is held and for each that may be given, and back to grants.

Names in the form: `g.<n>.role`, `.on`, `.reach`, `.unit`, `.from`, `.until`. A condition is edited on a page of its own and carried
along by the row that has one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from core.context import Context
from core.errors import N_, Invalid
from core.identity import units
from core.identity.models import RoleAssignment
from core.identity.people import Grant
from core.identity.reach import BY_PARTY, REACHES
from core.identity.role_book import RoleBook, RoleRow, role_book
from core.identity.roles import grantable
from core.web.forms import Control, control
from core.web.i18n import label


@dataclass(frozen=True, kw_only=True)
class GrantRow:
    """One role in the form. `reason` says why the reader may not give it; `kept` is what the row holds already."""

    n: int
    role: RoleRow
    on: bool
    reason: Any = None
    reach: Control
    unit: Control
    begins: Control
    until: Control
    kept: RoleAssignment | None = None


@dataclass(frozen=True, kw_only=True)
class GrantForm:
    """`party` is the person's side, whose roles may be given."""

    session: Session
    context: Context
    party: str
    held: Sequence[RoleAssignment] = ()
    typed: Mapping[str, str] | None = None

    @property
    def rows(self) -> list[GrantRow]:
        book = role_book(self.session)
        listed: list[tuple[str, RoleAssignment | None]] = [(row.role, row) for row in self.held]
        listed += [(role.key, None) for role in book.on(self.party) if role.key not in {key for key, _row in listed}]
        may, choices = grantable(self.context, party=self.party), self._units()
        return [self._row(n, book, key, kept, may, choices) for n, (key, kept) in enumerate(listed) if key in book.rows]

    def _row(
        self,
        n: int,
        book: RoleBook,
        key: str,
        kept: RoleAssignment | None,
        may: frozenset[str],
        choices: list[tuple[str, str]],
    ) -> GrantRow:
        role = book.rows[key]
        name = label(role.label)
        over = not book.permissions([key], party=self.party) <= may
        reaches = [each for each in BY_PARTY[self.party] if each != "condition" or (kept and kept.condition)]

        def said(part: str, value: Any) -> Any:
            return self.typed.get(f"g.{n}.{part}", "") if self.typed is not None else value

        return GrantRow(
            n=n, role=role, kept=kept,
            on=bool(said("on", kept is not None)),
            reason=_l("It allows more than you may give") if over and kept is None else None,
            reach=control(f"g.{n}.reach", _l("What %(role)s reaches", role=name), kind="select", required=True,
                          value=said("reach", kept.reach if kept else reaches[0]),
                          options=[(each, REACHES[each]) for each in reaches]),
            unit=control(f"g.{n}.unit", _l("Unit of %(role)s", role=name), kind="select", options=choices,
                         value=said("unit", str(kept.unit_id) if kept and kept.unit_id else "")),
            begins=control(f"g.{n}.from", _l("%(role)s from", role=name), kind="date",
                           value=said("from", self._day(kept.starts_at) if kept and kept.starts_at > _now() else "")),
            until=control(f"g.{n}.until", _l("%(role)s until", role=name), kind="date", required=role.dated,
                          value=said("until", self._last_day(kept.ends_at) if kept else "")),
        )  # fmt: skip

    def _units(self) -> list[tuple[str, str]]:
        return [(str(row.id), row.full) for row in units.unit_tree(self.session, context=self.context)]

    def _day(self, moment: datetime) -> str:
        return moment.astimezone(ZoneInfo(self.context.zone)).date().isoformat()

    def _last_day(self, moment: datetime | None) -> str:
        return self._day(moment - timedelta(microseconds=1)) if moment is not None else ""

    def grants(self, sent: Mapping[str, str]) -> list[Grant]:
        """What the form gives. Raises Invalid for a day that is none."""
        found = []
        for row in self.rows:
            if not sent.get(f"g.{row.n}.on"):
                continue
            given = sent.get(f"g.{row.n}.reach", "")
            unit = sent.get(f"g.{row.n}.unit", "")
            starts = self._moment(sent.get(f"g.{row.n}.from", ""))
            ends = self._moment(sent.get(f"g.{row.n}.until", ""), after=1)
            kept = row.kept
            grant = Grant(
                role=row.role.key,
                reach=given,
                unit_id=UUID(unit) if unit and given in ("unit", "unit_and_below") else None,
                condition=kept.condition if kept is not None and given == "condition" else None,
                starts_at=starts,
                ends_at=ends,
            )
            if kept is not None and self._last_day(kept.ends_at) == self._last_day(ends):
                grant = replace(grant, ends_at=kept.ends_at)
            found.append(grant)
        return found

    def _moment(self, text: str, *, after: int = 0) -> datetime | None:
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise Invalid(N_("Give the day as a date."), field="roles") from None
        return datetime.combine(day + timedelta(days=after), time(), ZoneInfo(self.context.zone)).astimezone(UTC)


def _now() -> datetime:
    return datetime.now(UTC)


def profile_controls(
    session: Session, context: Context, *, shown_name: str = "", unit_id: UUID | None = None
) -> list[Control]:
    choices = [(str(row.id), row.full) for row in units.unit_tree(session, context=context)]
    return [
        control("shown_name", _l("Full name"), required=True, maxlength=120, value=shown_name, autocomplete="off",
                help=_l("As colleagues and the other party see it")),
        control("unit_id", _l("Unit"), kind="select", value=str(unit_id or ""), options=choices),
    ]  # fmt: skip


def unit_of(sent: Mapping[str, str]) -> UUID | None:
    """The unit that a form names. Raises Invalid."""
    text = sent.get("unit_id", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(N_("There is no such unit."), field="unit_id") from None
