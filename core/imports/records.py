"""Import records of one type from a file: each row through the service, so that rules, clocks and trail are asked as ever.

1. A row names its record by an identifier; who has none with this number gets a new one. Blank cells change nothing.
2. The holder is found by customer number (`holder`) or identifier (`holder:account`), the parent by number or identifier.
3. Each row is done in a savepoint: what is refused is told with its reason and leaves nothing; the rest goes on. A row that
   says what is there already changes nothing, so a file may be imported again.
4. What a row changes or makes leaves an image, so that the import can be undone as a whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.customers.queries import find_by_identifier
from core.engagements.queries import customers_by_number
from core.errors import N_, DomainError, FieldError, Invalid
from core.fields import FieldSet
from core.fields.readers import is_blank
from core.imports import policy, problems, service, targets
from core.imports.contents import HOLDER, PARENT, STATE, Records, content_of
from core.imports.mapping import ColumnMapping
from core.imports.models import ImportRow
from core.imports.problems import Problem, problem
from core.imports.reading import RawRow
from core.jobs.models import BulkRun
from core.plugin.catalog import CatalogView
from core.records import queries
from core.records import service as records
from core.records.forms import typed_columns
from core.records.identifying import find_record, hand_over
from core.records.models import Record, RecordIdentifier
from core.tenants.queries import filled_context
from core.undo import service as undo
from core.undo.models import BeforeImage

KIND = Records.kind
NO_RECORD = N_("The number that identifies the record is blank.")
NO_HOLDER = N_("There is no active customer with this number.")
NO_PARENT = N_("There is none with this number.")
UNSEEN = {"synchronize_session": False}
UNDOABLE = undo.Undoable(permission=policy.RUN, label={"zh-CN": "记录导入", "en": "Import of records"})
ViewOf = Callable[[Session, Context], CatalogView]


class RecordImporter:
    """The slices of imports of records, as the job queue calls them."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
        full = filled_context(session, context=context)
        view = self._view_of(session, full)
        file = service.file_of(session, run_id=run.id)
        mapping = ColumnMapping.of(file.mapping)
        content_of(view, run.settings).check(mapping, header=file.header)
        loader = RecordLoader(session, context=full, view=view, run=run, mapping=mapping, header=file.header)
        counts, more = dict(run.counts), False
        with service.rows_of(run, file) as rows:
            for raw in rows:
                outcome, warned = loader.load(raw)
                counts[outcome] += 1
                counts["warned"] += warned
                if time.monotonic() >= until:
                    more = True
                    break
            run.cursor = rows.offset
            run.settings = {**run.settings, "line": rows.line}
        run.counts = counts
        if not more and not service.tried(run):
            self._finish(session, full, run)
        return more

    def _finish(self, session: Session, context: Context, run: BulkRun) -> None:
        run.state, run.finished_at = "done", datetime.now(UTC)
        details = {**run.counts, "type": run.settings["type"]}
        audit.append(session, context=context, action="records.imported", subject=("bulk_run", run.id), details=details)


