"""The first steps of a new organisation, each done or not by what its data say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from core.calendars.models import CalendarDay
from core.context import Context
from core.customers.models import Customer
from core.db.base import Model
from core.engagements.models import Engagement
from core.identity.models import Participant
from core.tenants.models import Tenant, TenantVertical


@dataclass(frozen=True, kw_only=True)
class FirstStep:
    """`title` and `why` are in the reader's language; `href` is where it is done, None without the right to."""

    title: Any
    why: Any
    done: bool
    href: str | None


Done = Callable[[Session, Context], bool]


@dataclass(frozen=True, kw_only=True)
class _Known:
    title: Any
    why: Any
    endpoint: str
    permission: str
    done: Done


def _there(session: Session, condition: Any) -> bool:
    return bool(session.scalar(select(exists(condition))))


def _vertical(session: Session, _: Context) -> bool:
    return _there(session, select(TenantVertical.id).where(TenantVertical.enabled.is_(True)))


def _people(session: Session, _: Context) -> bool:
    invited = _model("invitation")
    counted = session.scalar(select(func.count(Participant.id)).where(Participant.ended_at.is_(None))) or 0
    return counted > 1 or (invited is not None and _there(session, select(invited.id)))


def _customers(session: Session, _: Context) -> bool:
    return _there(session, select(Customer.id))


def _calendar(session: Session, context: Context) -> bool:
    looked = session.scalar(select(Tenant.settings["calendar"].as_boolean()).where(Tenant.id == context.tenant_id))
    return bool(looked) or _there(session, select(CalendarDay.id))


def _policy(session: Session, _: Context) -> bool:
    model = _model("sign_in_policy")
    return model is not None and _there(session, select(model.id))


def _engagement(session: Session, context: Context) -> bool:
    own = or_(Engagement.tenant_id == context.tenant_id, Engagement.provider_tenant_id == context.tenant_id)
    return _there(session, select(Engagement.id).where(own))


def _model(table: str) -> Any:
    """The mapped class of a table that another feature may bring."""
    found = (mapper.class_ for mapper in Model.registry.mappers if mapper.local_table.name == table)  # type: ignore[attr-defined]
    return next(found, None)


KNOWN = (
    _Known(title=_l("Switch a sector on"), why=_l("It brings the fields, workflows and rules of your trade."),
           endpoint="tenants.verticals", permission="vertical.configure", done=_vertical),
    _Known(title=_l("Invite people"), why=_l("A second person is needed wherever one asks and another approves."),
           endpoint="people.index", permission="people.manage", done=_people),
    _Known(title=_l("Bring customers in"), why=_l("From a file, tried first, and taken back if it was wrong."),
           endpoint="imports.index", permission="import.run", done=_customers),
    _Known(title=_l("Say whose holidays count"), why=_l("Deadlines in working days follow the country's days."),
           endpoint="organisation.show", permission="tenant.manage", done=_calendar),
    _Known(title=_l("Say how people sign in"), why=_l("A second factor, or your own identity provider."),
           endpoint="sign_in_policy.show", permission="tenant.manage", done=_policy),
    _Known(title=_l("Open an engagement"), why=_l("It says what a provider does for you, on whose data, until when."),
           endpoint="engagements.index", permission="engagement.read", done=_engagement),
)  # fmt: skip


def first_steps(session: Session, *, context: Context) -> list[FirstStep]:
    """The list as it stands."""
    return list(_steps(session, context))


def _steps(session: Session, context: Context) -> Iterator[FirstStep]:
    from flask import current_app  # only pages ask

    for known in KNOWN:
        open_to = known.endpoint in current_app.view_functions and context.may(known.permission)
        yield FirstStep(
            title=known.title,
            why=known.why,
            done=known.done(session, context),
            href=url_for(known.endpoint) if open_to else None,
        )
