"""Read a customer's timeline, the latest first, fifty entries a page, narrowed by what the reader asks for.

A page is one walk along the customer's part of one index, from the latest or from where the last page ended. What it is narrowed
by stands in that index: an entry that is left out costs a look at the index, not one at the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core.context import Context
from core.db.keyset import Page, newest_first
from core.engagements.queries import leased
from core.errors import N_, Invalid
from core.timeline.models import TimelineEntry

PAGE = 50
NOUNS: Mapping[str, tuple[str, ...]] = {
    "all": (),
    "interactions": ("interaction",),
    "cases": ("case",),
    "gate": ("gate", "consent"),
    "records": ("record", "reading"),
    "changes": ("customer", "contact_point", "relationship", "attachment"),
    "findings": ("finding",),
}
"""What a page filters by: the nouns of an entry's `kind`."""
PARTIES = ("client", "provider", "system")
CHANNELS = ("phone", "sms", "email", "post", "chat", "visit")

TimelinePage = Page


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What of a timeline. `since` and `until` are days in the workspace's zone, both counted; `who` is a participant."""

    show: str = "all"
    party: str | None = None
    channel: str | None = None
    since: date | None = None
    until: date | None = None
    who: UUID | None = None
    case: UUID | None = None

    @property
    def narrowed(self) -> bool:
        """By more than its tabs."""
        return any(getattr(self, each.name) is not None for each in fields(self) if each.name != "show")


EVERYTHING = Wanted()


def wanted_of(args: Mapping[str, str]) -> Wanted:
    """What an address asks for. Raises Invalid for what is no such value."""
    try:
        return Wanted(
            show=args.get("show") or "all",
            party=args.get("party") or None,
            channel=args.get("channel") or None,
            since=date.fromisoformat(args["since"]) if args.get("since") else None,
            until=date.fromisoformat(args["until"]) if args.get("until") else None,
            who=UUID(args["who"]) if args.get("who") else None,
            case=UUID(args["case"]) if args.get("case") else None,
        )
    except ValueError:
        raise _unknown("since") from None


def entries(
    session: Session,
    *,
    context: Context,
    customer_id: UUID,
    wanted: Wanted | None = None,
    show: str = "all",
    after: str | None = None,
    limit: int = PAGE,
) -> TimelinePage:
    """One page. `show` is a key of NOUNS. Raises Invalid for a filter or cursor that is none."""
    entry = TimelineEntry
    where = [entry.customer_id == customer_id, *_conditions(wanted or Wanted(show=show), context=context)]
    if context.party == "provider":
        where.append(leased(entry.customer_id, context))
    columns: list[Any] = [
        entry.id, entry.occurred_at, entry.kind, entry.message, entry.values, entry.note, entry.tone, entry.icon,
        entry.party, entry.shown_name, entry.engagement_id, entry.subject_type, entry.subject_id, entry.channel,
        entry.participant_id, entry.customer_id,
    ]  # fmt: skip
    return newest_first(
        session, select(*columns).where(*where), moment=entry.occurred_at, key=entry.id, after=after, limit=limit
    )


def _conditions(wanted: Wanted, *, context: Context) -> list[ColumnElement[bool]]:
    entry = TimelineEntry
    _check(wanted)
    found: list[ColumnElement[bool]] = []
    if NOUNS[wanted.show]:
        found.append(entry.noun.in_(NOUNS[wanted.show]))
    if wanted.party is not None:
        found.append(entry.party == wanted.party)
    if wanted.channel is not None:
        found.append(entry.channel == wanted.channel)
    if wanted.since is not None:
        found.append(entry.occurred_at >= _begins(wanted.since, context))
    if wanted.until is not None:
        found.append(entry.occurred_at < _begins(wanted.until, context, days=1))
    if wanted.who is not None:
        found.append(entry.participant_id == wanted.who)
        if context.party == "provider":  # the client's people are the client to it: it cannot tell them apart by asking
            found.append(entry.party == "provider")
    if wanted.case is not None:
        found += [entry.subject_id == wanted.case, entry.subject_type == "case"]
    return found


def _check(wanted: Wanted) -> None:
    allowed = {"show": tuple(NOUNS), "party": (None, *PARTIES), "channel": (None, *CHANNELS)}
    for name, values in allowed.items():
        if getattr(wanted, name) not in values:
            raise _unknown(name)


def _begins(day: date, context: Context, *, days: int = 0) -> datetime:
    try:
        return datetime.combine(day + timedelta(days=days), time(), tzinfo=ZoneInfo(context.zone)).astimezone(UTC)
    except OverflowError:
        raise _unknown("since") from None


def _unknown(name: str) -> Invalid:
    return Invalid(N_("A timeline is not filtered by that."), field=name)
