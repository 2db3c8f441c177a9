"""Ask for a data grant, check it, approve it: three people, each another; revoke it, let it expire, know that it was purged.

1. `ask` writes the terms down, for the client or for the provider. 2. The data protection officer takes it (`dpo_check`) and passes
or refuses it. 3. A third person approves; it is active from its start, or takes the place of the one it widens. 4. Fourteen, seven
and one days before its end both sides are told (`core.engagements.jobs`). 5. Revoked or expired, its leases end at once, and
the provider proves that nothing is held any more.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import orjson
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.db.base import new_id
from core.engagements import ending, policy, widening
from core.engagements import terms as wording
from core.engagements.events import GrantMoved
from core.engagements.granting import ANY, LIVE, evident
from core.engagements.jobs import watch_grant
from core.engagements.models import DataGrant, Engagement
from core.engagements.seat_models import Site
from core.engagements.states import SEEING, locked
from core.engagements.terms import Terms
from core.errors import N_, Conflict, Denied, FieldError, Invalid, NotFound, Stale
from core.events import bus
from core.notify import service as notify
from core.plugin.catalog import CatalogView

PURPOSES = ("service", "retention", "marketing", "survey", "collections", "recall")
ASKABLE = SEEING | {"due_diligence", "contracting"}
WITHDRAWN = "withdrawn"
_ASK = text("SELECT grant_ask(:granted, :widened, :person, cast(:terms AS jsonb))").execution_options(**scope.RLS_ONLY)
_WITHDRAW = text("SELECT grant_withdraw(:granted, :person, :why)").execution_options(**scope.RLS_ONLY)
"""A provider's role may not change grants; these functions make and end its own requests, and nothing more."""
OWN = N_("You had a hand in this grant already. Asking, checking and approving is for three different people.")


def ask(
    session: Session, *, context: Context, view: CatalogView, engagement_id: UUID, terms: Terms, widens: UUID | None = None
) -> DataGrant:  # fmt: skip
    """Ask for a grant, or for a wider one than a grant in force (`widens`). Either side asks, the client's people decide.

    Raises NotFound, Denied, Conflict (overlap, state) and Invalid with every fault of the terms.
    """
    _may(context, policy.REQUEST)
    if context.party == "provider":
        engagement = session.scalar(select(Engagement).where(Engagement.id == engagement_id))
    else:
        engagement = locked(session, engagement_id=engagement_id)
    if engagement is None:
        raise NotFound
    if engagement.provider_tenant_id is None or engagement.accepted_at is None or engagement.state not in ASKABLE:
        raise Conflict(N_("Data are granted to a provider that accepted the engagement, until it is closed."))
    former = widening.former(session, grant_id=widens, engagement_id=engagement.id) if widens is not None else None
    errors = wording.faults(terms, view=view, purposes=PURPOSES if former is None else (former.purpose,))
    errors += _beyond(engagement, terms) + _places(session, engagement, terms)
    errors += widening.faults(session, former=former, terms=terms) if former is not None else []
    if any(each.code == "beyond_contract" for each in errors):
        raise evident(
            Invalid(errors=errors), context=context, action="data_grant.requested", reason="beyond_contract",
            subject=("engagement", engagement.id),
        )  # fmt: skip
    if errors:
        raise Invalid(errors=errors)
    _refuse_overlap(session, engagement, terms, but=widens)
    made = _asked(session, context, engagement, terms, widens)
    _moved(session, context, made, "data_grant.requested")
    _tell(session, context, made, "grant.asked", policy.CHECK)
    return made


