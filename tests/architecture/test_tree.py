"""The tree itself: import contracts, sizes, layout, owners, guards, and a core that names no vertical."""

from flask import Flask

from core.db.check import keyless_tables
from tests.architecture import checks
from tests.architecture.checks import ROOT
from tests.architecture.routes import unguarded


def told(faults: list[str]) -> str:
    """One line per fault, so that pytest shows them all."""
    return "\n".join(faults)


def test_every_import_contract_is_kept() -> None:
    assert told(checks.broken_contracts(ROOT)) == ""


def test_no_file_outgrows_its_kind() -> None:
    assert told(checks.oversized_files(ROOT)) == ""


def test_no_function_and_no_view_outgrows_its_kind() -> None:
    assert told(checks.oversized_functions(ROOT)) == ""


def test_the_core_names_no_vertical() -> None:
    assert told(checks.verticals_named_in_core(ROOT)) == ""


def test_every_file_has_its_place() -> None:
    assert told(checks.misplaced(ROOT)) == ""


def test_a_migration_touches_only_its_owners_tables() -> None:
    assert told(checks.foreign_tables_in_migrations(ROOT)) == ""


def test_every_route_asks_for_a_permission_or_says_why_not(app: Flask) -> None:
    """But for the samples of components, which only a developer's and a test's application have."""
    assert told([fault for fault in unguarded(app) if "gallery.index" not in fault]) == ""


def test_every_table_leads_its_key_with_the_tenant_or_says_why_not(app: Flask) -> None:
    assert told(keyless_tables()) == ""
