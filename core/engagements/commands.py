"""`kehub engagement`: join a client and a provider."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import click
from flask import Flask

from core.db import scope
from core.db.base import db
from core.engagements import service
from core.tenants.service import find_workspace, system_context


@click.group()
def engagement() -> None:
    """Engagements: what a provider does for a client."""


@engagement.command("open")
@click.option("--client", required=True, help="Address of the client's workspace.")
@click.option("--provider", required=True, help="Address of the provider's workspace.")
@click.option("--name", required=True)
@click.option(
    "--slug", required=True, help="Address of the engagement's own workspace, where the provider's people work."
)
@click.option("--purpose", default="service", show_default=True)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.pass_obj
def open_command(make_app: Callable[[], Flask], *, client: str, provider: str, name: str, slug: str, purpose: str,
                 until: datetime | None) -> None:  # fmt: skip
    """Open an engagement with a workspace for the provider's people."""
    with make_app().app_context():
        session = db.session()
        partner = find_workspace(session, workspace=provider)
        context = system_context(session, workspace=client)
        scope.enter(session, context)
        service.open_engagement(
            session,
            context=context,
            provider=service.Partner(partner.tenant_id, partner.name),
            name=name,
            slug=slug,
            purpose=purpose,
            ends_at=until.replace(hour=23, minute=59, tzinfo=UTC) if until else None,
        )
        session.commit()
    click.echo(f"{name}: /t/{slug}/")
