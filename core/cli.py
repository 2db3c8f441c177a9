"""The `kehub` command: every operation of the house, each a thin call of the code that does the work."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from core import app as application
from core import config as configuration
from core import reference
from core.config import ConfigError
from core.configuration.commands import configuration as settings
from core.db import home, migrate
from core.db.bootstrap import RoleRefused
from core.db.check import check
from core.db.programs import EmbeddedServerError
from core.demo.commands import demo
from core.engagements.commands import engagement
from core.errors import DomainError
from core.identity.commands import person
from core.imports.commands import importing
from core.jobs.commands import worker
from core.plugin.faults import BootError
from core.plugin.host import shipped
from core.plugin.report import DEFAULT_CHECKS, check_verticals, list_verticals
from core.serving.address import ServeRefused
from core.serving.commands import serve
from core.serving.prepare import upgrade_database
from core.tenants.commands import tenant
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


for command in (demo, serve, tenant, person, engagement, worker, importing, settings):
    main.add_command(command)


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
