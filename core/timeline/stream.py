"""A timeline as a page shows it: its entries in words, what it is narrowed by, and what else it may be narrowed by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask_babel import gettext as _

from core.context import Context
from core.plugin.types import Label
from core.timeline.queries import CHANNELS, PARTIES, TimelinePage, Wanted
from core.timeline.words import Told, told
from core.web.forms import Control, control
from core.web.words import word


@dataclass(frozen=True, kw_only=True)
class Stream:
    """`labels` names the fields that an entry may mention."""

    context: Context
    wanted: Wanted
    page: TimelinePage
    labels: Mapping[str, Label]

    @cached_property
    def told(self) -> list[Told]:
        return [told(row, context=self.context, labels=self.labels) for row in self.page.rows]

    @property
    def tabs(self) -> Sequence[tuple[str, Any]]:
        return (
            ("all", _("All")), ("interactions", _("Contacts made")), ("cases", _("Cases")), ("gate", _("Permissions")),
            ("records", _("Records")), ("changes", _("Changes")), ("findings", _("Findings")),
        )  # fmt: skip

    @cached_property
    def controls(self) -> list[Control]:
        """Of the form that narrows it. Who: those that this page names, and whoever was chosen."""
        wanted = self.wanted
        return [
            control("party", _("Side"), kind="select", value=wanted.party, placeholder=_("Any"),
                    options=[(key, self._party(key)) for key in PARTIES]),
            control("channel", _("Channel"), kind="select", value=wanted.channel, placeholder=_("Any"),
                    options=[(key, word("channel", key)) for key in CHANNELS]),
            control("who", _("By whom"), kind="select", value=str(wanted.who or ""), placeholder=_("Anybody"),
                    options=self._people),
            control("since", _("From day"), kind="date", value=wanted.since),
            control("until", _("To day"), kind="date", value=wanted.until),
        ]  # fmt: skip

    def _party(self, key: str) -> str:
        return str({"client": _("Client"), "provider": _("Provider"), "system": _("System")}[key])

    @cached_property
    def _people(self) -> list[tuple[str, str]]:
        """Whoever the reader can tell apart: to a provider the client's people are the client."""
        found: dict[str, str] = {}
        if self.context.participant_id is not None:
            found[str(self.context.participant_id)] = str(_("Me"))
        for row in self.page.rows:
            if (
                row.participant_id is not None
                and row.shown_name
                and (row.party == "provider" or self.context.party == "client")
            ):
                found.setdefault(str(row.participant_id), row.shown_name)
        if self.wanted.who is not None:
            found.setdefault(str(self.wanted.who), str(_("The one chosen")))
        return list(found.items())
