"""`kehub tenant`: open an organisation's workspace."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask

from core.db import scope
from core.db.base import db
from core.tenants import service


@click.group()
def tenant() -> None:
    """Tenants: the organisations on the platform."""


@tenant.command()
@click.option("--slug", required=True, help="Address of its workspace, as in /t/<slug>.")
@click.option("--name", required=True, help="The organisation's name as people see it.")
@click.option("--kind", "kinds", type=click.Choice(["client", "provider"]), multiple=True, required=True)
@click.option("--vertical", "verticals", multiple=True, help="A vertical to switch on; may be repeated.")
@click.option("--locale", default="zh-CN", show_default=True)
@click.option("--zone", default="Asia/Shanghai", show_default=True)
@click.option("--currency", default="CNY", show_default=True)
@click.option("--country", default="CN", show_default=True)
@click.pass_obj
def create(make_app: Callable[[], Flask], *, slug: str, name: str, kinds: tuple[str, ...], verticals: tuple[str, ...],
           locale: str, zone: str, currency: str, country: str) -> None:  # fmt: skip
    """Make a tenant and its workspace."""
    app = make_app()
    loaded = app.extensions["kehub"]["catalog"].verticals
    unknown = [key for key in verticals if key not in loaded]
    if unknown:
        raise click.ClickException(f"No vertical {', '.join(unknown)}; loaded: {', '.join(loaded)}")
    with app.app_context():
        session = db.session()
        service.create_tenant(
            session, slug=slug, name=name, kinds=kinds, locale=locale, zone=zone, currency=currency, country=country
        )
        context = service.system_context(session, workspace=slug)
        scope.enter(session, context)
        for key in verticals:
            service.set_vertical(session, context=context, key=key, enabled=True)
        session.commit()
    click.echo(f"{name}: /t/{slug}/")
