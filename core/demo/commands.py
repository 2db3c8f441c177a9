"""`kehub demo`: everything from nothing to a served sign-in page, and again in seconds with the data kept."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from time import monotonic

import click
from flask import Flask
from sqlalchemy.orm import Session

from core import config as configuration
from core.audit import commands as audits
from core.audit import jobs as audit_jobs
from core.audit import packs as audit_packs
from core.audit.sealing import seal_everywhere
from core.config import Config
from core.db import home, scope
from core.db.base import db
from core.demo import cast, house
from core.demo.seed import MOST, demos, seed, workspace_of
from core.identity.roles import ROLES
from core.jobs.tasks import job_context
from core.plugin.catalog import Catalog
from core.serving.address import ServeRefused, at_port, listen, url
from core.serving.prepare import upgrade_database
from core.serving.run import run, using_database

MADE = ("files", "logs", "hashing", audits.KEPT, "secret.json", "database.json")
"""What belongs to the data besides the database; heads kept of trails that are gone would pass for forged. Downloads stay."""


@click.command()
@click.option("--reset", is_flag=True, help="Delete the demonstration's data first.")
@click.option("--port", type=click.IntRange(1, 65535), help="Another port than that of KEHUB_BIND.")
@click.option("--customers", type=click.IntRange(10, MOST), help="How many to make up for each client, if it is new.")
@click.pass_obj
def demo(make_app: Callable[[Config], Flask], *, reset: bool, port: int | None, customers: int | None) -> None:
    """Start the embedded database, seed two parties if there are none, and serve."""
    config = at_port(configuration.read(), port)
    if not config.embedded:
        raise ServeRefused(
            "The demonstration makes up people and companies, so it keeps to a database of its own. "
            "Unset KEHUB_DATABASE_URL, or run `kehub serve`."
        )
    with listen(config) as listener, using_database(config, say=click.echo, alone=reset):
        if reset:
            forget(config)
        click.echo("Preparing the database ...")
        upgrade_database(config)
        app = make_app(config)
        fill(app, customers=customers)
        code = run(
            app, config, listener=listener, say=click.echo, log_folder=config.data_dir / "logs",
            welcome=lambda: click.echo("\n".join(welcome(app, config))),
        )  # fmt: skip
    sys.exit(code)


def forget(config: Config) -> None:
    """Delete the database, its secrets, uploaded files and logs."""
    home.server(config).destroy()
    for name in MADE:
        path = config.data_dir / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def fill(app: Flask, *, customers: int | None = None) -> None:
    """Seed what is missing, and leave no connection open: the processes to come are forked."""
    began = monotonic()
    with app.app_context():
        for made in seed(db.session(), catalog=app.extensions["kehub"]["catalog"], customers=customers):
            after = f"{monotonic() - began:.1f} s"
            click.echo(f"Seeded {made.slug}: {made.customers} customers, {made.leased} leased to providers ({after})")
        begin_trails(db.session())
        db.session.remove()
        db.engine.dispose()


def begin_trails(session: Session) -> None:
    """Seal what the seeding noted, and have each trail verified as soon as a worker runs."""
    seal_everywhere(session, seconds=60)
    for tenant_id in audits.sealed_tenants(session):
        context = job_context(tenant_id=tenant_id, participant_id=None)
        scope.enter(session, context)
        if audit_packs.latest_check(session) is None:
            audit_jobs.begin_check(session, context=context)
        session.commit()


def welcome(app: Flask, config: Config) -> Iterator[str]:
    """Where it is and who can sign in."""
    catalog: Catalog = app.extensions["kehub"]["catalog"]
    yield f"\nKehub 客汇 is at {url(config)}\n"
    for index, _, entry in demos(catalog):
        yield f"{entry.tenant['zh-CN']} {entry.tenant['en']}: {url(config)}t/{entry.slug}/"
        for player in cast.client_people(entry.slug, index):
            yield _login(player)
        more = ", ".join(f"{each.key}@ ({each.role})" for each in house.residents(index))
        yield f"  and {more} of {entry.slug}.example"
    for company in cast.PROVIDERS:
        clients = [entry for index, _, entry in demos(catalog) if company in cast.providers_of(index)]
        places = "".join(f"\n  {url(config)}t/{workspace_of(entry, company)}/" for entry in clients)
        yield f"{company.name} {company.latin}, a provider, works in {places}"
        for player in company.people if clients else ():
            yield _login(player)
    yield f"\nThe password of each is {cast.PASSWORD}\n"
    yield f"Ctrl-C stops it and the data stay; `make demo-reset` begins anew. Logs are in {config.data_dir / 'logs'}"


def _login(player: cast.Player) -> str:
    label = ROLES[player.role].label
    return f"  {player.email:<32} {player.name}，{label['zh-CN']} {label['en']}"
