"""What the pages of grades show: a scheme with its pyramid, its simulation in words and figures, and the form of a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.context import Context
from core.jobs.models import BulkRun
from core.plugin.catalog import CatalogView
from core.segments import schemes
from core.segments.models import GradeScheme
from core.web.chart import draw_bars
from core.web.formats import percent
from core.web.forms import Control, control
from core.web.i18n import label

STATES: Mapping[str, tuple[Any, str]] = {
    "draft": (_l("Draft"), "info"), "live": (_l("In force"), "ok"), "retired": (_l("Retired"), "mute"),
}  # fmt: skip
PERIODS: Mapping[str, Any] = {"month": _l("Month"), "quarter": _l("Quarter"), "year": _l("Year")}
CAUSES: Mapping[str, Any] = {
    "first": _l("First graded"), "promoted": _l("Moved up"), "demoted": _l("Moved down"), "override": _l("Set by hand"),
    "override_ended": _l("Back to its own grade"),
}  # fmt: skip


@dataclass(frozen=True)
class SchemePage:
    """One scheme."""

    session: Session
    context: Context
    view: CatalogView
    row: GradeScheme

    @cached_property
    def run(self) -> BulkRun | None:
        key = self.row.run_id
        return self.session.get(BulkRun, (self.context.tenant_id, key)) if key else None

    @property
    def evaluating(self) -> bool:
        return self.run is not None and self.run.state in ("waiting", "running")

    @cached_property
    def asked(self) -> Approval | None:
        """The open request that it go live."""
        return approvals.open_for(self.session, ("grade_scheme", self.row.id), kind=schemes.KIND)

    @property
    def field_label(self) -> str | None:
        known = self.view.field(self.row.field) if self.row.field else None
        return label(known.label) if known else None

    def cut(self, grade: Mapping[str, Any]) -> str:
        """A cut in words."""
        if self.row.basis == "percentile":
            share = f"{Decimal(grade['cut']) / 100:f}"
            return str(_("the first %(share)s %%", share=share)) if grade["cut"] < schemes.WHOLE else str(_("the rest"))
        return (
            str(_("at least %(value)s", value=self._amount(grade["cut"])))
            if grade["cut"] is not None
            else str(_("the rest"))
        )

    def _amount(self, stored: Any) -> str:
        known = self.view.field(self.row.field) if self.row.field else None
        value = Decimal(str(stored))
        return f"{value / 100:f}" if known is not None and known.kind == "money" else f"{value:f}"

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        """The pyramid as simulated: of each grade its customers, their share, and the share of value."""
        told = self.row.simulation
        if told is None:
            return []
        names = {each["key"]: label(each["label"]) for each in self.row.grades}
        valued, total = told["valued"], Decimal(told["total"])
        return [
            {
                "key": each["key"], "name": names.get(each["key"], each["key"]), "count": each["count"],
                "share": each["count"] / valued if valued else None,
                "value": float(Decimal(each["value"]) / total) if total > 0 else None,
                "cut": self._amount(each["cut"]) if each["cut"] is not None else None,
            }
            for each in told["grades"]
        ]  # fmt: skip

    @cached_property
    def moves(self) -> list[dict[str, Any]]:
        """Who would be where: customers by the grade they have and the one their value belongs to."""
        keys = [each["key"] for each in self.row.grades]
        names = {each["key"]: label(each["label"]) for each in self.row.grades}
        found = []
        for each in (self.row.simulation or {}).get("moves", []):
            now, then = each["from"], each["to"]
            if now not in keys:
                kind, tone = _("graded at once"), "info"
            elif now == then:
                kind, tone = _("stays"), "mute"
            elif then < now:
                kind, tone = _("moves up after %(periods)s periods like this", periods=self.row.promote_after), "ok"
            else:
                kind, tone = _("moves down after %(periods)s periods like this", periods=self.row.demote_after), "warn"
            found.append({**each, "now": names.get(now, now), "then": names[then], "kind": kind, "tone": tone})
        return found

    @cached_property
    def chart(self) -> Any:
        if not self.lines:
            return None
        names = [each["name"] for each in self.lines]
        series = [
            (_("Share of customers in per cent"), [round((each["share"] or 0) * 100, 1) for each in self.lines]),
            (_("Share of value in per cent"), [round((each["value"] or 0) * 100, 1) for each in self.lines]),
        ]
        return draw_bars(names, series=series, title=_("Customers and value by grade"), summary=self.uneven)

    @property
    def uneven(self) -> str:
        """The Lorenz curve in one sentence: what the upper fifth holds."""
        told = self.row.simulation or {}
        if told.get("gini") is None:
            return str(_("The values are not all positive, so there is no Gini coefficient."))
        fifth = next((1 - value for share, value in told["lorenz"] if share >= 0.8), 0)
        return str(
            _("The upper fifth of the customers holds %(share)s of the value; Gini %(gini)s.",
              share=percent(fifth, 0), gini=f"{told['gini']:.2f}")
        )  # fmt: skip


@dataclass(frozen=True)
class SchemeForm:
    """A draft as typed or as it is."""

    context: Context
    view: CatalogView
    row: GradeScheme
    sent: MultiDict[str, str] | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    def held(self, name: str) -> str:
        if self.sent is not None:
            return self.sent.get(name, "")
        return str(getattr(self.row, name) or "")

    @property
    def controls(self) -> Sequence[Control]:
        fields = schemes.fields_to_grade_by(self.view)
        wrong = self.errors
        return [
            control("name", _("Name"), required=True, value=self.held("name"), error=wrong.get("name")),
            control("field", _("Ranked by"), kind="select", required=True, value=self.held("field"), error=wrong.get("field"),
                    placeholder=_("Choose a number"), options=[(key, label(each.label)) for key, each in fields.items()]),
            control("basis", _("A cut is"), kind="select", required=True, value=self.held("basis"), error=wrong.get("basis"),
                    options=[("percentile", _("a share of customers, from the top")), ("value", _("a value"))]),
            control("period", _("Grading period"), kind="select", required=True, value=self.held("period"),
                    error=wrong.get("period"), options=list(PERIODS.items())),
            control("promote_after", _("Move up after periods"), kind="number", required=True,
                    value=self.held("promote_after"), error=wrong.get("promote_after")),
            control("demote_after", _("Move down after periods"), kind="number", required=True,
                    value=self.held("demote_after"), error=wrong.get("demote_after")),
        ]  # fmt: skip

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row of the form for each grade, and one more."""
        if self.sent is not None:
            return [self._typed(place) for place in range(len(schemes.LETTERS)) if f"g{place}.zh" in self.sent]
        return [self._kept(each) for each in self.row.grades]

    def _typed(self, place: int) -> dict[str, Any]:
        sent = self.sent or MultiDict()
        return {name: sent.get(f"g{place}.{name}", "") for name in ("zh", "en", "cut", "cap", "priority", "ceiling")}

    def _kept(self, each: Mapping[str, Any]) -> dict[str, Any]:
        given = each["treatment"]
        cut = each["cut"]
        if self.row.basis == "percentile":
            shown = f"{Decimal(cut) / 100:f}" if cut is not None and cut < schemes.WHOLE else ""
        else:
            shown = f"{Decimal(cut) / self._unit:f}" if cut is not None else ""
        ceiling = given.get("offer_ceiling_minor")
        return {
            "zh": each["label"]["zh-CN"], "en": each["label"]["en"], "cut": shown, "cap": given.get("contact_cap", ""),
            "priority": given.get("priority", ""), "ceiling": f"{Decimal(ceiling) / 100:f}" if ceiling is not None else "",
        }  # fmt: skip

    @property
    def _unit(self) -> int:
        known = self.view.field(self.held("field")) if self.held("field") else None
        return 100 if known is not None and known.kind == "money" else 1

    def error_of(self, place: int) -> str:
        prefix = f"grades.{place}."
        return "; ".join(text for name, text in self.errors.items() if name.startswith(prefix))

    @property
    def values(self) -> dict[str, Any]:
        """What the service takes, from what was typed: shares in hundredths of a percent, money in minor units."""
        scale = 100 if self.held("basis") == "percentile" else self._unit
        rows = [each for each in self.rows if any(str(value).strip() for value in each.values())]
        return {
            **{name: self.held(name) for name in ("name", "field", "basis", "period")},
            **{name: _whole(self.held(name)) for name in ("promote_after", "demote_after")},
            "second_person": bool(self.sent and self.sent.get("second_person")),
            "verified": bool(self.sent and self.sent.get("verified")),
            "grades": [
                {
                    "label": {"zh-CN": each["zh"], "en": each["en"]}, "cut": _times(each["cut"], scale),
                    "treatment": {
                        "contact_cap": each["cap"], "priority": each["priority"],
                        "offer_ceiling_minor": _times(each["ceiling"], 100),
                    },
                }
                for each in rows
            ],
        }  # fmt: skip


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 4 else None


def _times(text: str, scale: int) -> str:
    """A typed number in stored units; what is none stays as it is, for the service to refuse."""
    try:
        return f"{Decimal(str(text).strip().rstrip('%')) * scale:f}" if str(text).strip() else ""
    except ArithmeticError:
        return str(text)
