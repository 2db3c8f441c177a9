"""`kehub tenant sounds`: let names that were written before be found by their Pinyin."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask

from core.db import scope
from core.db.base import db
from core.jobs.models import BulkRun
from core.jobs.tasks import run_inline
from core.search.jobs import create_fill
from core.tenants.service import system_context


@click.command()
@click.option("--workspace", required=True, help="Address of the organisation's workspace.")
@click.pass_obj
def sounds(make_app: Callable[[], Flask], *, workspace: str) -> None:
    """Fill in the Pinyin of names that were written before there was any. May be stopped and run again."""
    with make_app().app_context():
        session = db.session()
        context = system_context(session, workspace=workspace)
        scope.enter(session, context)
        run_id = create_fill(session).id
        session.commit()
        done = run_inline(session, context=context, run_id=run_id, told=_told)
        click.echo(f"{done.cursor:,} names")


def _told(run: BulkRun) -> None:
    click.echo(f"{run.cursor:,} of {run.total or 0:,}", err=True)
