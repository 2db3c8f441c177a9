"""One customer's page as it is drawn: head, facts by panel, numbers, timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from werkzeug.datastructures import MultiDict

from core.context import Context
from core.customers.fields import field_set
from core.customers.listing import Listing, segment_tests, telling
from core.customers.queries import IdentifierRow, identifiers_of
from core.customers.shown import Reader, ShownCustomer
from core.fields.masks import HIDDEN, Policy, policy_for, policy_of
from core.plugin.catalog import CatalogView
from core.plugin.types import Label, Segment
from core.timeline.queries import EVERYTHING, TimelinePage, Wanted
from core.timeline.stream import Stream
from core.web.words import word

FACTS = ("salutation", "born_on", "grade", "region", "country", "time_zone", "locale", "currency")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """`hidden` says that the reader does not see the value; `not_granted` that they will not, whatever they ask."""

    label: Any
    text: str
    hidden: bool = False
    policy: Policy = "clear"
    field: str = ""

    @property
    def not_granted(self) -> bool:
        return self.policy == "hidden"


@dataclass(frozen=True, kw_only=True)
class Number:
    id: UUID
    label: str
    text: str
    sealed: bool
    verified: bool
    policy: Policy = "clear"


def scheme_name(scheme: str) -> str:
    """The words for a scheme; one that nobody named is shown as it is."""
    return str(word("number_scheme", scheme))


def hidden_but_last(number: str) -> str:
    """The last four characters of a number of another system, where that hides more than it shows."""
    return HIDDEN + number[-4:] if len(number) >= 8 else HIDDEN


@dataclass(frozen=True, kw_only=True)
class Profile:
    context: Context
    view: CatalogView
    row: Row[Any]
    told: TimelinePage
    wanted: Wanted = EVERYTHING

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.context, field_set(self.view, region=self.context.country))

    @cached_property
    def customer(self) -> ShownCustomer:
        return self.reader.customer(self.row)

    @cached_property
    def names_shown(self) -> frozenset[str]:
        """Names of the fields and schemes of numbers that the page shows something of: for the trail."""
        filled = {name for name, value in self.customer.values.items() if value not in (None, "", [])}
        return frozenset(filled | {each.scheme for each in identifiers_of(self.row)})

    @cached_property
    def segments(self) -> list[Segment]:
        offered = Listing(view=self.view, args=MultiDict(), context=self.context).segments
        flat = {**self.reader.fields.flat(self.row.attributes), "state": self.row.state, "kind": self.row.kind}
        return [segment for segment, holds in segment_tests(self.view, offered.values()) if holds(flat)]

    @cached_property
    def summary(self) -> str | None:
        """The first telling field, beside the phone number."""
        names = telling(self.view, among=self.reader.fields.fields)
        return self.reader.text(self.customer, names[0]) if names and self.reader.has(self.customer, names[0]) else None

    @cached_property
    def facts(self) -> list[Fact]:
        return self._facts(FACTS)

    @cached_property
    def panels(self) -> list[tuple[Label, list[Fact]]]:
        """Panels that have something to show, and for the client what its verticals hold beside them."""
        left = dict.fromkeys(name for name in self.reader.fields.fields if "." in name)
        found = []
        for key, panel in self.view.panels.items():
            names = [f"{key.partition('.')[0]}.{field}" for field in panel.fields]
            found.append((panel.label, self._facts(names)))
            for name in names:
                left.pop(name, None)
        if self.context.party != "provider":
            for key, vertical in self.view.verticals.items():
                found.append((vertical.label, self._facts([name for name in left if name.startswith(f"{key}.")])))
        return [(label, facts) for label, facts in found if facts]

    @cached_property
    def numbers(self) -> list[Number]:
        """Document and card numbers are masked for everybody, numbers of other systems for who sees masks."""
        return [
            Number(
                id=each.id,
                label=scheme_name(each.scheme),
                text=self._number(each),
                sealed=each.sealed,
                verified=each.verified,
                policy=self._policy(each),
            )
            for each in identifiers_of(self.row)
        ]

    def _policy(self, each: IdentifierRow) -> Policy:
        found = policy_for("personal", None, name=each.scheme, sight=self.context.sight)
        return "masked" if each.sealed and found == "clear" else found

    def _number(self, each: IdentifierRow) -> str:
        policy = self._policy(each)
        if policy == "hidden":
            return HIDDEN
        return hidden_but_last(each.shown) if policy == "masked" and not each.sealed else each.shown

    @cached_property
    def stream(self) -> Stream:
        labels = {name: field.label for name, field in self.reader.fields.fields.items()}
        return Stream(context=self.context, wanted=self.wanted, page=self.told, labels=labels)

    def _facts(self, names: Sequence[str]) -> list[Fact]:
        return [
            Fact(
                label=self.reader.fields.fields[name].label,
                text=self.reader.text(self.customer, name),
                hidden=name in self.customer.hidden,
                policy=policy_of(self.reader.fields.fields[name], name=name, sight=self.context.sight),
                field=name,
            )
            for name in names
            if name in self.reader.fields.fields and self.reader.has(self.customer, name)
        ]
