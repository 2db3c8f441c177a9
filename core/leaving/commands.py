"""`kehub tenant ...`: what the platform's operator does to an organisation. Each act is in the tenant's own trail."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.config import Config
from core.db import scope
from core.db.base import db
from core.errors import N_, Conflict, NotFound
from core.leaving import certificate, deletion
from core.tenants import life
from core.tenants.commands import tenant as tenant
from core.tenants.service import find_workspace, system_context

MakeApp = Callable[[], Flask]
_LISTED = text("SELECT * FROM tenants_listed()").execution_options(**scope.PLATFORM)
NOT_DUE = N_("It is not deleted yet: only an organisation that is closing and whose days of grace are over is.")


def _move(make_app: MakeApp, slug: str, event: str, *, reason: str | None, days: int | None = None) -> None:
    app = make_app()
    config: Config = app.extensions["kehub"]["config"]
    with app.app_context():
        session = db.session()
        context = _context(session, slug)
        usual = config.grace_days if event == "close" else config.trial_days
        moved = life.move(session, context=context, event=event, reason=reason, days=days or usual)
        state, until = moved.state, moved.erase_after or moved.trial_ends_at
        session.commit()
    click.echo(f"{slug}: {state}" + (f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""))


def _context(session: Session, slug: str) -> Any:
    if find_workspace(session, workspace=slug).engagement_id is not None:
        raise click.ClickException(f"{slug} is the address of an engagement, not of an organisation.")
    context = system_context(session, workspace=slug)
    scope.enter(session, context)
    return context


reason_option = click.option("--reason", required=True, help="Its people read it.")


@tenant.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_tenants(make_app: MakeApp, *, as_json: bool) -> None:
    """Every organisation: address, name, state, until when, how many people. Nothing of its data."""
    with make_app().app_context():
        rows = [dict(row._mapping) for row in db.session().execute(_LISTED)]
        db.session.rollback()
    if as_json:
        click.echo(json.dumps(rows, default=str, ensure_ascii=False, indent=2))
        return
    for row in rows:
        until = f" until {row['until']:%Y-%m-%d}" if row["until"] else ""
        click.echo(f"{row['slug'] or '-'}: {row['name']} · {row['state']}{until} · {row['people']} people")


@tenant.command()
@click.argument("slug")
@reason_option
@click.pass_obj
def suspend(make_app: MakeApp, *, slug: str, reason: str) -> None:
    """Make an organisation read-only."""
    _move(make_app, slug, "suspend", reason=reason)


@tenant.command()
@click.argument("slug")
@reason_option
@click.pass_obj
def activate(make_app: MakeApp, *, slug: str, reason: str) -> None:
    """End a trial or a suspension."""
    _move(make_app, slug, "activate", reason=reason)


@tenant.command()
@click.argument("slug")
@click.option("--days", type=click.IntRange(1, 365), required=True, help="Days of trial from now on.")
@reason_option
@click.pass_obj
def extend(make_app: MakeApp, *, slug: str, days: int, reason: str) -> None:
    """Give more days of trial, also after the trial has ended."""
    _move(make_app, slug, "extend", reason=reason, days=days)


@tenant.command()
@click.argument("slug")
@reason_option
@click.pass_obj
def close(make_app: MakeApp, *, slug: str, reason: str) -> None:
    """Begin the days of grace, after which everything is deleted."""
    _move(make_app, slug, "close", reason=reason)


@tenant.command("call-back")
@click.argument("slug")
@click.pass_obj
def call_back(make_app: MakeApp, *, slug: str) -> None:
    """Call a closing back within the days of grace."""
    _move(make_app, slug, "call_back", reason=None)


@tenant.command()
@click.argument("slug")
@click.pass_obj
def delete(make_app: MakeApp, *, slug: str) -> None:
    """Delete an organisation whose days of grace are over, without waiting for the hourly job."""
    app = make_app()
    with app.app_context():
        session = db.session()
        tenant_id = find_workspace(session, workspace=slug).tenant_id
        certificate_id = deletion.begin(session, tenant_id=tenant_id)
        session.commit()
        if certificate_id is None:
            raise Conflict(NOT_DUE)
        while deletion.work(db.engine, certificate_id=certificate_id):
            click.echo(".", nl=False)
        row = certificate.find(session, wanted=str(certificate_id))
        session.rollback()
    if row.state != "issued":
        raise click.ClickException("Held back, something is left: " + ", ".join(row.notes.get("left", [])))
    click.echo(f"\n{slug}: deleted, certificate {_address(app.extensions['kehub']['config'], row)}")


@tenant.command("certificate")
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="Print the document.")
@click.pass_obj
def show_certificate(make_app: MakeApp, *, slug: str, as_json: bool) -> None:
    """The certificate of a deleted organisation, by an address that it had; checked against its hash and signature."""
    app = make_app()
    with app.app_context():
        row = certificate.find(db.session(), wanted=slug)
        if row.state != "issued":
            raise NotFound(N_("The deletion of %(slug)s is not finished; left so far: %(left)s."), slug=slug,
                           left=", ".join(row.notes.get("left", [])) or "–")  # fmt: skip
        holds = certificate.holds(row.document, sha256=row.sha256, signature=row.signature)
    if as_json:
        click.echo(json.dumps(row.document, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{row.document['organisation']['name']}: deleted {row.document['deleted_at']}")
        click.echo(_address(app.extensions["kehub"]["config"], row))
        click.echo(f"SHA-256 {row.sha256}\nsignature {'holds' if holds else 'DOES NOT HOLD'}")
    if not holds:
        raise SystemExit(1)


def _address(config: Config, row: Any) -> str:
    return f"{config.address}/deleted/{row.reference}"