def _asked(session: Session, context: Context, engagement: Engagement, terms: Terms, widens: UUID | None) -> DataGrant:
    if context.party == "provider":
        made = new_id()
        said = {"granted": made, "widened": widens, "person": context.participant_id, "terms": _json(terms)}
        if not session.scalar(_ASK, said):
            raise Conflict(N_("Somebody else asked for the same meanwhile, or the engagement does not work any more."))
        return found(session, grant_id=made)
    row = DataGrant(
        engagement_id=engagement.id, provider_tenant_id=engagement.provider_tenant_id, state="requested",
        asked_user_id=context.user_id, asked_name=context.shown_name, widens_id=widens, **wording.stored(terms),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _json(terms: Terms) -> str:
    return orjson.dumps(wording.stored(terms)).decode()


def withdraw(session: Session, *, context: Context, grant_id: UUID) -> DataGrant:
    """The provider takes its own request back. Raises Denied, NotFound, and Conflict once it was decided."""
    _may(context, policy.REQUEST)
    if context.party != "provider":
        raise Denied(N_("Only the provider can do this."))
    found(session, grant_id=grant_id)
    values = {"granted": grant_id, "person": context.shown_name, "why": WITHDRAWN}
    if not session.scalar(_WITHDRAW, values):
        raise Conflict(N_("The grant is not at this step any more. Look at what came of it."))
    row = found(session, grant_id=grant_id)
    _moved(session, context, row, "data_grant.withdrawn")
    return row


def _beyond(engagement: Engagement, terms: Terms) -> list[FieldError]:
    if engagement.ends_at is None or terms.ends_at <= engagement.ends_at:
        return []
    message = N_("The engagement ends on %(day)s, and a grant cannot outlast the contract.")
    day = engagement.ends_at.date().isoformat()
    return [FieldError(field="ends_at", code="beyond_contract", message=message, params={"day": day})]


def _places(session: Session, engagement: Engagement, terms: Terms) -> list[FieldError]:
    """Sites must be the engagement's own and stand in a granted country."""
    wanted = set(terms.site_ids)
    rows = session.execute(
        select(Site.id, Site.name, Site.country).where(Site.engagement_id == engagement.id, Site.closed_at.is_(None))
    ).all()
    found = {str(row.id): row for row in rows}
    if not wanted <= found.keys():
        return [FieldError(field="site_ids", code="choice", message=N_("Choose sites of this engagement."))]
    outside = [found[key] for key in sorted(wanted) if found[key].country not in terms.countries]
    message = N_("The site %(site)s is in %(country)s, which the grant does not include.")
    return [
        FieldError(field="site_ids", code="country", message=message, params={"site": row.name, "country": row.country})
        for row in outside
    ]


def _refuse_overlap(session: Session, engagement: Engagement, terms: Terms, *, but: UUID | None) -> None:
    """The engagement is locked, here or in `grant_ask`: no second request for the same purpose comes between."""
    other = session.scalar(
        select(DataGrant)
        .where(
            DataGrant.engagement_id == engagement.id,
            DataGrant.state.in_(("requested", "dpo_check", *LIVE)),
            DataGrant.purpose.in_((terms.purpose, ANY)),
            DataGrant.starts_at < terms.ends_at,
            DataGrant.ends_at > terms.starts_at,
            DataGrant.id.is_distinct_from(but),
        )
        .order_by(DataGrant.ends_at.desc())
        .limit(1)
    )
    if other is not None:
        raise Conflict(
            N_(
                "A grant for this purpose runs or is asked for until %(day)s. Two at a time would not say which one holds."
            ),
            day=other.ends_at.date().isoformat(),
        )


def check(
    session: Session, *, context: Context, view: CatalogView, grant_id: UUID, passed: bool, note: str = "",
    version: int | None = None, sensitive: bool = False,
) -> DataGrant:  # fmt: skip
    """The data protection officer's answer. `sensitive`: sensitive fields may be clear. Raises Denied, Conflict, Invalid."""
    _allowed(context, policy.CHECK)
    row = _locked(session, grant_id, version, ("requested",))
    _third(context, row.asked_user_id)
    text = note.strip()
    if not passed and not text:
        raise Invalid(N_("Say why not, so that the person who asked can act on it."), field="note")
    clear = wording.sensitive_clear(row.fields, view)
    if passed and clear and not sensitive:
        raise Invalid(
            N_("The grant would show sensitive fields clear. Allow that expressly, or refuse it."), field="sensitive"
        )
    row.checked_user_id, row.checked_name, row.checked_at = context.user_id, context.shown_name, datetime.now(UTC)
    row.check_note, row.sensitive_clear = text, bool(clear)
    row.state = "dpo_check" if passed else "refused"
    if not passed:
        row.ended_at, row.ended_name, row.end_reason = datetime.now(UTC), context.shown_name, text
    session.flush()
    _moved(session, context, row, "data_grant.checked" if passed else "data_grant.refused")
    if passed:
        _tell(session, context, row, "grant.checked", policy.APPROVE)
    else:
        _tell_asker(session, context, row, "grant.refused")
    return row


def approve(
    session: Session, *, context: Context, grant_id: UUID, approved: bool, note: str = "", version: int | None = None
) -> DataGrant:
    """The third person's answer: the grant is active from its start on. Raises Denied, Conflict, Invalid."""
    _allowed(context, policy.APPROVE)
    row = _locked(session, grant_id, version, ("dpo_check",))
    _third(context, row.asked_user_id, row.checked_user_id)
    if not approved and not note.strip():
        raise Invalid(N_("Say why not, so that the person who asked can act on it."), field="note")
    if not approved:
        ending.end_grant(session, context=context, row=row, state="refused", reason=note.strip())
        _moved(session, context, row, "data_grant.refused")
        _tell_asker(session, context, row, "grant.refused")
        return row
    engagement = session.scalar(select(Engagement).where(Engagement.id == row.engagement_id))
    if row.ends_at <= datetime.now(UTC) or (engagement is not None and engagement.state == "closed"):
        raise Conflict(N_("The time of this grant is over. Ask anew."))
    row.approved_user_id, row.approved_name, row.approved_at = context.user_id, context.shown_name, datetime.now(UTC)
    if row.widens_id is not None:
        widening.take_over(session, context=context, row=row)
    row.state = "active" if row.starts_at <= datetime.now(UTC) else "approved"
    session.flush()
    watch_grant(session, row=row)
    _moved(session, context, row, "data_grant.approved")
    _tell_asker(session, context, row, "grant.approved")
    return row


def revoke(session: Session, *, context: Context, grant_id: UUID, reason: str, version: int | None = None) -> DataGrant:
    """End a grant at once: leases end in this act, and every open page of the provider's people is empty from its commit on."""
    _allowed(context, policy.REVOKE)
    row = _locked(session, grant_id, version, ("requested", "dpo_check", *LIVE))
    if not reason.strip():
        raise Invalid(N_("Say why: both sides see it in the history."), field="reason")
    ended = ending.end_grant(session, context=context, row=row, state="revoked", reason=reason.strip())
    _moved(session, context, row, "data_grant.revoked", leases=ended)
    return row


def proved(session: Session, *, context: Context, row: DataGrant) -> None:
    """Note that the provider proved that nothing of an ended grant is held any more."""
    row.state = "purge_proved"
    session.flush()
    _moved(session, context, row, "data_grant.purge_proved")


def found(session: Session, *, grant_id: UUID, lock: bool = False) -> DataGrant:
    """The grant. Raises NotFound."""
    wanted = select(DataGrant).where(DataGrant.id == grant_id).execution_options(populate_existing=True)
    row = session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotFound
    return row


def _locked(session: Session, grant_id: UUID, version: int | None, states: tuple[str, ...]) -> DataGrant:
    row = found(session, grant_id=grant_id, lock=True)
    if version is not None and row.version != version:
        raise Stale
    if row.state not in states:
        raise Conflict(N_("The grant is not at this step any more. Look at what came of it."))
    return row


def _allowed(context: Context, permission: str) -> None:
    if context.party == "provider":
        raise Denied(N_("Only the client can do this."))
    _may(context, permission)


def _may(context: Context, permission: str) -> None:
    if context.party != "system" and not context.may(permission):
        raise Denied(N_("Your role does not include this."), permission=permission)


def _third(context: Context, *before: UUID | None) -> None:
    """Users are compared, not participants: one person may be several."""
    if context.user_id is None or context.user_id in before:
        raise Denied(OWN)


def _tell(
    session: Session, context: Context, row: DataGrant, kind: str, permission: str, *, engagement_id: UUID | None = None
) -> None:
    """Whoever's turn it is, or who asked: by permission, on the client's side or in the engagement."""
    notify.tell(
        session, context=context, kind=kind, values={"purpose": {"word": ["purpose", row.purpose]}},
        subject=("data_grant", row.id), cause=f"{kind}:{row.id}", permission=permission, engagement_id=engagement_id,
    )  # fmt: skip


def _tell_asker(session: Session, context: Context, row: DataGrant, kind: str) -> None:
    if row.asked_party == "provider":
        _tell(session, context, row, kind, policy.REQUEST, engagement_id=row.engagement_id)


def _moved(session: Session, context: Context, row: DataGrant, action: str, **more: int) -> None:
    details = {
        "engagement_id": str(row.engagement_id),
        "purpose": row.purpose,
        "ends_at": row.ends_at.isoformat(),
        **more,
    }
    audit.append(
        session,
        context=context,
        action=action,
        subject=("data_grant", row.id),
        fields=list(row.fields),
        details=details,
    )
    event = GrantMoved(context=context, subject=row.id, engagement_id=row.engagement_id, state=row.state)
    bus.emit(session, event)
