"""The page of a record: what it is, whom and what it belongs to, its counters and deadlines, and what happened to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.clocks.shown import shown_clock
from core.context import Context
from core.plugin import Counter
from core.plugin.catalog import CatalogView
from core.records import queries
from core.records.service import may_follow
from core.records.shown import RecordReader, ShownRecord
from core.timeline.words import actor
from core.web.chart import Chart, draw_bars
from core.web.formats import date_text, number
from core.web.forms import Control
from core.web.i18n import label
from core.web.vertical_routes import address_of_record
from core.web.words import word

CHARTED = 8
ACTS: Mapping[str, tuple[str, str]] = {
    "record.created": ("plus", "ok"),
    "record.updated": ("file", "info"),
    "reading.added": ("clock", "info"),
}


@dataclass(frozen=True, kw_only=True)
class Series:
    """One counter: its readings, the newest first, and a chart of the last ones."""

    counter: Counter
    rows: Sequence[Any]
    chart: Chart | None
    controls: Sequence[Control]


@dataclass(frozen=True, kw_only=True)
class Move:
    """A state the record may come into, or why it may not."""

    key: str
    text: str
    reason: str | None
    unrelated: bool
    """Whether the type lets this state not follow the present one, whoever asks."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """One entry as `ui.timeline` draws it."""

    icon: str
    tone: str
    title: str
    text: str | None
    actor: str
    party: str
    at: datetime
    href: str | None = None


@dataclass(frozen=True)
class RecordPage:
    """Made for one request."""

    session: Session
    context: Context
    view: CatalogView
    row: Any

    @cached_property
    def record(self) -> ShownRecord:
        return ShownRecord(self.row, self.reader)

    @cached_property
    def reader(self) -> RecordReader:
        return RecordReader(self.context, self.view, self.row.type)

    @cached_property
    def parents(self) -> list[ShownRecord]:
        """What it belongs to, the farthest first, as a path is read."""
        rows = queries.parents(self.session, context=self.context, parent_id=self.row.parent_id)
        return [self._shown(row) for row in reversed(rows) if row.type in self.view.record_types]

    @cached_property
    def child_types(self) -> list[str]:
        """Types that belong to records of this one."""
        return [
            key
            for key, kind in self.view.record_types.items()
            if kind.parent
            and (kind.parent if "." in kind.parent else f"{key.partition('.')[0]}.{kind.parent}") == self.row.type
        ]

    @cached_property
    def children(self) -> list[tuple[RecordReader, list[ShownRecord], bool]]:
        """By type: who reads, the newest of them, and whether there are more."""
        found = queries.children(self.session, context=self.context, record_id=self.row.id, types=self.child_types)
        return [
            (RecordReader(self.context, self.view, key), [self._shown(row) for row in page.rows], page.next is not None)
            for key, page in found.items()
        ]

    @property
    def links(self) -> list[tuple[str, str, str]]:
        """Pages of the vertical's own about this record: text, icon, address."""
        owner, _dot, key = self.row.type.partition(".")
        return [
            (str(label(route.label or {})), route.icon, address_of_record(route, vertical=owner, record_id=self.row.id))
            for (vertical, _method, _path), route in self.view.routes.items()
            if vertical == owner and route.on == f"record:{key}" and self.context.may(route.permission)
        ]

    def series(self, controls_of: Any) -> list[Series]:
        """`controls_of(counter)` gives the form of a reading."""
        found = []
        for counter in self.reader.kind.counters:
            rows = queries.readings(self.session, record_id=self.row.id, counter=counter.key)
            chart = _chart(counter, rows) if len(rows) > 1 else None
            found.append(Series(counter=counter, rows=rows, chart=chart, controls=controls_of(counter)))
        return found

    @property
    def moves(self) -> list[Move]:
        """Every other state, allowed or with the reason why not."""
        allowed = may_follow(self.reader.kind, self.row.state)
        denied = None if self.context.may("record.write") else _("Only the client changes records.")
        why_not = _("It does not follow “%(state)s”.", state=self.record.state[0])
        return [
            Move(
                key=each.key,
                text=str(label(each.label)),
                reason=denied or (None if each.key in allowed else why_not),
                unrelated=each.key not in allowed,
            )
            for each in self.reader.kind.states
            if each.key != self.row.state
        ]

    @cached_property
    def clocks(self) -> list[dict[str, Any]]:
        """Its deadlines as `clocks/_clock.html` draws them."""
        names = {each.key: each.label for each in self.reader.kind.timers}
        rows = queries.clocks_of(self.session, record_id=self.row.id)
        return [shown_clock(row, title=str(label(names.get(row.timer, row.timer)))) for row in rows]

    @cached_property
    def findings(self) -> Sequence[Any]:
        return queries.findings_of(self.session, record_id=self.row.id)

    def rule_label(self, key: str) -> Any:
        rule = self.view.all_rules().get(key)
        return rule.label if rule is not None else key

    @cached_property
    def acts(self) -> list[Act]:
        """What happened to it: for the client who did what, for a provider the states it came into."""
        if self.context.party != "provider":
            noted = [self._act(row) for row in queries.acts_of(self.session, record_id=self.row.id, actions=ACTS)]
            return noted or [self._first(_("Added"), self.row.created_at)]
        entered = [(datetime.fromisoformat(each["at"]), each["state"]) for each in self.row.history]
        if not entered:  # from before states were kept
            return [self._first(self.record.state[0], self.row.occurred_at or self.row.created_at)]
        return [
            Act(icon=self.reader.kind.icon, tone=self.reader.state(state)[1], title=self.reader.state(state)[0],
                text=None, actor="", party="client", at=at)
            for at, state in reversed(entered)
        ]  # fmt: skip

    def _first(self, title: str, at: datetime) -> Act:
        return Act(icon="plus", tone="ok", title=title, text=None, actor="", party="client", at=at)

    def _act(self, row: Any) -> Act:
        icon, tone = ACTS[row.action]
        titles = {
            "record.created": _("Added"),
            "record.updated": _("Changed"),
            "reading.added": _("Counter read"),
        }
        names = [str(label(self._field_label(name))) for name in row.fields]
        return Act(
            icon=icon, tone=tone, title=titles[row.action],
            text=_(", ").join(names) if names and row.action != "record.created" else None,
            actor=actor(row, context=self.context), party=row.party, at=row.occurred_at,
        )  # fmt: skip

    def _field_label(self, name: str) -> Any:
        field = self.reader.fields.fields.get(name)
        if field is not None:
            return field.label
        counter = next((each for each in self.reader.kind.counters if each.key == name), None)
        return counter.label if counter is not None else word("record_column", name)

    def _shown(self, row: Any) -> ShownRecord:
        return ShownRecord(row, RecordReader(self.context, self.view, row.type))


def _chart(counter: Counter, rows: Sequence[Any]) -> Chart:
    """The last readings, the oldest first."""
    last = list(reversed(rows[:CHARTED]))
    name, unit = str(label(counter.label)), str(label(counter.unit))
    first, final = last[0], last[-1]
    return draw_bars(
        [date_text(each.read_at) for each in last],
        series=[(name, [each.value for each in last])],
        title=_("%(counter)s in %(unit)s", counter=name, unit=unit),
        summary=_("From %(first)s to %(last)s %(unit)s in %(count)s readings",
                  first=number(first.value), last=number(final.value), unit=unit, count=len(last)),
        height=160,
    )  # fmt: skip
