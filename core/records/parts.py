"""What records put on the customer's page: a card per type the customer has something of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from core.context import Context
from core.customers.parts import PagePart, drawn
from core.customers.shown import ShownCustomer
from core.db.base import db
from core.fields import FieldSet
from core.fields.display import display
from core.fields.masks import hide, mask_for
from core.plugin import RecordType
from core.records import queries
from core.web.current import catalog_view
from core.web.i18n import label, language

SHOWN_FIELDS = 4


@dataclass(frozen=True)
class Line:
    """A record as the reader may see it."""

    row: Any
    kind: RecordType
    fields: FieldSet
    context: Context

    @property
    def name(self) -> str:
        """What it is known by, else its running number."""
        for scheme in self.kind.identifiers:
            value = (self.row.identifiers or {}).get(scheme)
            if value:
                return self._shown(scheme, value)
        return str(self.row.number)

    def _shown(self, scheme: str, value: Any) -> str:
        field = self.fields.fields.get(f"{self.row.type.partition('.')[0]}.{scheme}")
        if field is None:
            return str(hide(value)) if self.context.masked else str(value)
        masker = mask_for(field.sensitivity, field.mask, party=self.context.party)
        return str(masker(value)).replace("****", " **** ").strip() if masker else str(value)

    @property
    def state(self) -> tuple[str, str]:
        choice = next((each for each in self.kind.states if each.key == self.row.state), None)
        return (label(choice.label), choice.tone) if choice is not None else (self.row.state, "mute")

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The first few fields that have a value and are not what it is known by."""
        found = []
        for name, value in self.fields.flat(self.row.attributes).items():
            field = self.fields.fields[name]
            if name.partition(".")[2] in self.kind.identifiers:
                continue
            masker = mask_for(field.sensitivity, field.mask, party=self.context.party)
            zone = ZoneInfo(self.context.zone)
            text = str(masker(value)) if masker else display(field, value, locale=language(), zone=zone)
            found.append((label(field.label), text))
        return found[:SHOWN_FIELDS]


def records_card(context: Context, customer: ShownCustomer) -> str:
    view = catalog_view()
    if not view.record_types or not context.may("record.read"):
        return ""
    rows = queries.records_of(db.session(), context=context, customer_id=customer.id)
    groups: dict[str, list[Line]] = {}
    for row in rows:
        kind = view.record_types.get(row.type)
        if kind is not None:
            line = Line(row, kind, FieldSet.of(view, target=f"record:{row.type}"), context)
            groups.setdefault(row.type, []).append(line)
    return drawn("records/card.html", groups=[(view.record_types[key], lines) for key, lines in groups.items()])


PAGE_PARTS: Sequence[PagePart] = (PagePart(key="records", placement="aside", render=records_card, order=40),)
