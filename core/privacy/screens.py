"""What the pages of reveals show: the form of one value, the board of who saw what, the form of a search by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.context import Context
from core.customers.fields import field_set
from core.customers.profile import scheme_name
from core.customers.queries import customer_row
from core.customers.shown import Reader, ShownCustomer
from core.errors import NotFound
from core.fields.masks import shown_as, written
from core.gate.acts import GateRefused
from core.identity.roles import ROLES
from core.plugin.catalog import CatalogView
from core.privacy import policy, queries, quota
from core.privacy.numbers import parameter
from core.privacy.reasons import REASONS
from core.privacy.search import KINDS
from core.privacy.service import NOTE_LIMIT, Wish
from core.privacy.targets import TEXTS, Target, target_of
from core.privacy.work import WorkItem, open_work
from core.web.current import catalog_view
from core.web.forms import Control, control, filled
from core.web.i18n import label
from core.web.words import word


@dataclass(frozen=True)
class Asked:
    """The form of one value. The target's clear text is not handed to the page."""

    context: Context
    view: CatalogView
    customer: ShownCustomer
    field: str
    name: str
    policy: str
    record_id: UUID | None
    case_id: UUID | None
    work: Sequence[WorkItem]
    spans: Sequence[quota.Span]

    @property
    def back(self) -> str:
        return back({"customer_id": self.customer.id, "record_id": self.record_id, "case_id": self.case_id})

    @staticmethod
    def reasons(refused: GateRefused) -> list[dict[str, Any]]:
        """As `ui.gate` draws them."""
        return [{"text": each["text"], "cite": each["citation"] or None, "verdict": each["verdict"]}
                for each in refused.reasons]  # fmt: skip

    @property
    def action(self) -> str:
        if self.case_id is not None:
            return url_for("privacy.show_of_case", case_id=self.case_id)
        if self.record_id is not None:
            return url_for("privacy.show_of_record", record_id=self.record_id)
        return url_for("privacy.show", customer_id=self.customer.id)

    @property
    def needs_work(self) -> bool:
        return self.context.party == "provider"

    def controls(self, sent: Mapping[str, str], *, errors: Mapping[str, str]) -> list[Control]:
        reasons = [(key, words) for key, words in REASONS.items()]
        made = [control("reason", _("Why"), kind="select", options=reasons, required=True, placeholder=_("Choose"))]
        if self.work:
            options = [(str(each.id), self._work(each)) for each in self.work]
            made.append(control("work", _("For which work"), kind="select", options=options, required=self.needs_work,
                                value=options[0][0]))  # fmt: skip
        made.append(control("note", _("Note"), kind="textarea", rows=2, maxlength=NOTE_LIMIT,
                            help=_("What the client reads beside your name"), autocomplete="off"))  # fmt: skip
        return filled(made, values=sent, errors=errors)

    def _work(self, item: WorkItem) -> str:
        if item.kind == "interaction":
            return str(_("Incoming contact %(number)s, going on", number=item.number))
        workflow = self.view.workflow(item.workflow) if item.workflow else None
        name = label(workflow.label) if workflow is not None else item.workflow
        return str(_("Case %(number)s: %(workflow)s", number=item.number, workflow=name))


def asked(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    customer_id: UUID | None,
    record_id: UUID | None,
    field: str,
    case_id: UUID | None = None,
) -> Asked:
    """Raises NotFound, as the reveal itself would."""
    target = target_of(
        session, context=context, view=view, customer_id=customer_id, record_id=record_id, field=field, case_id=case_id
    )
    row = customer_row(session, context=context, customer_id=target.customer_id)
    if row is None:
        raise NotFound
    customer = Reader(context, field_set(view, region=context.country)).customer(row)
    return Asked(
        context=context, view=view, customer=customer, field=field, name=target.label, policy=target.policy,
        record_id=record_id, case_id=case_id, work=open_work(session, context=context, customer_id=target.customer_id),
        spans=quota.spans(session, context=context, at=datetime.now(UTC)),
    )  # fmt: skip


def wish_of(
    sent: Mapping[str, str], *, customer_id: UUID | None, record_id: UUID | None, case_id: UUID | None = None
) -> Wish:
    return Wish(
        field=sent.get("field", ""), reason=sent.get("reason", ""), note=sent.get("note", ""), customer_id=customer_id,
        record_id=record_id, case_id=case_id, work=_uuid(sent.get("work", "")),
    )  # fmt: skip


def back(about: Mapping[str, UUID | None]) -> str:
    """The page that the value belongs to."""
    if about.get("case_id") is not None:
        return url_for("cases.show", case_id=about["case_id"])
    if about["record_id"] is not None:
        return url_for("records.show", record_id=about["record_id"])
    return url_for("customers.show", customer_id=about["customer_id"])


