"""What the pages of exports show: the form over a list, and a request with its state."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from core.errors import NotFound
from core.exports.models import ExportRequest
from core.exports.sources import CARDS, SOURCES, Asker
from core.gate.acts import GateRefused
from core.gate.facts import PURPOSES
from core.web.forms import Control, as_id, control
from core.web.i18n import label
from core.web.words import word

STATES: Mapping[str, tuple[Any, str]] = {
    "requested": (_l("Waits for a decision"), "warn"),
    "running": (_l("Being written"), "info"),
    "done": (_l("Ready"), "ok"),
    "refused": (_l("Refused"), "bad"),
    "failed": (_l("Failed"), "bad"),
    "expired": (_l("Over"), "mute"),
}
FORMATS: Mapping[str, Any] = {
    "xlsx": _l("Excel workbook (XLSX)"),
    "csv": _l("Text table (CSV)"),
    "vcard": _l("Cards (vCard)"),
}
FIRST = frozenset(
    {
        "number",
        "name",
        "phone",
        "region",
        "state",
        "customer",
        "customer_number",
        "title",
        "role",
        "started_at",
        "outcome",
    }
)
"""Fields that are ticked when the form opens: what a purpose mostly needs, no more."""
OWN = frozenset(
    [
        "what",
        "type",
        "ids",
        "format",
        "purpose",
        "reason",
        "fields",
        "chosen",
        "after",
        "column",
        "hide",
        "view",
        "sort",
    ]
)
"""Arguments of the form itself; every other is the list's."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """`values` are what the service is asked."""

    asker: Asker
    values: dict[str, Any]
    errors: Mapping[str, str] = field(default_factory=dict)
    refused: GateRefused | None = None

    @classmethod
    def of_address(cls, asker: Asker, args: MultiDict[str, str]) -> Form:
        what = args.get("what", "customers")
        return cls._of(asker, what, args.get("type", ""), args, args.getlist("ids"))

    @classmethod
    def of_list(cls, asker: Asker, target: str, args: MultiDict[str, str], rows: Sequence[UUID] | None) -> Form:
        """`target` is the list's name (`core.lists.places`); `rows` those of it that are meant, None for all it finds."""
        kind, _colon, rest = target.partition(":")
        return cls._of(asker, f"{kind}s", rest, args, [str(each) for each in rows or ()])

    @classmethod
    def _of(cls, asker: Asker, what: str, kind: str, args: MultiDict[str, str], ids: Sequence[str]) -> Form:
        chosen: dict[str, Any] = {"args": {key: value for key, value in args.items() if key not in OWN}}
        if what == "records":
            chosen["type"] = kind
        if ids:
            chosen["ids"] = list(ids)
        known = _known(asker, what, chosen)
        first = [name for name in known if name in FIRST] or list(known)
        return cls(
            asker=asker,
            values={"what": what, "chosen": chosen, "fields": first, "format": "xlsx", "purpose": "", "reason": ""},
        )

    @classmethod
    def sent(cls, asker: Asker, form: MultiDict[str, str]) -> Form:
        what = form.get("what", "")
        try:
            chosen = json.loads(form.get("chosen", "{}"))
        except ValueError:
            raise NotFound from None
        if (
            not isinstance(chosen, dict)
            or not isinstance(chosen.get("args", {}), dict)
            or chosen.keys() - {"args", "type", "ids"}
        ):
            raise NotFound
        _known(asker, what, chosen)
        return cls(
            asker=asker,
            values={
                "what": what, "chosen": chosen, "fields": form.getlist("fields"), "format": form.get("format", ""),
                "purpose": form.get("purpose", ""), "reason": form.get("reason", ""),
            },
        )  # fmt: skip

    def wrong(self, errors: Mapping[str, str], *, refused: GateRefused | None) -> Form:
        return replace(self, errors=errors, refused=refused)

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """As `ui.gate` draws them."""
        refused = self.refused.reasons if self.refused else ()
        return [
            {"text": each["text"], "cite": each["citation"] or None, "verdict": each["verdict"]} for each in refused
        ]

    @property
    def label(self) -> Any:
        return SOURCES[self.values["what"]].label

    @property
    def chosen(self) -> str:
        return json.dumps(self.values["chosen"])

    @property
    def picked(self) -> bool:
        """Whether single rows were ticked."""
        return bool(self.values["chosen"].get("ids"))

    @cached_property
    def count(self) -> int:
        return SOURCES[self.values["what"]].count(self.asker, self.values["chosen"])

    @cached_property
    def controls(self) -> Sequence[Control]:
        values, errors = self.values, self.errors
        formats = [(key, str(text)) for key, text in FORMATS.items() if key != "vcard" or values["what"] in CARDS]
        purposes = [(key, str(word("purpose", key))) for key in PURPOSES if key != "any"]
        return [
            control("purpose", _l("What for"), kind="select", required=True, options=[("", "–"), *purposes],
                    value=values["purpose"], error=errors.get("purpose")),
            control("reason", _l("Why"), required=True, value=values["reason"], error=errors.get("reason"),
                    help=_l("Another person reads it and decides.")),
            control("format", _l("Format"), kind="select", required=True, options=formats, value=values["format"],
                    error=errors.get("format")),
        ]  # fmt: skip

    @cached_property
    def fields(self) -> list[tuple[str, str, bool]]:
        known = _known(self.asker, self.values["what"], self.values["chosen"])
        chosen = set(self.values["fields"])
        return [(name, _text(text), name in chosen) for name, text in known.items()]


def _known(asker: Asker, what: str, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises NotFound for a kind that is none, or none that the reader sees."""
    source = SOURCES.get(what)
    if source is None or not asker.context.may(source.permission):
        raise NotFound
    ids = chosen.get("ids", [])
    if not isinstance(ids, list) or any(as_id(str(each)) is None for each in ids):
        raise NotFound
    if what == "records" and chosen.get("type") not in asker.view.record_types:
        raise NotFound
    return source.fields(asker, chosen)


def _text(text: Any) -> str:
    return str(label(text)) if isinstance(text, Mapping) else str(text)


@dataclass(frozen=True)
class Shown:
    """A request as a page shows it."""

    row: ExportRequest
    asker: Asker

    @property
    def state(self) -> tuple[Any, str]:
        return STATES[self.row.state]

    @property
    def label(self) -> Any:
        return SOURCES[self.row.what].label

    @property
    def fields(self) -> str:
        known = _known(self.asker, self.row.what, self.row.chosen)
        return " · ".join(_text(known[name]) for name in self.row.fields if name in known)

    @property
    def mine(self) -> bool:
        return self.row.requested_by == self.asker.context.participant_id
