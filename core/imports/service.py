"""Import customers or records from a file: receive it, map it, rehearse, load, slice by slice.

1. `receive` keeps the file, finds how it is written and suggests a mapping; the run is a draft.
2. `rehearse` reads the whole file and says what would become of each row; nothing else is written. 3. `load` does it.
Both work in slices (`work`) under the run's lock; one tenant's slices follow each other. A row's outcome is committed
together with what was done for it, and a file that is imported again changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import IO, Any, Literal
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.errors import N_, Conflict, Invalid, NotFound, Stale, Unavailable
from core.events import bus
from core.files import service as files
from core.files.models import StoredFile
from core.identity.reach import refuse_narrowed
from core.imports import profiles, source
from core.imports.ahead import Ahead, Kept
from core.imports.columns import RowParser
from core.imports.contents import KINDS, Content, Customers, content_of
from core.imports.dialect import DELIMITERS
from core.imports.events import CustomersImported
from core.imports.loader import Counts, Loader
from core.imports.mapping import ColumnMapping
from core.imports.models import ImportFile, ImportRow
from core.imports.reading import Rows
from core.imports.source import Source
from core.imports.staging import Staging
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.plugin.catalog import CatalogView
from core.tenants.queries import filled_context

KIND = Customers.kind
KEEP_DAYS = 90
Existing = Literal["update", "fill"]
Blank = Literal["keep", "clear"]
"""What a blank cell does to what an existing customer has."""
Phase = Literal["draft", "checking", "checked", "importing"]
NO_COUNTS = asdict(Counts())
GONE = N_("The uploaded file is no longer there. Upload it again.")


def receive(
    session: Session, *, content: Content, stream: IO[bytes], name: str, limit: int, encoding: str | None = None,
    sheet: str | None = None,
) -> BulkRun:  # fmt: skip
    """Keep an uploaded file and make a draft of its import. Raises Invalid or Unavailable; then nothing is kept.

    `encoding` and `sheet` say how it is to be read, where it should not be found out.

    Raises Denied for who does not reach all customers: a file names any of them.
    """
    refuse_narrowed(session)
    file = files.keep(
        session, stream=stream, name=name, media_type="text/csv", purpose="import", limit=limit, days=KEEP_DAYS
    )
    try:
        return _draft(session, file=file, content=content, encoding=encoding, sheet=sheet)
    except Exception:
        files.forget(session, file=file)
        raise


def _draft(session: Session, *, file: StoredFile, content: Content, encoding: str | None, sheet: str | None) -> BulkRun:
    """What somebody chose for the last file with this very header is chosen again."""
    found = source.read(session, given=file, encoding=encoding, sheet=sheet)
    before = _same_file(session, content=content, file=file)
    run = jobs.create_run(session, kind=content.kind, settings=dict(content.settings))
    known = profiles.find(session, content=content, header=found.dialect.header)
    suggestion = content.suggested(found.dialect.header)
    chosen = ColumnMapping.of(known.mapping) if known else suggestion
    kept = ImportFile(run_id=run.id, source_id=file.id, mapping=chosen.stored(), **_columns(found))
    session.add(kept)
    options: Mapping[str, Any] = known.options if known else {}
    run.settings = {
        "existing": "update", "blank": "keep", **content.settings, **options, "remembered": known is not None,
        **_settings(found), "phase": "draft", "before": str(before) if before else None,
    }  # fmt: skip
    run.total, run.cursor, run.counts = found.file.size, found.dialect.offset, dict(NO_COUNTS)
    session.flush()
    return run


def _same_file(session: Session, *, content: Content, file: StoredFile) -> UUID | None:
    """The latest run that imported rows of this kind from the very same bytes, and was not undone."""
    done = (
        select(BulkRun.id)
        .join(ImportFile, ImportFile.run_id == BulkRun.id)
        .join(StoredFile, StoredFile.id == ImportFile.source_id)
        .where(
            StoredFile.sha256 == file.sha256, BulkRun.kind == content.kind, BulkRun.state == "done",
            BulkRun.settings.contains({"phase": "importing", **content.settings}),
            BulkRun.settings["undone_by"].as_string().is_(None),
        )
    )  # fmt: skip
    return session.scalar(done.order_by(BulkRun.id.desc()).limit(1))


def _columns(found: Source) -> dict[str, Any]:
    return {
        "file_id": found.file.id,
        "encoding": found.encoding,
        "delimiter": found.dialect.delimiter,
        "header": list(found.dialect.header),
    }


def _settings(found: Source) -> dict[str, Any]:
    how = found.dialect
    return {
        "format": found.format, "sheet": found.sheet, "sheets": list(found.sheets), "read_as": found.read_as,
        "body": [how.offset, how.line], "line": how.line,
    }  # fmt: skip


def look(
    session: Session,
    *,
    run: BulkRun,
    view: CatalogView,
    encoding: str | None = None,
    sheet: str | None = None,
    delimiter: str | None = None,
) -> None:
    """Read a waiting run's file in another way: encoding, sheet or delimiter. Raises Invalid, and then it stays as it was."""
    _must_wait(run)
    if delimiter is not None and delimiter not in DELIMITERS:
        raise Invalid(N_("Columns are separated by comma, tab, semicolon or bar."), field="delimiter")
    file, content = file_of(session, run_id=run.id), content_of(view, run.settings)
    given = files.find(session, file_id=file.source_id or file.file_id)
    if not files.path_of(given.tenant_id, given.id).exists():
        raise Unavailable(GONE)
    found = source.read(session, given=given, encoding=encoding, sheet=sheet, delimiter=delimiter)
    before = file.file_id
    _rewind(session, run=run, phase="draft")
    if list(found.dialect.header) != file.header:
        file.mapping = content.suggested(found.dialect.header).stored()
    for name, value in _columns(found).items():
        setattr(file, name, value)
    run.settings = {**run.settings, **_settings(found)}
    run.total, run.cursor = found.file.size, found.dialect.offset
    session.flush()
    if before not in (given.id, found.file.id):
        files.forget(session, file=files.find(session, file_id=before))


