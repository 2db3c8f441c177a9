"""Import small files into the world's client and look at what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from core import app as application
from core.cli import main
from core.contacts.models import ContactPoint
from core.customers.models import Customer, CustomerIdentifier
from core.db import scope
from core.files.models import StoredFile
from core.imports import report, service
from core.imports.commands import import_file
from core.imports.models import ImportRow
from core.jobs.models import BulkRun
from tests.core.imports.importing import Importing


class Desk:
    """One client's imports. A file is text (written as UTF-8) or bytes."""

    def __init__(self, session: Any, world: Any, folder: Path) -> None:
        self.session = session
        self.world = world
        self.folder = folder

    def file(self, data: str | bytes, name: str = "list.csv") -> Path:
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def load(self, data: str | bytes, **options: Any) -> BulkRun:
        self.session.rollback()
        return import_file(self.session, tenant=self.world.slug, file=self.file(data), **options)

    def enter(self) -> None:
        self.session.rollback()
        scope.enter(self.session, self.world.alice.context)

    def customers(self) -> dict[str, Customer]:
        """By the number of the other system."""
        self.enter()
        rows = self.session.execute(
            select(CustomerIdentifier.value_key, Customer)
            .join(Customer, Customer.id == CustomerIdentifier.customer_id)
            .where(CustomerIdentifier.scheme == "external")
        )
        return {row.value_key: row.Customer for row in rows}

    def count(self, model: Any) -> int:
        self.enter()
        return int(self.session.scalar(select(func.count(model.id))) or 0)

    def told(self, run: BulkRun) -> list[tuple[int, str, str, str]]:
        """Line, outcome, column (or field) and code of everything that is told."""
        self.enter()
        return [
            (row.line, row.outcome, each["column"] or each["field"], each["code"])
            for row in report.outcome_rows(self.session, run_id=run.id)
            for each in row.problems
        ]

    def words(self, run: BulkRun) -> list[str]:
        self.enter()
        rows = report.outcome_rows(self.session, run_id=run.id)
        return [report.english(each) for row in rows for each in row.problems]

    def outcomes(self, run: BulkRun) -> dict[int, str]:
        self.enter()
        rows = self.session.execute(select(ImportRow.line, ImportRow.outcome).where(ImportRow.run_id == run.id))
        return {row.line: row.outcome for row in rows}

    def counts(self, run: BulkRun) -> tuple[int, int, int, int]:
        """Created, updated, unchanged, rejected."""
        done = service.counted(run.counts)
        return done["created"], done["updated"], done["unchanged"], done["rejected"]

    def points(self, customer: Customer) -> dict[str, tuple[str, bool]]:
        self.enter()
        rows = self.session.execute(
            select(ContactPoint.value, ContactPoint.kind, ContactPoint.preferred).where(
                ContactPoint.customer_id == customer.id
            )
        )
        return {row.value: (row.kind, row.preferred) for row in rows}

    def nothing_kept(self) -> bool:
        return all(self.count(model) == 0 for model in (Customer, StoredFile, BulkRun, ImportRow))


@pytest.fixture
def desk(session: Any, world: Any, tmp_path: Path) -> Iterator[Desk]:
    yield Desk(session, world, tmp_path)
    session.rollback()


@pytest.fixture
def run(app: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`kehub import customers`, as somebody types it, with the run's application instead of one that is made for it."""
    monkeypatch.setattr(application, "create_app", lambda: app)

    def invoke(*arguments: str | Path) -> Result:
        desk.session.rollback()
        return CliRunner().invoke(main, ["import", "customers", *map(str, arguments)])

    return invoke


@pytest.fixture
def importing(app: Any, world: Any, sign_in: Callable[[Any], Any]) -> Importing:
    alice = sign_in(world.alice)
    alice.client.set_cookie("lang", "en")
    return Importing(app, world, alice)
