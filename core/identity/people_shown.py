"""People and what became of them, ready to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.identity.directory import PersonRow
from core.identity.role_book import RoleBook
from core.plugin.types import Label
from core.web.i18n import label

DEEDS: Mapping[str, Any] = {
    "person.invited": _l("Was invited"),
    "person.joined": _l("Joined"),
    "person.roles_changed": _l("Roles were changed"),
    "person.changed": _l("Name or unit was changed"),
    "person.left": _l("Access was ended"),
    "person.returned": _l("Came back"),
}


@dataclass(frozen=True)
class ShownPerson:
    row: PersonRow
    book: RoleBook

    @property
    def roles(self) -> list[Label]:
        return [self.book.label(key) for key in self.row.roles]

    @property
    def active(self) -> bool:
        return self.row.ended_at is None and not self.row.seen.disabled

    @property
    def factors(self) -> str:
        """Which second factors stand, in words; empty for none."""
        names = {"totp": _("Authenticator app"), "passkey": _("Passkey")}
        return str(_(", ")).join(str(names[each]) for each in self.row.seen.factors)


@dataclass(frozen=True)
class Deed:
    """One line of a person's history."""

    at: Any
    text: str
    by: str | None
    party: str | None
    done: bool


def deeds(rows: Iterable[Any]) -> Sequence[Deed]:
    return [
        Deed(row.occurred_at, _deed(row), row.shown_name, row.party, row.outcome == "done")
        for row in rows
        if row.action in DEEDS or row.outcome != "done"
    ]


def _deed(row: Any) -> str:
    text = str(DEEDS.get(row.action, row.action))
    if row.outcome != "done":
        return str(_("Refused: %(what)s", what=text))
    reason = (row.details or {}).get("reason")
    return str(_("%(what)s: %(why)s", what=text, why=reason)) if reason else text


def named(book: RoleBook, roles: Iterable[str]) -> list[str]:
    return [label(book.label(key)) for key in roles]
