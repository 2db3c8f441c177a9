"""Tables of the two-party model: the engagement and its steps, what data it grants, which customers are lent to it until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import Merge
from core.db.walls import ENGAGEMENT, Walls
from core.errors import N_

STATES = (
    "idea", "business_case", "sourcing", "due_diligence", "contracting", "transition", "live", "remediation",
    "suspended", "renewing", "exiting", "closed",
)  # fmt: skip
GRANT_STATES = (
    "requested", "dpo_check", "approved", "active", "expiring", "refused", "revoked", "replaced", "expired",
    "purge_proved",
)  # fmt: skip
LIST_STATES = ("lending", "live", "returned", "expired", "ended")
EMPTY = text("'[]'::jsonb")
NOTHING = text("'{}'::jsonb")


class Engagement(TenantModel):
    """One outsourcing relation. `tenant_id` is the client, `provider_tenant_id` the provider; either may read it.

    Until a provider is found there is none. It sees the engagement from the offer on and works once it accepted.
    """

    __tablename__ = "engagement"
    __walls__: ClassVar[Walls] = Walls(
        provider="tenant", extra=f'"engagement".id = {ENGAGEMENT}', partner="provider_tenant_id", auth="SELECT, UPDATE"
    )
    __table_args__ = (one_of("state", *STATES), Index("ix_engagement_provider", "provider_tenant_id"))

    provider_tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenant.id"))
    provider_name: Mapped[str]
    client_name: Mapped[str] = mapped_column(server_default="")
    name: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default="")
    service_lines: Mapped[list[str]] = mapped_column(server_default=EMPTY)
    criticality: Mapped[str] = mapped_column(server_default="ordinary")
    state: Mapped[str] = mapped_column(server_default="live")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    offered_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    accepted_name: Mapped[str | None]
    closed_at: Mapped[datetime | None]


class EngagementStep(TenantModel):
    """A step of an engagement from one state to another: who, when, why."""

    __tablename__ = "engagement_step"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", append_only=True)
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        Index("ix_engagement_step", "tenant_id", "engagement_id", "created_at"),
    )

    engagement_id: Mapped[UUID]
    event: Mapped[str]
    source: Mapped[str | None]
    target: Mapped[str]
    reason: Mapped[str | None]
    actor_name: Mapped[str] = mapped_column(server_default="")


class PartnerCode(TenantModel):
    """What a provider's admin hands to a client, so that the client's offer finds the provider. Once, until it expires."""

    __tablename__ = "partner_code"
    __walls__: ClassVar[Walls] = Walls(auth="SELECT, UPDATE")
    __table_args__ = (Index("uq_partner_code_digest", "digest", unique=True),)

    digest: Mapped[str]
    hint: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class DataGrant(TenantModel):
    """What an engagement may see: purpose, fields with masks, countries, seats, expiry (PIPL article 21).

    Asked, checked and approved by three people: `*_user_id` are their accounts, since one person may be several participants.
    Either side may ask (`asked_party`). One that `widens_id` another takes over what was lent under it once it is approved.
    """

    __tablename__ = "data_grant"
    __walls__: ClassVar[Walls] = Walls(
        provider="engagement", partner="provider_tenant_id", auth="INSERT, SELECT, UPDATE"
    )
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        references("data_grant", "widens_id", optional=True),
        one_of("state", *GRANT_STATES),
        one_of("asked_party", "client", "provider"),
        CheckConstraint(
            "checked_user_id <> asked_user_id AND approved_user_id <> asked_user_id AND approved_user_id <> checked_user_id",
            name="three_people",
        ),
        CheckConstraint("ends_at > starts_at", name="period"),
        Index("ix_data_grant_engagement", "tenant_id", "engagement_id", "state"),
    )

    provider_tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    engagement_id: Mapped[UUID]
    purpose: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(server_default=NOTHING)
    countries: Mapped[list[str]] = mapped_column(server_default=EMPTY)
    site_ids: Mapped[list[str]] = mapped_column(server_default=EMPTY)
    skills: Mapped[list[str]] = mapped_column(server_default=EMPTY)
    methods: Mapped[list[str]] = mapped_column(server_default=EMPTY)
    measures: Mapped[list[str]] = mapped_column(server_default=EMPTY)
    row_budget: Mapped[int | None]
    reason: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="requested")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    asked_user_id: Mapped[UUID | None]
    asked_name: Mapped[str] = mapped_column(server_default="")
    asked_party: Mapped[str] = mapped_column(server_default="client")
    widens_id: Mapped[UUID | None]
    checked_user_id: Mapped[UUID | None]
    checked_name: Mapped[str] = mapped_column(server_default="")
    checked_at: Mapped[datetime | None]
    check_note: Mapped[str] = mapped_column(server_default="")
    sensitive_clear: Mapped[bool] = mapped_column(server_default=text("false"))
    approved_user_id: Mapped[UUID | None]
    approved_name: Mapped[str] = mapped_column(server_default="")
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_name: Mapped[str] = mapped_column(server_default="")
    end_reason: Mapped[str] = mapped_column(server_default="")


class LeaseList(TenantModel):
    """Customers lent together: by numbers, a segment or a file, under one grant, until `expires_at`, returned with proof.

    `reserved`: while it is being lent, how many customers new to the grant are still to come; their places in its row budget
    are taken already.
    """

    __tablename__ = "lease_list"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", deletable=False, auth="SELECT, UPDATE")
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        references("data_grant", "data_grant_id"),
        one_of("state", *LIST_STATES),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_lease_list_engagement", "tenant_id", "engagement_id", "created_at"),
    )

    number: Mapped[int] = mapped_column(BigInteger)
    engagement_id: Mapped[UUID]
    data_grant_id: Mapped[UUID]
    name: Mapped[str]
    purpose: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="lending")
    size: Mapped[int] = mapped_column(server_default=text("0"))
    reserved: Mapped[int] = mapped_column(server_default=text("0"))
    expires_at: Mapped[datetime]
    lent_name: Mapped[str] = mapped_column(server_default="")
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(server_default="")


class ReturnProof(TenantModel):
    """The provider's signed word that nothing of a list, a grant or a whole engagement is held any more.

    `digest` is the SHA-256 of what it signed, `signature` the installation's Ed25519 signature of the same, in hex. Either
    party reads it: the provider from its own workspace, too, when its people have left the engagement's.
    """

    __tablename__ = "return_proof"
    __walls__: ClassVar[Walls] = Walls(
        provider="engagement", provider_writes=("INSERT",), append_only=True, partner="provider_tenant_id",
        auth="INSERT, SELECT",
    )  # fmt: skip
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        references("lease_list", "lease_list_id", optional=True),
        references("data_grant", "data_grant_id", optional=True),
        Index("ix_return_proof_engagement", "tenant_id", "engagement_id"),
        Index("ix_return_proof_provider", "provider_tenant_id", "created_at"),
    )

    engagement_id: Mapped[UUID]
    provider_tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenant.id"))
    lease_list_id: Mapped[UUID | None]
    data_grant_id: Mapped[UUID | None]
    document: Mapped[str]
    digest: Mapped[str]
    signature: Mapped[str] = mapped_column(server_default="")
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=NOTHING)
    signed_party: Mapped[str]
    signed_name: Mapped[str]


class Lease(TenantModel):
    """One customer lent to one engagement until `expires_at`. Live while `ended_at` is null and the expiry is ahead.

    `customer_number` is the customer's, written by the database: a provider's list is read in its order from the leases.
    """

    __tablename__ = "lease"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", deletable=False, auth="SELECT, UPDATE", search=True)
    __merge__: ClassVar[Merge] = Merge(how="keep_one", by=("engagement_id",), where="ended_at IS NULL")
    __table_args__ = (
        references("engagement", "engagement_id"),
        references("customer", "customer_id", cascade=True),
        references("data_grant", "data_grant_id", optional=True),
        references("lease_list", "lease_list_id", optional=True),
        Index(
            "uq_lease_live",
            "tenant_id",
            "customer_id",
            "engagement_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_lease_engagement", "tenant_id", "engagement_id", "customer_id", "expires_at"),
        Index(
            "ix_lease_number",
            "tenant_id",
            "engagement_id",
            "customer_number",
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_lease_list", "tenant_id", "lease_list_id", "customer_id"),
        Index("ix_lease_grant", "tenant_id", "data_grant_id", "customer_id"),
    )

    engagement_id: Mapped[UUID]
    provider_tenant_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    customer_number: Mapped[int | None] = mapped_column(BigInteger)
    data_grant_id: Mapped[UUID | None]
    lease_list_id: Mapped[UUID | None]
    purpose: Mapped[str]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class Canary(TenantModel):
    """An invented customer in a list, known to the client alone: who touches it outside the lease gives the leak away."""

    __tablename__ = "canary"
    __walls__: ClassVar[Walls] = Walls()
    __merge__: ClassVar[Merge] = Merge(
        how="refuse",
        reason=N_("This customer stands in a list that is lent out, and cannot be merged until it is returned."),
    )
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        references("lease_list", "lease_list_id", cascade=True),
        references("customer", "customer_id", cascade=True),
        UniqueConstraint("tenant_id", "lease_list_id", "customer_id"),
        UniqueConstraint("tenant_id", "phone_key"),
        UniqueConstraint("tenant_id", "email_key"),
    )

    engagement_id: Mapped[UUID]
    lease_list_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    phone_key: Mapped[str]
    email_key: Mapped[str]
    watched_until: Mapped[datetime | None]


class CanaryAlarm(TenantModel):
    """A sign that a list left the lease: who touched an invented customer, where and when."""

    __tablename__ = "canary_alarm"
    __walls__: ClassVar[Walls] = Walls()
    __table_args__ = (
        references("canary", "canary_id", cascade=True),
        one_of("kind", "contact", "gate", "reveal", "report"),
        UniqueConstraint("tenant_id", "canary_id", "kind", "source_id"),
    )

    canary_id: Mapped[UUID]
    kind: Mapped[str]
    source_id: Mapped[UUID]
    happened_at: Mapped[datetime]
    seen_in: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(server_default="")


from core.engagements import seat_models as seat_models  # noqa: E402 - its tables are this feature's too
