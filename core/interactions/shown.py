"""A contact as one reader may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask_babel import get_locale
from flask_babel import gettext as _

from core.context import Context
from core.customers.shown import spaced
from core.fields.display import display
from core.fields.masks import masker, shown_as, written
from core.interactions.fields import interaction_fields
from core.interactions.labels import DIRECTIONS, DISPOSITIONS, NEXT_STEPS, OUTCOMES
from core.plugin.catalog import CatalogView
from core.plugin.types import Tone
from core.web.formats import date_text, datetime_text, number
from core.web.i18n import label, language

TIMINGS = ("queued_s", "ring_s", "talk_s", "hold_s", "wrap_s")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """`hidden`: masked for this reader."""

    label: Any
    text: str
    hidden: bool = False


@dataclass(frozen=True)
class ShownInteraction:
    """`row` is what `queries.interaction_row` gives."""

    row: Any
    view: CatalogView
    context: Context

    @property
    def customer_name(self) -> str:
        return str(shown_as("name", self.row.customer_name, name="name", sight=self.context.sight))

    @property
    def direction(self) -> str:
        return label(DIRECTIONS[self.row.direction])

    @property
    def reach(self) -> tuple[str, Tone]:
        """One that is not in the tree any more is told by its key."""
        known = DISPOSITIONS.get(self.row.disposition)
        return (label(known.label), known.tone) if known is not None else (str(self.row.disposition), "mute")

    @property
    def came_of_it(self) -> list[Fact]:
        """Outcome and next step, as far as they are known."""
        found = [(_("Outcome"), OUTCOMES.get(self.row.outcome)), (_("Next step"), NEXT_STEPS.get(self.row.next_step))]
        return [Fact(label=name, text=label(text)) for name, text in found if text is not None]

    @property
    def began(self) -> str:
        return moment_text(self.row.started_at, precision=self.row.precision, zone=self.context.zone)

    @property
    def timings(self) -> list[Fact]:
        names = {
            "queued_s": _("Waiting"), "ring_s": _("Ringing"), "talk_s": _("Talk time"), "hold_s": _("On hold"),
            "wrap_s": _("Wrap-up"),
        }  # fmt: skip
        held = [(names[name], getattr(self.row, name)) for name in TIMINGS]
        return [
            Fact(label=name, text=_("%(number)s s", number=number(value))) for name, value in held if value is not None
        ]

    @property
    def note(self) -> str | None:
        return str(written(self.row.note, sight=self.context.sight)) if self.row.note else None

    @property
    def agent(self) -> str | None:
        """Whom the reader may know by name: a provider reads the client's name for its people."""
        if self.row.agent is None:
            return None
        if self.row.party == "client" and self.context.party == "provider":
            return self.context.tenant_name
        return str(self.row.agent)

    @cached_property
    def facts(self) -> list[Fact]:
        """The fields of verticals and of the tenant that have a value."""
        fields, zone = interaction_fields(self.view), ZoneInfo(self.context.zone)
        flat = fields.shown(self.row.attributes)
        found = []
        for name, field in fields.fields.items():
            if name not in flat:
                continue
            mask = masker(field, name=name, sight=self.context.sight)
            if mask is not None:
                found.append(Fact(label=field.label, text=spaced(str(mask(flat[name]))), hidden=True))
            else:
                text = display(field, flat[name], locale=language(), zone=zone, currency=self.context.currency)
                found.append(Fact(label=field.label, text=text))
        return found


def moment_text(at: datetime, *, precision: str, zone: str) -> str:
    """A moment as exactly as it is known: with its time, its day, or its month alone."""
    if precision in ("second", "minute", "hour"):
        return datetime_text(at, "full") if precision == "second" else datetime_text(at)
    local = at.astimezone(ZoneInfo(zone))
    if precision == "day":
        return date_text(local.date())
    return format_datetime(local, "yyyy-MM" if language() != "en" else "MMMM yyyy", locale=get_locale())
