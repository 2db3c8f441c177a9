"""A request as one reader sees it: words in their language, free text masked for a provider, and whether they may decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.approvals.delegations import StandIn
from core.approvals.service import OVER, standing_of
from core.context import Context
from core.errors import Denied
from core.fields.masks import written
from core.identity.roles import roles_with
from core.web.i18n import label
from core.web.links import link_to
from core.web.sentences import sentence, value_text

KINDS: Mapping[str, Any] = {
    "case.step": _l("Step of a case"),
    "configuration.import": _l("Change of the configuration"),
    "parameter.override": _l("Own value of a parameter"),
    "rule.change": _l("Change of a rule"),
    "record.change": _l("Change of a record"),
    "export.rows": _l("Export as a file"),
}
"""What a request of a kind is about. A vertical's own kinds are shown by their key."""

SUBJECTS: Mapping[str, Any] = {
    "case": _l("Show the case"),
    "customer": _l("Show the customer"),
    "record": _l("Show the record"),
    "export": _l("Show the export"),
}

STATES: Mapping[str, tuple[Any, str]] = {
    "requested": (_l("Undecided"), "warn"),
    "approved": (_l("Approved"), "ok"),
    "refused": (_l("Refused"), "bad"),
    "withdrawn": (_l("Withdrawn"), "mute"),
    "expired": (_l("Expired"), "mute"),
}


@dataclass(frozen=True)
class ShownApproval:
    """`row` is what `queries` give, `people` those the reader stands in for."""

    row: Any
    context: Context
    people: Sequence[StandIn]

    @property
    def title(self) -> str:
        return sentence(self.row.title.get("message", ""), self.row.title.get("values", {}))

    @property
    def kind(self) -> str:
        return str(KINDS.get(self.row.kind, self.row.kind))

    @property
    def state(self) -> str:
        return str(STATES["expired" if self.over else self.row.state][0])

    @property
    def tone(self) -> str:
        return STATES["expired" if self.over else self.row.state][1]

    @property
    def over(self) -> bool:
        """Nobody decided in time, whether or not that is noted yet."""
        return bool(self.row.state == "requested" and self.row.expires_at <= datetime.now(UTC))

    @property
    def open(self) -> bool:
        return self.row.state == "requested" and not self.over

    @property
    def changes(self) -> list[tuple[Any, str, str]]:
        return [
            (each["name"], value_text(each["before"]), value_text(each["after"]))
            for each in self.row.title.get("changes", ())
        ]

    @property
    def reason(self) -> str | None:
        return self._free(self.row.reason)

    @property
    def note(self) -> str | None:
        return self._free(self.row.decision_note)

    @property
    def asked_by(self) -> str:
        return self._person(self.row.asked_by, self.row.requested_party)

    @property
    def decided_by(self) -> str:
        return self._person(self.row.decider, self.row.decider_party or "client")

    @property
    def decided_for(self) -> str | None:
        """In whose place; the client's people are not named to a provider."""
        named = self.row.decider_for is not None and not (
            self.context.party == "provider" and self.row.decider_party == "client"
        )
        return self.row.decider_for if named else None

    @cached_property
    def standing(self) -> StandIn | str | None:
        """In whose place the reader would decide, None for in their own right, or the reason why they may not."""
        if self.over:
            return str(_(OVER))
        try:
            return standing_of(self.context, self.row, self.people)
        except Denied as refusal:
            return str(_(refusal.message, **refusal.params))

    @property
    def why_not(self) -> str | None:
        return self.standing if isinstance(self.standing, str) else None

    @property
    def in_place_of(self) -> str | None:
        return self.standing.name if isinstance(self.standing, StandIn) else None

    @property
    def deciders(self) -> str:
        """The roles that may decide."""
        return str(_(", ")).join(label(role.label) for role in roles_with(self.row.permission)) or self.row.permission

    @property
    def mine(self) -> bool:
        return self.row.requested_by is not None and self.row.requested_by == self.context.participant_id

    @property
    def links(self) -> list[tuple[str, str]]:
        """Where the subject is shown, and the customer it is about."""
        wanted = [(self.row.subject_type, self.row.subject_id)]
        if self.row.subject_type != "customer":
            wanted.append(("customer", self.row.customer_id))
        found = [(SUBJECTS.get(kind, _l("Show the subject")), link_to(kind, key)) for kind, key in wanted]
        return [(str(text), href) for text, href in found if href is not None]

    def _free(self, text: str | None) -> str | None:
        shown: str | None = written(text, sight=self.context.sight)
        return shown

    def _person(self, name: str | None, party: str) -> str:
        if party == "system":
            return str(_("System"))
        if name is None or (party == "client" and self.context.party == "provider"):
            return self.context.tenant_name if party == "client" else str(self.context.provider_name or "–")
        return name
