"""What the pages of segments show: lines of the list, one segment with its figures, and the form that makes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from core.conditions import ConditionError
from core.context import Context
from core.customers.fields import condition_fields
from core.fields.editor import ConditionEditor
from core.jobs.models import BulkRun
from core.plugin.catalog import CatalogView
from core.segments import counting, meaning, service
from core.segments.meaning import Definition
from core.segments.models import Segment
from core.web.formats import percent
from core.web.forms import Control, control
from core.web.i18n import label

MODES: Mapping[str, Any] = {"live": _l("Always current"), "snapshot": _l("Snapshot")}
CRITERIA: Mapping[str, tuple[Any, Any]] = {
    "measurable": (_l("Measurable"), _l("Its fields are filled in, so that one can say who is in it.")),
    "substantial": (_l("Substantial"), _l("It is large enough to be worth a treatment of its own.")),
    "accessible": (_l("Accessible"), _l("Its customers can be reached, and may be.")),
    "differentiable": (_l("Differentiable"), _l("It answers to an offer differently from the others.")),
    "actionable": (_l("Actionable"), _l("There is something that will be done for it, and people to do it.")),
}
"""The five questions of segmentation, and what each asks."""


@dataclass(frozen=True)
class SegmentPage:
    """One segment as its page shows it."""

    session: Session
    context: Context
    view: CatalogView
    found: Definition

    @cached_property
    def row(self) -> Segment | None:
        return self.session.get(Segment, (self.context.tenant_id, self.found.id)) if self.found.id else None

    @cached_property
    def run(self) -> BulkRun | None:
        """The run that takes its members, while it works or where it failed."""
        key = self.row.run_id if self.row else None
        return self.session.get(BulkRun, (self.context.tenant_id, key)) if key else None

    @property
    def taking(self) -> bool:
        return self.run is not None and self.run.state in ("waiting", "running")

    @cached_property
    def evidence(self) -> counting.Evidence | None:
        return None if self.found.broken else counting.evidence(self.session, view=self.view, found=self.found)

    @cached_property
    def slow(self) -> list[str]:
        """Labels of fields that are read row by row."""
        if self.found.condition is None or self.found.broken:
            return []
        names = meaning.slow_fields(self.session, view=self.view, tree=self.found.condition)
        return [_label(self.view, name) for name in names]

    @cached_property
    def uses(self) -> list[tuple[str, str]]:
        return service.used_by(self.session, view=self.view, row=self.row) if self.row else []

    @cached_property
    def editor(self) -> ConditionEditor | None:
        """The condition, unfolded; None where it cannot be read any more."""
        if self.found.condition is None or self.found.broken:
            return None
        return every_field(self.view, self.context).of_tree(self.found.condition)

    @property
    def faults(self) -> list[tuple[str, str]]:
        return [(each.field or "$", str(_(each.message, **each.params))) for each in self.found.faults]

    @property
    def criteria(self) -> list[tuple[str, Any, Any, str | None, str | None]]:
        """Key, name, question, what the figures say, what somebody answered."""
        held = self.row.criteria if self.row else {}
        return [(key, name, asked, self._says(key), held.get(key)) for key, (name, asked) in CRITERIA.items()]

    def _says(self, key: str) -> str | None:
        told = self.evidence
        if told is None:
            return None
        if key == "measurable" and self.slow:
            return str(_("Read from the document, row by row: %(fields)s.", fields=_(", ").join(self.slow)))
        if key == "substantial" and told.share is not None:
            return str(_("%(count)s customers, %(share)s of all.", count=told.members, share=percent(told.share)))
        if key == "accessible" and told.access is not None:
            return str(_("%(share)s have a phone number, an e-mail address or an address.", share=percent(told.access)))
        return None


def _label(view: CatalogView, name: str) -> str:
    known = condition_fields(view).known.get(name)
    return label(known.label) if known else name


def every_field(view: CatalogView, context: Context) -> ConditionEditor:
    """An editor that can show any condition; for reading."""
    return ConditionEditor(
        root="c", offered=condition_fields(view), zone=ZoneInfo(context.zone), currency=context.currency
    )


@dataclass(frozen=True)
class SegmentForm:
    """Name, mode, purpose and condition, as typed or as they are."""

    context: Context
    view: CatalogView
    row: Segment | None = None
    sent: MultiDict[str, str] | None = None
    drafted: ConditionEditor | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    counted: counting.Counted | None = None

    @cached_property
    def blank(self) -> ConditionEditor:
        return ConditionEditor(
            root="c", offered=meaning.offered(self.view, context=self.context), zone=ZoneInfo(self.context.zone),
            currency=self.context.currency,
        )  # fmt: skip

    @cached_property
    def editor(self) -> ConditionEditor:
        if self.drafted is not None:
            return self.drafted
        if self.sent is not None:
            return self.blank.of_form(self.sent)
        if self.row is None or self.row.condition is None:
            return self.blank
        try:
            return self.blank.of_tree(self.row.condition)
        except ConditionError:
            return self.blank

    @property
    def values(self) -> dict[str, str]:
        if self.sent is not None:
            return {name: self.sent.get(name, "") for name in ("name", "mode", "purpose", "key")}
        if self.row is None:
            return {"name": "", "mode": "live", "purpose": "", "key": ""}
        return {"name": self.row.name, "mode": self.row.mode, "purpose": self.row.purpose, "key": self.row.key}

    @property
    def controls(self) -> Sequence[Control]:
        held, wrong = self.values, self.errors
        found = [
            control("name", _("Name"), required=True, value=held["name"], error=wrong.get("name"), attrs={"maxlength": 80}),
            control("mode", _("Members"), kind="select", required=True, value=held["mode"] or "live",
                    error=wrong.get("mode"), options=[
                        ("live", _("Live: whoever meets the condition at the time")),
                        ("snapshot", _("Snapshot: taken at a moment, the same until it is taken again")),
                    ]),
            control("purpose", _("What it is for"), value=held["purpose"], error=wrong.get("purpose"),
                    help=_("What will be done for it. Whoever finds it in a year will ask."), attrs={"maxlength": 500}),
        ]  # fmt: skip
        if self.row is None:
            found.append(
                control("key", _("Key"), value=held["key"], error=wrong.get("key"),
                        help=_("Rules name it by own.<key>. Left empty, one is made."), attrs={"maxlength": 40})
            )  # fmt: skip
        return found

    @property
    def version(self) -> int:
        if self.sent is not None:
            text = self.sent.get("version", "")
            return int(text) if text.isdecimal() and len(text) < 10 else 0
        return self.row.version if self.row else 0
