"""What the pages of duplicates show: two customers side by side, why they may be one, what would survive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.context import Context
from core.customers import queries as customer_queries
from core.customers.fields import core_fields, field_set
from core.customers.profile import scheme_name
from core.customers.shown import Reader, ShownCustomer
from core.duplicates import checks, queries, undoing
from core.duplicates.linkage.model import probability
from core.duplicates.matching import model_of, records_of, terms_stored
from core.duplicates.merging import both
from core.duplicates.models import DuplicatePair
from core.duplicates.people import LOWER, UPPER
from core.duplicates.since import Row as SinceRow
from core.duplicates.survivorship import Choice, choices
from core.plugin.catalog import CatalogView
from core.plugin.types import Label
from core.web.i18n import label
from core.web.words import word

TONES: Mapping[str, str] = {"same": "ok", "close": "info", "alike": "info", "different": "bad", "missing": ""}
"""Of levels."""

TABLES: Mapping[str, Label] = {
    "case": {"zh-CN": "工单", "en": "Cases"},
    "case_comment": {"zh-CN": "工单评论", "en": "Comments on cases"},
    "interaction": {"zh-CN": "客户接触", "en": "Interactions"},
    "record": {"zh-CN": "记录", "en": "Records"},
    "contact": {"zh-CN": "联系人", "en": "Contacts"},
    "contact_point": {"zh-CN": "联系方式", "en": "Ways to reach them"},
    "consent": {"zh-CN": "同意", "en": "Consents"},
    "do_not_contact": {"zh-CN": "免打扰", "en": "Wishes not to be contacted"},
    "customer_identifier": {"zh-CN": "编号", "en": "Numbers"},
    "lease": {"zh-CN": "租借", "en": "Leases"},
    "lease_ended": {"zh-CN": "结束的租借", "en": "Leases that ended"},
    "timeline_entry": {"zh-CN": "时间线条目", "en": "Timeline entries"},
    "attachment": {"zh-CN": "附件", "en": "Attachments"},
    "finding": {"zh-CN": "发现", "en": "Findings"},
    "approval": {"zh-CN": "复核请求", "en": "Requests for approval"},
    "clock": {"zh-CN": "时钟", "en": "Clocks"},
    "customer_relationship": {"zh-CN": "关系", "en": "Relationships"},
    "relationship": {"zh-CN": "关系", "en": "Relationships"},
}
"""What tables hold, in words; the others are told together."""
OTHERS: Label = {"zh-CN": "其他", "en": "Others"}


CERTAIN = 0.999
"""Nothing is told to be surer."""


def likelihood(weight: int) -> float:
    """Of hundredths of a bit."""
    return min(probability(weight / 100), CERTAIN)


def field_word(name: str) -> str:
    """What a compared field is called."""
    field = core_fields("CN").get(name)
    return str(label(field.label)) if field is not None else str(_("Identity document"))


def tone(weight: int) -> str:
    return "warn" if weight / 100 >= UPPER else "info"


def counted(counts: Mapping[str, int]) -> list[tuple[Label, int]]:
    """What moved, in words, the most first."""
    found: dict[str, tuple[Label, int]] = {}
    for table, number in counts.items():
        known = TABLES.get(table, OTHERS)
        held = found.get(known["en"], (known, 0))
        found[known["en"]] = (known, held[1] + number)
    return sorted(found.values(), key=lambda each: (each[0] is OTHERS, -each[1]))


@dataclass(frozen=True, kw_only=True)
class Line:
    """A field of both, as the reader may see it. `choice` is None where there is nothing to choose."""

    name: str
    label: Any
    ours: str
    theirs: str
    choice: Choice

    @property
    def open(self) -> bool:
        return self.choice.why != "same"


class Comparison:
    """Two customers, `survivor` the one that would stay. `typed` is what a form said, shown again where it was refused."""

    def __init__(
        self, session: Session, *, context: Context, view: CatalogView, survivor_id: UUID, customer_id: UUID,
        typed: Mapping[str, Any] | None = None, error: Any = None,
    ) -> None:  # fmt: skip
        self._session, self._context, self._view = session, context, view
        self.survivor_row, self.merged_row = both(session, survivor_id, customer_id, lock=False)
        self.typed, self.error = typed or {}, error

    @cached_property
    def pair(self) -> DuplicatePair | None:
        return queries.pair_row(self._session, one_id=self.survivor_row.id, other_id=self.merged_row.id)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self._context, field_set(self._view, region=self._context.country))

    @cached_property
    def survivor(self) -> ShownCustomer:
        return self._shown(self.survivor_row.id)

    @cached_property
    def merged(self) -> ShownCustomer:
        return self._shown(self.merged_row.id)

    def _shown(self, customer_id: UUID) -> ShownCustomer:
        row = customer_queries.customer_row(self._session, context=self._context, customer_id=customer_id)
        assert row is not None  # both were found
        self._rows = {**getattr(self, "_rows", {}), customer_id: row}
        return self._reader.customer(row)

    @cached_property
    def lines(self) -> list[Line]:
        found = choices(self._session, view=self._view, survivor=self.survivor_row, merged=self.merged_row)
        return [
            Line(
                name=each.name,
                label=self._reader.fields.fields[each.name].label,
                ours=self._text(self.survivor, each.name),
                theirs=self._text(self.merged, each.name),
                choice=each,
            )
            for each in found
        ]

    def _text(self, customer: ShownCustomer, name: str) -> str:
        if name == "phone" and customer.spoken_phone:
            return customer.spoken_phone
        return self._reader.text(customer, name) if self._reader.has(customer, name) else ""

    def takes(self, line: Line) -> bool:
        """Whether the merged one's value is ticked."""
        said = self.typed.get(f"take.{line.name}")
        return line.choice.take if said is None else said == "theirs"

    @cached_property
    def numbers(self) -> list[tuple[str, str, str]]:
        """Numbers by which both are known: documents masked for everybody."""
        held: dict[str, list[str]] = {}
        for at, customer in enumerate((self.survivor, self.merged)):
            for each in customer_queries.identifiers_of(self._rows[customer.id]):
                shown = each.shown if self._context.sight.clear or each.sealed else "****"
                held.setdefault(each.scheme, ["", ""])[at] += f"{_(', ') if held[each.scheme][at] else ''}{shown}"
        return [(scheme_name(scheme), *texts) for scheme, texts in sorted(held.items())]  # type: ignore[misc]

    @cached_property
    def terms(self) -> list[tuple[Any, Any, str, float]]:
        """The trace: field, level, its tone, weight in bits."""
        return [
            (
                field_word(each["field"]),
                word("match_level", each["level"]),
                TONES[each["level"]],
                each["weight"],
            )
            for each in self._terms
        ]

    @cached_property
    def _terms(self) -> Sequence[Mapping[str, Any]]:
        if self.pair is not None:
            return self.pair.terms
        return self._fresh[1]

    @cached_property
    def _fresh(self) -> tuple[int, Sequence[Mapping[str, Any]]]:
        known, model = records_of(self._session, [self.survivor_row.id, self.merged_row.id]), model_of(self._session)
        if len(known) != 2:
            return -6000, []
        levels = model.levels(known[self.survivor_row.id], known[self.merged_row.id])
        return round(model.weight(levels) * 100), terms_stored(model.trace(levels))

    @property
    def weight(self) -> int:
        return self.pair.weight if self.pair is not None else self._fresh[0]

    @property
    def start(self) -> float:
        """What two customers taken at random weigh: the rest of the sum."""
        return float(self.weight / 100 - sum(each["weight"] for each in self._terms))

    @property
    def verdict(self) -> str:
        if self.weight / 100 >= UPPER:
            return str(_("Very likely one customer"))
        return str(_("Perhaps one customer")) if self.weight / 100 >= LOWER else str(_("Probably two customers"))

    @cached_property
    def refusals(self) -> list[checks.Refusal]:
        return checks.refusals(
            self._session, zone=self._context.zone, survivor=self.survivor_row, merged=self.merged_row
        )

    @cached_property
    def widened(self) -> list[checks.Widened]:
        return checks.widened(self._session, survivor=self.survivor_row, merged=self.merged_row)

    @property
    def may_lend(self) -> bool:
        return self._context.may(checks.LEND)

    @cached_property
    def group(self) -> list[ShownCustomer]:
        """Others that hang together with these two."""
        ids = queries.group_of(self._session, one_id=self.survivor_row.id, other_id=self.merged_row.id)
        return [self._shown(each) for each in ids if each not in (self.survivor_row.id, self.merged_row.id)]


class Merged:
    """One merge: what moved, whether it can be undone, and what came since."""

    def __init__(self, session: Session, *, row: Any, merge: Any, since: Sequence[SinceRow]) -> None:
        self._session, self.row, self.merge, self.since = session, row, merge, since

    @property
    def counts(self) -> list[tuple[Label, int]]:
        return counted(self.row.counts)

    @cached_property
    def refusals(self) -> list[checks.Refusal]:
        return undoing.refusals(self._session, merge=self.merge)

    @cached_property
    def groups(self) -> list[tuple[Label, list[SinceRow]]]:
        found: dict[str, tuple[Label, list[SinceRow]]] = {}
        for each in self.since:
            found.setdefault(each.table, (TABLES.get(each.table, OTHERS), []))[1].append(each)
        return list(found.values())

    @property
    def left(self) -> list[tuple[Label, int]]:
        counts: dict[str, int] = {}
        for each in self.row.left:
            counts[each["table"]] = counts.get(each["table"], 0) + 1
        return counted(counts)