@dataclass(frozen=True)
class Line:
    """One reveal in a list."""

    row: Any
    context: Context
    view: CatalogView

    @property
    def customer(self) -> str:
        return str(shown_as("name", self.row.customer_name, name="name", sight=self.context.sight))

    @property
    def reason(self) -> str:
        words = REASONS.get(self.row.reason)
        return label(words) if words is not None else str(self.row.reason)

    @property
    def note(self) -> str | None:
        note: str | None = written(self.row.note, sight=self.context.sight)
        return note

    @property
    def field(self) -> str:
        return field_name(self.row.field, context=self.context, view=self.view)


def field_name(field: str, *, context: Context, view: CatalogView) -> str:
    """What a field is called, whatever it is of."""
    kind, _sep, key = field.partition(":")
    if kind == "point":
        return str(_("Contact point"))
    if kind == "number":
        return str(_("Number")) if _uuid(key) else scheme_name(key)
    if kind in TEXTS:
        return label(TEXTS[kind])
    declared = field_set(view, region=context.country).fields.get(field)
    if declared is None:
        targets = ("case", *(f"record:{name}" for name in view.record_types))
        declared = next((found for each in targets if (found := view.field(field, on=each)) is not None), None)
    return label(declared.label) if declared is not None else field


@dataclass(frozen=True)
class Board:
    """Reveals of the workspace: scores, grants, exposure, the newest events."""

    session: Session
    context: Context

    @cached_property
    def scores(self) -> Sequence[Any]:
        return queries.scores(self.session)

    @cached_property
    def grants(self) -> Sequence[Any]:
        return queries.grants(self.session)

    @staticmethod
    def role_name(key: str) -> str:
        return label(ROLES[key].label) if key in ROLES else key

    @property
    def may_freeze(self) -> bool:
        return self.context.may(policy.FREEZE)

    @property
    def threshold(self) -> Any:
        return parameter("reveal_unusual_z", context=self.context)

    @property
    def since(self) -> datetime:
        return queries.year_begin(self.context)

    @cached_property
    def exposure(self) -> list[queries.Exposure]:
        return queries.exposure(self.session, since=self.since)

    @cached_property
    def lines_of_law(self) -> list[dict[str, Any]]:
        """The thresholds of the law with how far each is used by people seen from abroad, and when it would be crossed."""
        try:
            rows = [parameter(f"exposure_{key}", context=self.context) for key in _LINES]
        except LookupError:  # no such law where the tenant is
            return []
        abroad = [each for each in self.exposure if each.country not in (None, self.context.country)]
        seen = {"sensitive": sum(each.sensitive for each in abroad)}
        return [self._line(key, row, seen.get(key, sum(each.people for each in abroad)))
                for key, row in zip(_LINES, rows, strict=True)]  # fmt: skip

    def _line(self, key: str, row: Any, seen: int) -> dict[str, Any]:
        limit, now = int(str(row.value)), datetime.now(UTC)
        days = max((now - self.since).days, 1)
        crossing = None
        if 0 < seen < limit:
            left = (limit - seen) * days / seen
            crossing = int(left) if left < _FAR else None
        return {
            "key": key,
            "parameter": row,
            "seen": seen,
            "limit": limit,
            "share": min(seen / limit, 1),
            "days": crossing,
        }

    @cached_property
    def lines(self) -> list[Line]:
        page = queries.reveals(self.session, limit=_NEWEST)
        return [Line(row, self.context, catalog_view()) for row in page.rows]


_LINES = ("standard_contract", "assessment", "sensitive")
_NEWEST = 20
_FAR = 3650


def find_controls(sent: Mapping[str, str], *, errors: Mapping[str, str]) -> list[Control]:
    """The form of a search by one exact number. What was typed is never put back."""
    kinds = [(key, word("exact_number", key)) for key in KINDS]
    made = [
        control("kind", _("Kind of number"), kind="select", options=kinds, required=True, value="phone"),
        control("value", _("The whole number"), required=True, autocomplete="off", maxlength=200),
    ]
    return filled(made, values=sent, errors=errors)


def found(session: Session, *, context: Context, view: CatalogView, ids: Sequence[UUID]) -> list[ShownCustomer]:
    """The customers of a search, as their reader sees them."""
    reader = Reader(context, field_set(view, region=context.country))
    rows = (customer_row(session, context=context, customer_id=each) for each in ids)
    return [reader.customer(row) for row in rows if row is not None]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


__all__ = ["Asked", "Board", "Line", "Target", "asked", "back", "field_name", "find_controls", "found", "wish_of"]