class RecordLoader:
    """Does one row after the other and keeps what became of each."""

    def __init__(
        self, session: Session, *, context: Context, view: CatalogView, run: BulkRun, mapping: ColumnMapping,
        header: Sequence[str],
    ) -> None:  # fmt: skip
        self.session, self.context, self.view, self.run = session, context, view, run
        self.mapping, self.header = mapping, header
        self.type: str = run.settings["type"]
        self.parent_type = Records(view=view, type=self.type).parent_type
        self.columns = {target: column for column, target in mapping.columns.items()}

    def load(self, raw: RawRow) -> tuple[str, int]:
        """The row's outcome, and whether something is to be told of one that was taken."""
        record_id, outcome, found = self._done(raw)
        self.session.add(
            ImportRow(run_id=self.run.id, line=raw.line, outcome=outcome, key=str(record_id) if record_id else None,
                      problems=found)
        )  # fmt: skip
        self.session.flush()
        return outcome, int(bool(found) and outcome != "rejected")

    def _done(self, raw: RawRow) -> tuple[UUID | None, str, list[Problem]]:
        say = partial(problem, at=raw.at)
        if raw.fault is not None:
            return None, "rejected", [say(raw.fault, problems.FAULTS[raw.fault])]
        if len(raw.cells) != len(self.header):
            told = say("columns", problems.COLUMNS, found=len(raw.cells), needed=len(self.header))
            return None, "rejected", [told]
        savepoint = self.session.begin_nested()
        try:
            record_id, outcome = self._write(self._cells(raw))
        except DomainError as error:
            savepoint.rollback()
            if error.evidence is not None:
                error.evidence(self.session)
            return None, "rejected", self._told(error, at=raw.at)
        if self.run.settings["phase"] == "checking":
            savepoint.rollback()
        else:
            savepoint.commit()
        return record_id, outcome, []

    def _cells(self, raw: RawRow) -> dict[str, str]:
        """What the row says, by target; blank cells say nothing."""
        found = {}
        for column, cell in zip(self.header, raw.cells, strict=True):
            target = self.mapping.columns.get(column)
            text = self.mapping.values.get(column, {}).get(cell.strip(), cell)
            if target is not None and not is_blank(text):
                found[target] = text
        return found

    def _write(self, cells: Mapping[str, str]) -> tuple[UUID, str]:
        key = self.mapping.identify_by
        if key not in cells:
            raise Invalid(NO_RECORD, field=key)
        values = {name: text for name, text in cells.items() if name in self.view.fields(on=f"record:{self.type}")}
        numbers = {
            name.removeprefix(targets.IDENTIFIER): text.strip()
            for name, text in cells.items() if name.startswith(targets.IDENTIFIER)
        }  # fmt: skip
        scheme = key.removeprefix(targets.IDENTIFIER).rpartition(".")[2]
        known = find_record(self.session, type=self.type, scheme=scheme, value=self._canonical(key, cells[key]))
        before, currency = self._standing(known)
        changes, state = self._changes(cells, currency=currency), cells.get(STATE, "").strip() or None
        if known is None:
            made = records.create_record(
                self.session, context=self.context, view=self.view, type=self.type, state=state, values=values,
                identifiers=numbers, **changes,
            )  # fmt: skip
            self._remember("record", [made.id], "made")
            self._remember("record_identifier", list(self._identifiers(made.id)), "made")
            return made.id, "created"
        held = self._identifiers(known)
        self._remember("record", [known])
        self._remember("record_identifier", list(held))
        after = records.update_record(
            self.session, context=self.context, view=self.view, record_id=known, version=before, state=state,
            values=values, changes=changes, identifiers=numbers,
        )  # fmt: skip
        self._settle({after.id: after.version}, held, self._identifiers(known))
        return after.id, "unchanged" if after.version == before else "updated"

    def _standing(self, known: UUID | None) -> tuple[int, str]:
        """Version and currency of the record that is there; of a new one, the workspace's currency."""
        found = self.session.execute(select(Record.version, Record.currency).where(Record.id == known)).one_or_none()
        return (found.version, found.currency or self.context.currency) if found else (0, self.context.currency)

    def _remember(self, table: str, rows: Sequence[UUID], act: Literal["changed", "made"] = "changed") -> None:
        """So that the whole import can be undone."""
        undo.remember(self.session, run_id=self.run.id, table=table, rows=rows, act=act)

    def _identifiers(self, record_id: UUID) -> dict[UUID, int]:
        """Ids and versions."""
        rows = self.session.execute(
            select(RecordIdentifier.id, RecordIdentifier.version).where(RecordIdentifier.record_id == record_id)
        )
        return {row.id: row.version for row in rows}

    def _settle(self, record: Mapping[UUID, int], held: Mapping[UUID, int], now: Mapping[UUID, int]) -> None:
        """Of what was written, the images say at which version it stands; of what was not, none is kept."""
        self._remember("record_identifier", [each for each in now if each not in held], "made")
        image = BeforeImage
        for row_id, version in {**record, **now}.items():
            of_row = (image.run_id == self.run.id, image.row_id == row_id)
            self.session.execute(update(image).where(*of_row).values(version_after=version), execution_options=UNSEEN)
            same = image.was["version"].as_integer() == version
            self.session.execute(delete(image).where(*of_row, same), execution_options=UNSEEN)

    def _canonical(self, target: str, text: str) -> str:
        """The number as its field keeps it, so that it is found however it is written."""
        declared = self.view.field(target, on=f"record:{self.type}")
        if declared is None:
            return text
        values, errors = FieldSet(fields={target: declared}).parse({target: text})
        if errors:
            raise Invalid(errors=errors)
        return str(values[target])

    def _changes(self, cells: Mapping[str, str], *, currency: str) -> dict[str, Any]:
        """An amount without a currency beside it is one in `currency`."""
        typed, errors = typed_columns(cells, zone=ZoneInfo(self.context.zone), currency=currency)
        found: dict[str, Any] = {name: typed[name] for name in ("occurred_at", "ends_at", "currency") if name in typed}
        if "amount" in typed:
            found = {"currency": currency, **found, "amount_minor": typed["amount"]}
        for target, text in cells.items():
            family, _, scheme = target.partition(":")
            if family == HOLDER:
                found["customer_id"] = self._found(errors, target, NO_HOLDER, self._holder(scheme, text.strip()))
            elif family == PARENT:
                found["parent_id"] = self._found(errors, target, NO_PARENT, self._parent(scheme, text.strip()))
        if errors:
            raise Invalid(errors=errors)
        return found

    @staticmethod
    def _found(errors: list[FieldError], target: str, message: str, found: UUID | None) -> UUID | None:
        if found is None:
            errors.append(FieldError(field=target, code="unknown", message=message))
        return found

    def _holder(self, scheme: str, text: str) -> UUID | None:
        if scheme:
            return find_by_identifier(self.session, context=self.context, scheme=scheme, value=text)
        number = _number(text)
        numbers = [number] if number is not None else []
        return next(iter(customers_by_number(self.session, context=self.context, numbers=numbers).values()), None)

    def _parent(self, scheme: str, text: str) -> UUID | None:
        if self.parent_type is None:
            return None
        if scheme:
            return find_record(self.session, type=self.parent_type, scheme=scheme, value=text)
        number = _number(text)
        if number is None:
            return None
        return queries.number_of(self.session, context=self.context, type=self.parent_type, number=number)

    def _told(self, error: DomainError, *, at: int) -> list[Problem]:
        """Each thing that is wrong, at its column. Values of params are texts by then: they are kept as JSON."""
        said = error.errors or [
            FieldError(field=error.field or "", code=error.code, message=error.message, params=error.params)
        ]
        owner = self.type.partition(".")[0]
        found = []
        for each in said:
            column = self.columns.get(each.field) or self.columns.get(f"{owner}.{each.field}", "")
            params: dict[str, Any] = {
                name: value if isinstance(value, int) else str(value) for name, value in each.params.items()
            }
            found.append(problem(each.code, each.message, target=each.field, column=column, at=at, **params))
        return found


def follow_undone(session: Session, context: Context, record_ids: Sequence[UUID]) -> None:  # noqa: ARG001 - a Follower
    """Records that were put back: what they are known by is again their holder's."""
    known = RecordIdentifier
    lost = select(Record).join(known, known.record_id == Record.id).where(
        Record.id.in_(list(record_ids)), known.customer_id.is_distinct_from(Record.customer_id)
    )  # fmt: skip
    for record in session.scalars(lost.distinct()).all():
        hand_over(session, record)


def _number(text: str) -> int | None:
    digits = text.removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None
