"""The trail as its pages say it: filters from an address, entries as sentences, the state of the chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import Row
from sqlalchemy.orm import Session

from core.audit import queries, service, subjects, words
from core.audit.queries import GROUPS, Filters
from core.audit.sentences import SENTENCES
from core.audit.subjects import Person
from core.context import Context
from core.db.keyset import Page
from core.web.i18n import label
from core.web.links import link_to

OUTCOMES = {"done": "mute", "denied": "warn", "failed": "bad"}
PARTIES = ("client", "provider", "system")
ASKED = (
    "person", "engagement", "party", "action", "outcome", "kind", "number", "since", "until", "customer", "after",
)  # fmt: skip
NONE_SUCH = UUID(int=0)
"""What a number that is nobody's is asked for as: it finds nothing, like one that the reader may not see."""


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def filters_of(session: Session, args: Mapping[str, str], context: Context) -> Filters:
    """What an address asks for. What is none is passed over, as a link may be old. Days are the reader's."""
    zone = ZoneInfo(context.zone)
    since, until = _date(args.get("since")), _date(args.get("until"))
    kind, number = args.get("kind", "customer"), args.get("number", "").strip().removeprefix("#")
    subject = None
    if number.isascii() and number.isdigit() and len(number) < 19 and kind in words.KINDS:
        subject = (kind, subjects.by_number(session, kind=kind, number=int(number)) or NONE_SUCH)
    customer = _uuid(args.get("customer"))
    if subject is not None and subject[0] == "customer":  # also what was done with the cases and records of one
        customer, subject = subject[1], None
    action = args.get("action")
    return Filters(
        person=_uuid(args.get("person")),
        party=args.get("party") if args.get("party") in PARTIES else None,
        engagement=_uuid(args.get("engagement")),
        action=action if action in SENTENCES or action in GROUPS else None,
        outcome=args.get("outcome") if args.get("outcome") in OUTCOMES else None,
        subject=subject,
        customer=customer,
        since=datetime.combine(since, time(), zone) if since else None,
        until=datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
    )


@dataclass(frozen=True, kw_only=True)
class ShownEntry:
    """One entry in words. `href` leads to what it is about, where that has a page."""

    row: Row[Any]
    person: Person | None
    numbers: Mapping[tuple[str, UUID], int]

    @cached_property
    def did(self) -> str:
        row = self.row
        said = words.sentence(
            row.action, subject_type=row.subject_type, number=self.number, details=row.details
        )  # fmt: skip
        if row.outcome == "denied" and row.action in words.PERMISSIONS:
            said = label(words.PERMISSIONS[row.action])
        return str(_(words.REFUSED, act=said)) if row.outcome == "denied" else said

    @property
    def number(self) -> int | None:
        return self.numbers.get((self.row.subject_type, self.row.subject_id))

    @property
    def customer_number(self) -> int | None:
        return self.numbers.get(("customer", self.row.customer_id)) if self.row.subject_type != "customer" else None

    @property
    def who(self) -> str:
        if self.person is not None:
            return self.person.name
        return str(_("Kehub") if self.row.participant_id is None else _(words.NOBODY))

    @property
    def sentence(self) -> str:
        company = f" ({self.person.company})" if self.person and self.person.company else ""
        return str(_("%(who)s%(company)s %(did)s", who=self.who, company=company, did=self.did))

    @property
    def masked(self) -> str:
        return _list_of(self.row.details.get("masked", ()))

    @property
    def fields(self) -> str:
        return _list_of(self.row.fields)

    @property
    def href(self) -> str | None:
        return link_to(self.row.subject_type, self.row.subject_id) if self.number is not None else None

    @property
    def tone(self) -> str:
        return OUTCOMES[self.row.outcome]

    @property
    def through_api(self) -> bool:
        return str(self.row.details.get("endpoint", "")).startswith("api_")


def _list_of(names: Sequence[str]) -> str:
    return str(_(", ")).join(dict.fromkeys(words.field(name) for name in names))


def shown(session: Session, rows: Sequence[Row[Any]]) -> list[ShownEntry]:
    """Entries in words: one statement for the people, one for each type of subject."""
    people = subjects.people(session, sorted({row.participant_id for row in rows if row.participant_id}))
    numbers = subjects.numbers(session, rows)
    return [ShownEntry(row=row, person=people.get(row.participant_id), numbers=numbers) for row in rows]


@dataclass(frozen=True)
class Trail:
    """The list as `audit/index.html` draws it."""

    session: Session
    context: Context
    args: Mapping[str, str]

    @cached_property
    def filters(self) -> Filters:
        return filters_of(self.session, self.args, self.context)

    @cached_property
    def page(self) -> Page:
        return queries.entries(
            self.session, context=self.context, filters=self.filters, after=self.args.get("after")
        )  # fmt: skip

    @cached_property
    def entries(self) -> list[ShownEntry]:
        return shown(self.session, self.page.rows)

    @property
    def chosen(self) -> dict[str, str]:
        """What the address says, as the form shows it."""
        return {name: self.args.get(name, "") for name in ASKED}

    @property
    def narrowed(self) -> bool:
        return bool(self.filters.stored())

    @property
    def customer_number(self) -> int | None:
        """The customer that the list is narrowed to."""
        wanted = self.filters.customer
        if wanted is None or not self.entries:
            return None
        return self.entries[0].numbers.get(("customer", wanted))

    @cached_property
    def people(self) -> list[tuple[str, str]]:
        found = subjects.people(self.session).values()
        return [(str(each.id), f"{each.name} · {each.company}" if each.company else each.name) for each in found]

    @cached_property
    def engagements(self) -> list[tuple[str, str]]:
        if self.context.party == "provider":
            return []
        return [(str(key), name) for key, name in subjects.engagements(self.session)]

    @property
    def actions(self) -> list[tuple[str, str]]:
        groups = [("looks", str(_("Every look at data"))), ("exports", str(_("Every export")))]
        return groups + sorted(((key, words.act(key)) for key in SENTENCES), key=lambda act: act[1])

    @cached_property
    def chain(self) -> queries.Chain | None:
        """For the client: a provider is not told how much others do."""
        return None if self.context.party == "provider" else queries.chain(self.session)


@dataclass(frozen=True)
class Detail:
    """One entry as `audit/show.html` draws it."""

    session: Session
    context: Context
    row: Row[Any]

    @cached_property
    def entry(self) -> ShownEntry:
        return shown(self.session, [self.row])[0]

    @cached_property
    def proof(self) -> queries.Proof | None:
        return queries.proof(self.session, row=self.row)

    @cached_property
    def kept(self) -> dict[str, str | None]:
        """Values for who may see them in clear; for others only that there are some."""
        if self.context.masked:
            return dict.fromkeys(self.row.kept or ())
        return service.opened(self.session, entry=self.row)

    @property
    def details(self) -> list[tuple[str, str]]:
        told = {name: value for name, value in self.row.details.items() if name != "masked"}
        return [(words.field(name), _(", ").join(map(str, value)) if isinstance(value, list) else str(value))
                for name, value in sorted(told.items())]  # fmt: skip
