"""Schemes of grades: drafted, simulated, then live, by a second person where the scheme says so; one is live at a time.

Every scheme begins as the pyramid of the textbook, VIP 1 %, major 4 %, normal 15 %, small 80 %, whose numbers nobody has
verified. The keys of grades are letters from the highest, so that sorting by grade sorts by rank.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.approvals import service as approvals
from core.approvals.models import Approval
from core.audit import service as audit
from core.context import Context
from core.errors import N_, Conflict, Denied, FieldError, Invalid, NotFound, Stale
from core.events import bus
from core.plugin.catalog import CatalogView
from core.plugin.types import Field
from core.segments import policy
from core.segments.events import GradesActivated
from core.segments.models import GradeScheme
from core.segments.simulating import simulate

KIND = "grades.activate"
LETTERS = "ABCDEFGH"
PERIODS = ("month", "quarter", "year")
BASES = ("percentile", "value")
LONGEST = 24
WHOLE = 10_000
"""All customers, in hundredths of a percent."""

START: Sequence[Mapping[str, Any]] = (
    {"key": "A", "label": {"zh-CN": "VIP 客户", "en": "VIP"}, "cut": 100, "treatment": {"priority": 1}},
    {"key": "B", "label": {"zh-CN": "主要客户", "en": "Major"}, "cut": 500, "treatment": {"priority": 2}},
    {"key": "C", "label": {"zh-CN": "普通客户", "en": "Normal"}, "cut": 2000, "treatment": {"priority": 3}},
    {"key": "D", "label": {"zh-CN": "小客户", "en": "Small"}, "cut": WHOLE, "treatment": {"priority": 4}},
)
"""Shares are counted from the top: 1 %, then the next 4 and 15, then the rest."""

ViewOf = Callable[[Session, Context], CatalogView]
Activate = Callable[[Session, Context, GradeScheme], None]
ACTIVATED: list[Activate] = []
"""What follows when a scheme goes live: its first evaluation. Filled by `wiring`."""


def fields_to_grade_by(view: CatalogView) -> dict[str, Field]:
    """Numbers of a customer that a scheme may rank by."""
    return {
        name: each
        for name, each in view.fields(on="customer").items()
        if each.kind in ("integer", "money", "decimal") and each.sensitivity == "plain"
    }


def make(session: Session, *, context: Context, name: str, field: str | None = None) -> GradeScheme:
    """A draft with the starting pyramid. Raises Denied, Invalid."""
    _allowed(context)
    row = GradeScheme(
        name=_name(name), state="draft", basis="percentile", field=field, period="month", promote_after=2, demote_after=3,
        grades=[dict(each) for each in START], second_person=True, verified=False,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.append(session, context=context, action="grade_scheme.created", subject=("grade_scheme", row.id))
    return row


def change(
    session: Session, *, context: Context, view: CatalogView, scheme_id: UUID, version: int, values: Mapping[str, Any]
) -> GradeScheme:
    """Change a draft; its simulation is void. Raises Denied, NotFound, Stale, Conflict, and Invalid with all that is wrong.

    `values`: name, basis, field, period, promote_after, demote_after, second_person, verified, and grades as
    `{label, cut, treatment}` from the highest.
    """
    row = locked(session, context=context, scheme_id=scheme_id, version=version)
    if row.state != "draft":
        raise Conflict(N_("A scheme that was live stays as it is. Copy it and change the copy."))
    errors: list[FieldError] = []
    basis, period = values.get("basis"), values.get("period")
    if basis not in BASES:
        errors.append(_wrong("basis", N_("A cut is a share of customers or a value.")))
    if period not in PERIODS:
        errors.append(_wrong("period", N_("A period is a month, a quarter or a year.")))
    if values.get("field") not in fields_to_grade_by(view):
        errors.append(_wrong("field", N_("Choose the number by which customers are ranked.")))
    for name in ("promote_after", "demote_after"):
        number = values.get(name)
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= LONGEST:
            errors.append(_wrong(name, N_("Between 1 and 24 periods.")))
    grades = _grades(values.get("grades") or (), basis=str(basis), errors=errors)
    if errors:
        raise Invalid(errors=errors)
    row.name, row.basis, row.period, row.field = _name(values.get("name", "")), str(basis), str(period), values["field"]
    row.promote_after, row.demote_after = values["promote_after"], values["demote_after"]
    row.second_person, row.verified = bool(values.get("second_person")), bool(values.get("verified"))
    row.grades, row.simulation, row.simulated_at = grades, None, None
    session.flush()
    audit.append(session, context=context, action="grade_scheme.updated", subject=("grade_scheme", row.id))
    return row


def copy(session: Session, *, context: Context, scheme_id: UUID) -> GradeScheme:
    """A draft like another scheme. Raises Denied, NotFound."""
    row = locked(session, context=context, scheme_id=scheme_id)
    made = make(session, context=context, name=row.name, field=row.field)
    for name in ("basis", "period", "promote_after", "demote_after", "grades", "second_person", "verified"):
        setattr(made, name, getattr(row, name))
    session.flush()
    return made


def try_out(session: Session, *, context: Context, view: CatalogView, scheme_id: UUID, version: int) -> GradeScheme:
    """Count who would move, and how uneven the values are. Raises Denied, NotFound, Stale, Conflict."""
    row = locked(session, context=context, scheme_id=scheme_id, version=version)
    if row.state != "draft" or row.field not in fields_to_grade_by(view):
        raise Conflict(N_("Choose the number by which customers are ranked."))
    row.simulation, row.simulated_at = simulate(session, view=view, row=row), datetime.now(UTC)
    session.flush()
    return row


def ask(session: Session, *, context: Context, scheme_id: UUID, version: int) -> Approval | None:
    """Have a simulated draft go live: at once, or by a second person, whose request is returned.

    Raises Denied, NotFound, Stale, Conflict.
    """
    row = locked(session, context=context, scheme_id=scheme_id, version=version)
    told = _ready(row)
    if not row.second_person:
        activate(session, context=context, row=row)
        return None
    return approvals.request(
        session, context=context, kind=KIND, permission=policy.APPROVE,
        message=N_("Grade all customers anew: %(grades)s grades, %(valued)s customers have a value, %(move)s would change"),
        values={"grades": len(row.grades), "valued": told["valued"], "move": _moving(told)},
        subject=("grade_scheme", row.id), payload={"scheme_id": str(row.id), "simulated_at": _moment(row)},
    )  # fmt: skip


def approved(session: Session, context: Context, asked: Approval) -> Mapping[str, Any]:
    """What is done once a second person has said yes. Raises Conflict where the draft was changed since."""
    row = session.scalar(
        select(GradeScheme).where(GradeScheme.id == UUID(asked.payload["scheme_id"])).with_for_update()
    )
    if row is None:
        raise NotFound
    if _moment(row) != asked.payload["simulated_at"]:
        raise Conflict(N_("The scheme was changed after this was asked. Have it simulated and ask again."))
    _ready(row)
    activate(session, context=context, row=row)
    return {"scheme_id": str(row.id)}


def activate(session: Session, *, context: Context, row: GradeScheme) -> None:
    session.execute(
        update(GradeScheme).where(GradeScheme.state == "live").values(state="retired", version=GradeScheme.version + 1),
        execution_options={"synchronize_session": "fetch"},
    )
    row.state, row.activated_at = "live", datetime.now(UTC)
    session.flush()
    audit.append(
        session, context=context, action="grade_scheme.activated", subject=("grade_scheme", row.id),
        details={"grades": len(row.grades)},
    )  # fmt: skip
    bus.emit(session, GradesActivated(context=context, subject=row.id))
    for follow in ACTIVATED:
        follow(session, context, row)


def retire(session: Session, *, context: Context, scheme_id: UUID, version: int) -> GradeScheme:
    """End the live scheme, or throw a draft away. Customers keep the grades they have. Raises Denied, NotFound, Stale."""
    row = locked(session, context=context, scheme_id=scheme_id, version=version)
    row.state = "retired"
    session.flush()
    audit.append(session, context=context, action="grade_scheme.retired", subject=("grade_scheme", row.id))
    return row


def live(session: Session) -> GradeScheme | None:
    return session.scalar(select(GradeScheme).where(GradeScheme.state == "live"))


def locked(session: Session, *, context: Context, scheme_id: UUID, version: int | None = None) -> GradeScheme:
    """Raises Denied, NotFound, Stale."""
    _allowed(context)
    wanted = select(GradeScheme).where(GradeScheme.id == scheme_id).with_for_update()
    row = session.scalar(wanted.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Stale
    return row


def _allowed(context: Context) -> None:
    if context.party == "provider" or not context.may(policy.GRADE):
        raise Denied(N_("Your role does not include schemes of grades."))


def _ready(row: GradeScheme) -> Mapping[str, Any]:
    """The simulation. Raises Conflict."""
    if row.state != "draft":
        raise Conflict(N_("Only a draft goes live."))
    if row.simulation is None:
        raise Conflict(N_("Simulate the scheme first: nobody activates what nobody has looked at."))
    return row.simulation


def _moving(told: Mapping[str, Any]) -> int:
    """Customers whose value belongs to another grade than they have."""
    return sum(each["count"] for each in told["moves"] if each["from"] != each["to"])


def _moment(row: GradeScheme) -> str:
    return row.simulated_at.isoformat() if row.simulated_at else ""


def _name(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= 80:
        raise Invalid(N_("Give the scheme a name of at most 80 characters."), field="name")
    return name


def _grades(given: Sequence[Mapping[str, Any]], *, basis: str, errors: list[FieldError]) -> list[dict[str, Any]]:
    if not 2 <= len(given) <= len(LETTERS):
        errors.append(_wrong("grades", N_("A scheme has between 2 and 8 grades.")))
        return []
    found, last = [], None
    for place, each in enumerate(given):
        at, lowest = f"grades.{place}", place == len(given) - 1
        names = {key: str(text).strip() for key, text in (each.get("label") or {}).items()}
        if not names.get("zh-CN") or not names.get("en"):
            errors.append(_wrong(f"{at}.label", N_("Name each grade in Chinese and in English.")))
        cut = (WHOLE if basis == "percentile" else None) if lowest else _number(each.get("cut"))
        if not lowest and (cut is None or (basis == "percentile" and not 0 < cut < WHOLE)):
            errors.append(
                _wrong(f"{at}.cut", N_("A cut is a number: a share above 0 and below 100 per cent, or a value."))
            )
        elif last is not None and cut is not None and not (cut > last if basis == "percentile" else cut < last):
            errors.append(_wrong(f"{at}.cut", N_("Cuts follow each other from the highest grade to the lowest.")))
        last = cut if cut is not None else last
        treatment = each.get("treatment") or {}
        found.append(
            {"key": LETTERS[place], "label": names, "cut": cut, "treatment": _treatment(treatment, at, errors)}
        )
    return found


def _treatment(given: Mapping[str, Any], at: str, errors: list[FieldError]) -> dict[str, int]:
    """Whole numbers only: a cap of contacts a week, a priority (1 first), a ceiling of offers in minor units."""
    found = {}
    for name in ("contact_cap", "priority", "offer_ceiling_minor"):
        value = given.get(name)
        if value is None or value == "":
            continue
        number = _number(value)
        if number is None or number < 0 or number > 2**53:
            errors.append(_wrong(f"{at}.{name}", N_("A whole number, not below 0.")))
        else:
            found[name] = number
    return found


def _number(value: Any) -> int | None:
    """A whole number, in the units that are stored."""
    if isinstance(value, bool) or value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return int(number) if number.is_finite() and number == number.to_integral_value() else None


def _wrong(field: str, message: str) -> FieldError:
    return FieldError(field=field, code="invalid", message=message)
