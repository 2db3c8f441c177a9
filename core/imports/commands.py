"""`kehub import customers`: the same slices as the worker's, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.db.base import db
from core.errors import N_, Invalid
from core.imports import mapping, report, service
from core.imports.contents import content_of
from core.imports.dialect import ENCODING_NAMES
from core.imports.mapping import ColumnMapping
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.jobs.tasks import run_inline
from core.plugin.catalog import CatalogView
from core.tenants import service as tenants

SHOWN = 20


@click.group("import")
def importing() -> None:
    """Bring in what a client already has."""


@importing.command()
@click.option("--tenant", required=True, metavar="SLUG", help="Address of the client's workspace.")
@click.option("--mapping", "named", metavar="KEY|FILE", help="An importer's key, or a mapping in JSON or TOML.")
@click.option(
    "--existing",
    type=click.Choice(["update", "fill"]),
    default="update",
    show_default=True,
    help="Customers that are there already: update them, or only fill in what they lack.",
)
@click.option(
    "--blank",
    type=click.Choice(["keep", "clear"]),
    default="keep",
    show_default=True,
    help="What a blank cell does to what a customer has.",
)
@click.option(
    "--encoding", type=click.Choice(list(ENCODING_NAMES)), help="What the file is written in, if not as found."
)
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook, if not the first.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each row; write nothing.")
@click.option(
    "--report",
    "report_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write every problem to this CSV file.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.pass_obj
def customers(
    make_app: Callable[[], Flask],
    *,
    tenant: str,
    named: str | None,
    existing: service.Existing,
    blank: service.Blank,
    encoding: str | None,
    sheet: str | None,
    dry_run: bool,
    report_file: Path | None,
    file: Path,
) -> None:
    """Import customers from FILE: CSV, an Excel workbook or vCards. Safe to run again: what is the same stays untouched."""
    with _working(make_app):
        run = import_file(
            db.session(), tenant=tenant, file=file, named=named, existing=existing, blank=blank, encoding=encoding,
            sheet=sheet, dry_run=dry_run, told=_tell_progress,
        )  # fmt: skip
        click.echo("", err=True)
        _summarise(db.session(), run, tenant=tenant, dry_run=dry_run, report_file=report_file)


@importing.command("records")
@click.option("--tenant", required=True, metavar="SLUG", help="Address of the client's workspace.")
@click.option("--type", "kind", required=True, metavar="VERTICAL.TYPE", help="What the rows are, by its qualified key.")
@click.option("--mapping", "named", metavar="FILE", help="A mapping in JSON or TOML; else the columns' names say it.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each row; write nothing.")
@click.option(
    "--report",
    "report_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write every problem to this CSV file.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.pass_obj
def of_records(
    make_app: Callable[[], Flask], *, tenant: str, kind: str, named: str | None, dry_run: bool, report_file: Path | None,
    file: Path,
) -> None:  # fmt: skip
    """Import records of one type from a CSV FILE. Safe to run again: what is the same stays untouched."""
    with _working(make_app):
        run = import_records(
            db.session(), tenant=tenant, kind=kind, file=file, named=named, dry_run=dry_run, told=_tell_progress
        )
        click.echo("", err=True)
        _summarise(db.session(), run, tenant=tenant, dry_run=dry_run, report_file=report_file)


def import_records(
    session: Session,
    *,
    tenant: str,
    kind: str,
    file: Path,
    named: str | None = None,
    dry_run: bool = False,
    told: jobs.Told | None = None,
) -> BulkRun:
    """Import (or rehearse) a file of records to its end in this process; commits slice by slice. Raises DomainError."""
    return import_file(session, tenant=tenant, file=file, kind=kind, named=named, dry_run=dry_run, told=told)


def import_file(
    session: Session,
    *,
    tenant: str,
    file: Path,
    kind: str | None = None,
    named: str | None = None,
    existing: service.Existing = "update",
    blank: service.Blank = "keep",
    encoding: str | None = None,
    sheet: str | None = None,
    dry_run: bool = False,
    told: jobs.Told | None = None,
) -> BulkRun:
    """Import (or rehearse) a file of customers, or of records of a type (`kind`), to its end in this process.

    Commits slice by slice. Raises DomainError.
    """
    context = tenants.system_context(session, workspace=tenant)
    limit = current_app.extensions["kehub"]["config"].upload_limit_mb * 1024 * 1024
    scope.enter(session, context)
    view: CatalogView = current_app.extensions["kehub"]["view_of"](session, context)
    with file.open("rb") as stream:
        content = content_of(view, {"type": kind})
        run = service.receive(
            session, content=content, stream=stream, name=file.name, limit=limit, encoding=encoding, sheet=sheet
        )
    if named is not None:
        service.choose(session, run=run, view=view, chosen=_mapping(view, named), existing=existing, blank=blank)
    else:
        kept = ColumnMapping.of(service.file_of(session, run_id=run.id).mapping)
        service.choose(session, run=run, view=view, chosen=kept, existing=existing, blank=blank)
    prepare = service.rehearse if dry_run else service.load
    prepare(session, run=run, view=view)
    run_id = run.id
    session.commit()
    return _worked(session, context, run_id, told)


def _worked(session: Session, context: Context, run_id: Any, told: jobs.Told | None) -> BulkRun:
    """Work the run to its end; one that is interrupted says so and can be run again."""
    try:
        return run_inline(session, context=context, run_id=run_id, told=told)
    except KeyboardInterrupt:
        session.rollback()
        scope.enter(session, context)
        jobs.cancel(session, run_id=run_id)
        session.commit()
        raise


def _mapping(view: CatalogView, given: str) -> ColumnMapping:
    path = Path(given)
    if path.suffix.lower() not in (".json", ".toml"):
        return mapping.named(view, given)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Invalid(N_("The mapping cannot be read: %(reason)s."), field="mapping", reason=reason) from None
    return mapping.read(text, toml=path.suffix.lower() == ".toml")


@contextmanager
def _working(make_app: Callable[[], Flask]) -> Iterator[None]:
    """Inside the app, whose connections are closed however the command ends."""
    with make_app().app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


def _tell_progress(run: BulkRun) -> None:
    rows = service.counted(run.counts)["rows"]
    share = round(100 * run.cursor / run.total) if run.total else 100
    click.echo(f"\r{rows:,} rows, {share} % of the file", nl=False, err=True)


def _summarise(session: Session, run: BulkRun, *, tenant: str, dry_run: bool, report_file: Path | None) -> None:
    scope.enter(session, tenants.system_context(session, workspace=tenant))
    run = service.found_run(session, run_id=run.id)
    file = service.file_of(session, run_id=run.id)
    counts = service.counted(run.counts)
    click.echo(f"{ENCODING_NAMES[file.encoding]}, delimiter {file.delimiter!r}, {len(file.header)} columns")
    would = "would be " if dry_run else ""
    for name in ("created", "updated", "unchanged", "rejected"):
        click.echo(f"{counts[name]:>9,} {would}{name}")
    click.echo(f"{counts['warned']:>9,} with a warning, {counts['rows']:,} rows in all")
    _tell_problems(session, run)
    if report_file is not None:
        report.save(report_file, report.problem_rows(session, run_id=run.id, say=report.english))
        click.echo(f"Every problem is in {report_file}.")


def _tell_problems(session: Session, run: BulkRun) -> None:
    shown = list(islice(report.outcome_rows(session, run_id=run.id), SHOWN + 1))
    for row in shown[:SHOWN]:
        for each in row.problems:
            where = each["column"] or each["field"]
            click.echo(f"line {row.line}, {row.outcome}: {where + ': ' if where else ''}{report.english(each)}")
    if len(shown) > SHOWN:
        click.echo("... and more; --report FILE.csv writes all of them.")
