"""The `kehub` command: every operation of the house, each a thin call of the code that does the work."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from core import app as application
from core import config as configuration
from core import reference
from core.audit import commands as audits
from core.audit import keys
from core.config import ConfigError
from core.configuration.commands import configuration as settings
from core.db import home, migrate
from core.db.base import db as db_
from core.db.bootstrap import RoleRefused
from core.db.check import check
from core.db.programs import EmbeddedServerError
from core.demo.commands import demo
from core.engagements.commands import engagement
from core.errors import DomainError
from core.identity.commands import person
from core.imports.commands import importing
from core.jobs.commands import worker
from core.joining.commands import sign_ups
from core.leaving import commands as organisations
from core.plugin.faults import BootError
from core.plugin.host import shipped
from core.plugin.report import DEFAULT_CHECKS, check_verticals, list_verticals
from core.search.commands import sounds
from core.serving.address import ServeRefused
from core.serving.commands import serve
from core.serving.prepare import upgrade_database
from core.tenants.service import system_context
from core.web import lint as web_lint
from core.web.assets import AssetsUnavailable, install_assets

EXPLAINED = (
    *(ConfigError, BootError, RoleRefused, EmbeddedServerError, DomainError),
    *(AssetsUnavailable, ServeRefused, application.BootRefused),
)
"""Errors whose message is the whole answer: they are printed, not traced."""


class Explained(click.Group):
    """A group that prints the errors which explain themselves, and gives its commands the application's factory."""

    def invoke(self, context: click.Context) -> Any:
        context.obj = application.create_app
        try:
            return super().invoke(context)
        except EXPLAINED as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Explained)
def main() -> None:
    """Kehub 客汇: clients and providers on the same customers."""


for command in (demo, serve, organisations.tenant, person, engagement, worker, importing, settings):
    main.add_command(command)


organisations.tenant.add_command(sign_ups)
organisations.tenant.add_command(sounds)


@main.group()
def db() -> None:
    """The database: roles, migrations, walls."""


@db.command()
def bootstrap() -> None:
    """Start the embedded server if none is configured; make roles and standing rights. Safe to run again."""
    home.prepare(configuration.read())
    click.echo("Roles are ready.")


@db.command()
def upgrade() -> None:
    """Run every owner's migrations, then make walls, grants and functions."""
    upgrade_database(configuration.read())
    click.echo("The database is up to date.")


@db.command("check")
def check_database() -> None:
    """Compare policies, grants and functions with what the tables declare."""
    config = configuration.read()
    catalog = application.load_catalog(config)
    located = home.locate(config)
    owner = located.owner_engine()
    with owner.connect() as connection:
        found = check(connection, located.roles(owner)) + migrate.behind(
            connection, application.migration_owners(catalog)
        )
    for line in found:
        click.echo(line)
    if found:
        sys.exit(1)
    click.echo("Walls, grants, functions and revisions are as declared.")


@main.command()
def assets() -> None:
    """Put the pinned browser files of other projects in place; downloads only what is not there."""
    for path in install_assets():
        click.echo(path)


@main.command()
def lint() -> None:
    """Templates the content security policy would break, and texts nobody translated."""
    faults = web_lint.lint(configuration.CHECKOUT)
    for fault in faults:
        click.echo(fault)
    if faults:
        sys.exit(1)
    click.echo("Templates and catalogs are sound.")


@main.command()
def docs() -> None:
    """Write the reference pages that are made from the code."""
    for path in reference.write(configuration.CHECKOUT / "docs"):
        click.echo(f"Wrote {path.relative_to(configuration.CHECKOUT)}")


@main.group()
def audit() -> None:
    """The audit trail: verify it, give out its heads and the public key of its seals."""


@audit.command()
@click.option("--tenant", "slug", help="The workspace of one client; every trail without it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--heads", type=click.Path(path_type=Path), help="Heads that were printed before, instead of those kept here."
)
@click.option(
    "--key", "key_files", type=click.Path(path_type=Path), multiple=True, help="A public key (PEM) of earlier seals."
)
def verify(*, slug: str | None, as_json: bool, heads: Path | None, key_files: tuple[Path, ...]) -> None:
    """Say what was changed, removed or put in. Ends with 1 where something was."""
    config, app = configuration.read(), application.create_app()
    known = [audits.read_key(path) for path in key_files]
    with app.app_context():
        session = db_.session()
        tenants = _audited(session, slug)
        before = audits.read_heads(heads, known_keys=known) if heads else audits.kept_heads(config.data_dir)
        say = (lambda _text: None) if as_json else click.echo
        made = audits.verify_trails(session, tenants=tenants, heads=before, known_keys=known, say=say)
        audits.keep_heads(config.data_dir, made, before=before)
    if as_json:
        click.echo(json.dumps(made.told(), indent=2))
    if not made.sound:
        sys.exit(1)


@audit.command("heads")
@click.option("--tenant", "slug", help="The workspace of one client; every trail without it.")
def print_heads(*, slug: str | None) -> None:
    """Print the number and hash of each trail's latest batch, signed: keep them away from the database."""
    with application.create_app().app_context():
        session = db_.session()
        document = audits.heads_document(audits.current_heads(session, tenants=_audited(session, slug)))
    click.echo(json.dumps(document, indent=1))


@audit.command("key")
def print_key() -> None:
    """Print the public key of this installation's seals and evidence packs."""
    application.create_app()
    click.echo(f"{keys.public_pem()}key id {keys.signing_key_id()}")


def _audited(session: Any, slug: str | None) -> list[UUID]:
    if slug is None:
        return audits.sealed_tenants(session)
    found = system_context(session, workspace=slug).tenant_id
    session.rollback()
    return [found]


@main.group()
def vertical() -> None:
    """Verticals: what is installed, and whether it keeps the contract."""


def _allowed() -> list[str]:
    config = configuration.read()
    return list(config.verticals) if config.verticals is not None else shipped()


@vertical.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(*, as_json: bool) -> None:
    """The verticals installed and allowed."""
    application.load_models()
    _print(list_verticals(allowed=_allowed()), as_json=as_json)


@vertical.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check_command(*, as_json: bool) -> None:
    """Load each allowed vertical and tell every fault and what to change."""
    application.load_models()
    report = check_verticals(allowed=_allowed(), checks=(*DEFAULT_CHECKS, *application.CHECKS))
    _print(report, as_json=as_json)
    if report["faults"]:
        sys.exit(1)


def _print(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    for row in report["verticals"]:
        state = "ok" if row["ok"] else "faulty"
        click.echo(
            f"{row['key']}: {state}, {len(row['fields'])} fields, {len(row['rules'])} rules, {len(row['kpis'])} KPIs"
        )
    for fault in report.get("faults", ()):
        click.echo(f"{fault['vertical']}: {fault['where']}: {fault['problem']}; {fault['fix']}")


if __name__ == "__main__":
    main()