def found_run(session: Session, *, run_id: UUID, version: int | None = None) -> BulkRun:
    """An import's run, locked. Raises NotFound, and Stale where it is not at `version` any more."""
    run = jobs.locked_run(session, run_id=run_id)
    if run.kind not in KINDS:
        raise NotFound
    if version is not None and run.version != version:
        raise Stale
    return run


def file_of(session: Session, *, run_id: UUID) -> ImportFile:
    found = session.scalar(select(ImportFile).where(ImportFile.run_id == run_id))
    if found is None:
        raise NotFound
    return found


def choose(
    session: Session,
    *,
    run: BulkRun,
    view: CatalogView,
    chosen: ColumnMapping,
    existing: Existing = "update",
    blank: Blank = "keep",
) -> None:
    """Map the columns of a waiting run anew. Raises Invalid, and Conflict once it is being imported."""
    _must_wait(run)
    file = file_of(session, run_id=run.id)
    content_of(view, run.settings).check(chosen, header=file.header)
    if file.mapping != chosen.stored():
        file.mapping = chosen.stored()
    _rewind(session, run=run, phase="draft", existing=existing, blank=blank)


def rehearse(session: Session, *, run: BulkRun, view: CatalogView) -> None:
    """Make a waiting run ready to be read through without writing. Whoever calls starts it."""
    _prepare(session, run=run, view=view, phase="checking")


def load(session: Session, *, run: BulkRun, view: CatalogView) -> None:
    """Make a waiting run ready to be imported, and remember how. Whoever calls starts it."""
    _prepare(session, run=run, view=view, phase="importing")
    file = file_of(session, run_id=run.id)
    options: dict[str, Any] = {"existing": run.settings["existing"], "blank": run.settings.get("blank", "keep")}
    content = content_of(view, run.settings)
    profiles.keep(session, content=content, header=file.header, mapping=file.mapping, options=options)


def _prepare(session: Session, *, run: BulkRun, view: CatalogView, phase: Phase) -> None:
    _must_wait(run)
    file = file_of(session, run_id=run.id)
    content_of(view, run.settings).check(ColumnMapping.of(file.mapping), header=file.header)
    _rewind(session, run=run, phase=phase)


def _must_wait(run: BulkRun) -> None:
    if run.state != "waiting":
        raise Conflict(N_("This import has begun or ended."))


def _rewind(
    session: Session, *, run: BulkRun, phase: Phase, existing: Existing | None = None, blank: Blank | None = None
) -> None:
    """Back to the first row; the outcomes of a rehearsal are forgotten."""
    if run.cursor != run.settings["body"][0]:
        session.execute(delete(ImportRow).where(ImportRow.run_id == run.id))
    run.cursor, line = run.settings["body"]
    changes = {
        "phase": phase, "line": line, "existing": existing or run.settings["existing"],
        "blank": blank or run.settings.get("blank", "keep"),
    }  # fmt: skip
    run.settings = {**run.settings, **changes}
    run.counts = dict(NO_COUNTS)
    session.flush()


def again(session: Session, *, run: BulkRun) -> BulkRun:
    """A new draft of an import that has ended, from the same file and mapping. Raises Unavailable where the file is gone."""
    if run.state not in jobs.ENDED:
        raise Conflict(N_("This import has not ended."))
    file = file_of(session, run_id=run.id)
    if not files.path_of(file.tenant_id, file.file_id).exists():
        raise Unavailable(GONE)
    offset, line = run.settings["body"]
    settings = {name: value for name, value in run.settings.items() if name != "undone_by"}
    copy = jobs.create_run(
        session, kind=run.kind, settings={**settings, "phase": "draft", "line": line}, total=run.total
    )
    copy.cursor, copy.counts = offset, dict(NO_COUNTS)
    session.add(
        ImportFile(
            run_id=copy.id, file_id=file.file_id, source_id=file.source_id, encoding=file.encoding, delimiter=file.delimiter,
            header=file.header, mapping=file.mapping,
        )
    )  # fmt: skip
    session.flush()
    return copy


ViewOf = Callable[[Session, Context], CatalogView]


