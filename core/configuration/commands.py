"""`kehub configuration`: a workspace's configuration to a file, and from one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask import Flask, current_app
from sqlalchemy.orm import Session

from core.configuration import document, transfer
from core.configuration.view import make_view
from core.context import Context
from core.db import scope
from core.db.base import db
from core.errors import DomainError, Invalid
from core.plugin.catalog import CatalogView
from core.tenants import service as tenants

SLUG = click.option("--tenant", required=True, metavar="SLUG", help="Address of the client's workspace.")


@click.group()
def configuration() -> None:
    """What a workspace has made its own: fields, workflows, rules, parameters, days."""


@configuration.command("export")
@SLUG
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.pass_obj
def take_out(make_app: Callable[[], Flask], *, tenant: str, file: Path) -> None:
    """Write the configuration to a JSON FILE."""
    with make_app().app_context():
        session = db.session()
        context = _entered(session, tenant)
        text = transfer.export(session, context=context, view=_view(session, context), on=_today(context))
        session.commit()
    file.write_text(text + "\n", encoding="utf-8")
    click.echo(f"Wrote {file}.")


@configuration.command("import")
@SLUG
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@click.option("--reason", default="From a file", show_default=True, help="Stands on every request for approval.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.pass_obj
def bring_in(make_app: Callable[[], Flask], *, tenant: str, dry_run: bool, reason: str, file: Path) -> None:
    """Bring a JSON FILE in, whole or not at all. Safe to run again: what is so already stays as it is."""
    with make_app().app_context():
        session = db.session()
        context = _entered(session, tenant)
        with file.open("rb") as stream:
            raw = stream.read(document.LIMIT + 1)
        given = {"context": context, "raw": raw, "on": _today(context), "make_view": _view, "reason": reason}
        try:
            plan = transfer.rehearse(session, **given) if dry_run else transfer.bring_in(session, **given)  # type: ignore[arg-type]
        except Invalid as error:
            raise click.ClickException("\n".join([str(error), *_faults(error)])) from None
        (session.rollback if dry_run else session.commit)()
        for each in plan.changes:
            click.echo(f"{each.outcome:>10} {each.place}")
            for problem in each.problems:
                click.echo(f"{'':>10} {problem.field}: {problem.message % problem.params}")
        db.session.remove()


def _faults(error: DomainError) -> list[str]:
    return [f"{each.field}: {each.message % each.params}" for each in error.errors]


def _entered(session: Session, slug: str) -> Context:
    context = tenants.system_context(session, workspace=slug)
    scope.enter(session, context)
    return context


def _view(session: Session, context: Context) -> CatalogView:
    return make_view(session, context=context, catalog=current_app.extensions["kehub"]["catalog"])


def _today(context: Context) -> date:
    return datetime.now(ZoneInfo(context.zone)).date()