class Importer:
    """The slices of imports, as the job queue calls them."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of
        self._kept = Kept()

    def __call__(self, session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
        full = filled_context(session, context=context)
        file = file_of(session, run_id=run.id)
        chosen = ColumnMapping.of(file.mapping)
        view = self._view_of(session, full)
        Customers(view=view).check(chosen, header=file.header)  # a vertical may have been switched off meanwhile
        clears = run.settings.get("blank") == "clear"
        ahead = self._reader(run, file, by=(view, full, chosen, clears, file.file_id, run.settings["read_as"]))
        try:
            _one_at_a_time(session, context=full)
            prepare_planner(session)
            loader = Loader(
                session,
                context=full,
                run=run,
                mapping=chosen,
                staging=ahead.staging,
                rehearsal=run.settings["phase"] == "checking",
                fill=run.settings["existing"] == "fill",
                clears=clears,
                file=files.find(session, file_id=file.file_id).name,
            )
            more = _work(ahead, loader, run=run, until=until)
        except BaseException:
            ahead.close()
            raise
        if more:
            self._kept.put(run.id, ahead)
        else:
            ahead.close()
        if not more and not tried(run):
            _finish(session, context=full, run=run)
        return more

    def _reader(self, run: BulkRun, file: ImportFile, *, by: tuple[Any, ...]) -> Ahead:
        """The one of the slice before where it stands at the run's place; else a new one."""
        kept = self._kept.take(run.id)
        same = kept is not None and kept.by[0] is by[0] and kept.by == by
        there = files.path_of(file.tenant_id, file.file_id).exists()
        if kept is not None and same and there and kept.place == (run.cursor, run.settings["line"]):
            return kept
        if kept is not None:
            kept.close()
        view, context, chosen, clears = by[:4]
        rows = rows_of(run, file)
        parser = RowParser(chosen, header=file.header, view=view, context=context, clears=clears)
        return Ahead(rows, parser=parser, staging=Staging(chosen), by=by)


def rows_of(run: BulkRun, file: ImportFile) -> Rows:
    path = files.path_of(file.tenant_id, file.file_id)
    line = run.settings["line"]
    try:
        return Rows(path, encoding=run.settings["read_as"], delimiter=file.delimiter, offset=run.cursor, line=line)
    except FileNotFoundError:
        raise Unavailable(GONE) from None


def _work(ahead: Ahead, loader: Loader, *, run: BulkRun, until: float) -> bool:
    """Batches until the time is over: none is begun of which more than half would be late, as the last one went.

    While one is loaded the next is read. Whether there is more; `run` tells what is done and where to go on.
    """
    counts = dict(run.counts)
    while True:
        batch, began = ahead.take(), time.monotonic()
        if batch.staged.rows:
            for name, count in asdict(loader.load(batch.staged)).items():
                counts[name] += count
        run.cursor, line = batch.offset, batch.line
        now = time.monotonic()
        ahead.learn(now - began)
        if not batch.more or now + (now - began) / 2 >= until:
            break
    run.settings, run.counts = {**run.settings, "line": line}, counts
    return batch.more


def tried(run: BulkRun) -> bool:
    """A rehearsal has come to its end and waits for a person; False for an import."""
    if run.settings["phase"] != "checking":
        return False
    run.settings = {**run.settings, "phase": "checked"}
    run.state = "waiting"
    return True


def _finish(session: Session, *, context: Context, run: BulkRun) -> None:
    run.state, run.finished_at = "done", datetime.now(UTC)
    audit.append(
        session, context=context, action="customers.imported", subject=("bulk_run", run.id), details=run.counts
    )
    bus.emit(session, CustomersImported(context=context, subject=run.id, counts=dict(run.counts)))


def _one_at_a_time(session: Session, *, context: Context) -> None:
    """Two imports of a tenant may name the same customer: their slices wait for each other, so neither sees half."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))").execution_options(**scope.RLS_ONLY),
        {"key": f"import:{context.tenant_id}"},
    )


def prepare_planner(session: Session) -> None:
    """For this transaction: what a slice touches is mostly in memory, so an index is not to be shunned for fear of the
    disk, nor for being a level higher than another (see `statements._asked`).

    Plans are made without looking at the tenant: of a new one the statistics say nothing, of an average one they do. It also
    keeps the server from planning each single check of a foreign key anew, which took longer than the check.

    Plans of slices before are forgotten. While a table is empty, every index that begins with the tenant is as good as its key to
    the planner, and a check of a foreign key that was planned then walks through all moments at which customers were changed.
    """
    settings = (
        "SELECT set_config('random_page_cost', '1.1', true), set_config('cpu_operator_cost', '0.00001', true),"
        " set_config('plan_cache_mode', 'force_generic_plan', true)"
    )
    for statement in ("DISCARD PLANS", settings):
        session.execute(text(statement).execution_options(**scope.RLS_ONLY))


def counted(counts: Mapping[str, int]) -> Mapping[str, int]:
    """The counts of a run so far, with the rows read."""
    done: dict[str, int] = {**NO_COUNTS, **counts}
    return {**done, "rows": sum(done[name] for name in ("created", "updated", "unchanged", "rejected"))}
