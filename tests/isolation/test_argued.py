"""Statements that only the database's wall holds: each module that has one says why, here."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

REASONS: Mapping[str, str] = {
    "core/identity/directory.py": "calls functions that know people's accounts and last visits, and wall for themselves",
    "core/cases/bulk.py": "keeps which of thousands of cases are meant in one INSERT .. SELECT, walled by the select",
    "core/cases/pinning.py": "INSERT .. ON CONFLICT DO NOTHING, so that two first cases keep one definition",
    "core/clocks/firing.py": "locks cases and records, of a layer above, by id and tenant",
    "core/engagements/canaries.py": "reads interactions and gate decisions, layers above, for touches that no lease explains",
    "core/engagements/entries.py": "INSERT .. ON CONFLICT DO UPDATE: one row a day for each person and reason",
    "core/engagements/grants.py": "calls functions that make and end a provider's own requests for data, and no more",
    "core/engagements/lists.py": "counts customers, interactions and cases, layers above, by id and tenant",
    "core/engagements/offers.py": "the provider's side reads what clients offer it: rows of theirs that name it",
    "core/engagements/proofs.py": "ends lists and grants by functions of the own engagement, digests leases; proofs",
    "core/engagements/queries.py": "reads customers by number and cases by whose they are, layers above, by tenant",
    "core/engagements/service.py": "lends any number of customers in one INSERT .. SELECT",
    "core/engagements/widening.py": "asks whether a grant is frozen, of a layer above, by tenant and grant",
    "core/tenants/life.py": "calls a function that tells whether an engagement's provider is suspended, and walls for itself",
    "core/gate/act_facts.py": "calls functions that count a customer's records and cases and wall for themselves",
    "core/imports/resembling.py": "adds a warning inside the JSON of a run's rows; names tenant and run",
    "core/duplicates/checks.py": "asks tables found from metadata whether a row stands against a merge; names the tenant",
    "core/duplicates/merging.py": "moves rows of tables found from metadata, set by set; names the tenant",
    "core/duplicates/runs.py": "keys of a batch in one INSERT, pairs that share one in one statement; names the tenant",
    "core/duplicates/since.py": "rows of tables found from metadata, made while two were one; names the tenant",
    "core/duplicates/undoing.py": "puts rows of tables found from metadata back, set by set; names the tenant",
    "core/imports/images.py": "turns rows of a report into before-images in one INSERT .. SELECT; names tenant and run",
    "core/lists/acts.py": "keeps which of thousands of rows are meant in one INSERT .. SELECT, by the select's walls",
    "core/segments/evaluating.py": "writes the standings of a thousand customers at once; walled when read; names the tenant",
    "core/segments/jobs.py": "takes a snapshot's members in INSERT .. SELECT, with the reach of who asked in the select",
    "core/segments/service.py": "puts customers into a snapshot in one INSERT .. SELECT, with the reach of who asked in the select",
    "core/imports/loader.py": "a slice of thousands of rows, joined with temporary tables that no model knows",
    "core/imports/queries.py": "groups what is inside the JSON of a run's rows; names tenant and run",
    "core/approvals/service.py": "a lock: reads no table",
    "core/imports/service.py": "a lock and what the planner is told: reads no table",
    "core/leaving/service.py": "reads engagements as the provider, whose rows are the clients': the wall lets both parties read",
    "core/interactions/named.py": "asks for a case, of a layer above, by tenant, id and customer",
    "core/notify/people.py": "calls a function that knows where mail reaches people of the tenant, and walls for itself",
    "core/relationships/service.py": "a lock, and a walk along one tenant's relationships by tenant and role",
    "core/search/jobs.py": "fills one column of a thousand rows at a time, by tenant and id",
    "core/search/queries.py": "calls functions that find ids among the rows of tenant and lease, and wall for themselves",
    "core/search/service.py": "forgets what one person opened longest ago: their own rows, by person",
    "core/privacy/erasure.py": "the eraser's role sees the rows of the one customer who is erased, and of no other",
    "core/privacy/retention_acts.py": "blanks what was kept long enough, by ids of a walled query; comments of one lapsed case",
    "core/privacy/quota.py": "calls a function that tells when a person saw values, for their quota, and walls for itself",
    "core/undo/remembering.py": "keeps what any number of rows of any table are in one INSERT .. SELECT; names the tenant",
    "core/undo/restoring.py": "puts rows of any table back from their images in sets; names the tenant",
    "core/undo/service.py": "reads the numbers of customers, a layer above, by tenant and id",
}
"""Modules that mark statements `walls='rls-only'`."""

DRIVERS: Mapping[str, str] = {
    "core/app.py": "takes the engine's options",
    "core/audit/queries.py": "calls a function that walls for itself, prepared",
    "core/audit/reads.py": "adds one entry, stamped with the tenant of the look, in the statement that tells what was before",
    "core/db/append.py": "sends rows that were stamped with the tenant of the scope as they were taken",
    "core/db/driver.py": "hands the connection out",
    "core/db/reading.py": "runs a compiled select to which the ORM's wall was added",
    "core/db/scope.py": "opens the scope itself",
    "core/demo/bulk.py": "COPY into temporary tables, then INSERT .. SELECT",
    "core/imports/loader.py": "COPY into temporary tables, then INSERT .. SELECT",
    "core/privacy/search.py": "has the driver prepare a statement of the session's",
    "core/leaving/everything.py": "a cursor of the server over whole tables, in the tenant's scope: the ORM would hold the rows",
    "core/jobs/queue.py": "the queue's own functions, in the transaction of the act",
}
"""Modules that go past the session to the driver."""

MIGRATIONS = "migrations"


@cache
def modules() -> Sequence[tuple[str, ast.Module]]:
    paths = [path for top in ("core", "plugins") for path in sorted((ROOT / top).rglob("*.py"))]
    return [
        (str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8")))
        for path in paths
        if MIGRATIONS not in path.parts
    ]


@cache
def names_in(tree: ast.Module) -> frozenset[str]:
    """Every name, attribute and string of a module, and what it imports as `<module>:<name>`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}:{alias.name}" for alias in node.names}
    return frozenset(found)


def using(*names: str) -> set[str]:
    return {path for path, tree in modules() if names_in(tree) & set(names)}


def test_every_statement_without_the_orms_wall_is_argued_for() -> None:
    assert using("RLS_ONLY", "rls-only") - {"core/db/scope.py"} == REASONS.keys()


def test_every_way_past_the_session_is_argued_for() -> None:
    assert using("driver_connection", "dbapi_connection", "core.db:driver") == DRIVERS.keys()


def test_nothing_writes_past_the_unit_of_work() -> None:
    """These would skip the stamp of tenant and author, and the refusal of another tenant's row."""
    assert using("bulk_insert_mappings", "bulk_save_objects", "bulk_update_mappings") == set()


def test_only_the_edge_of_the_database_makes_engines() -> None:
    assert using("create_engine", "superuser_url", "superuser_conninfo") <= {
        "core/app.py", "core/db/bootstrap.py", "core/db/embedded.py", "core/db/home.py", "core/db/programs.py",
        "core/testing/copying.py", "core/testing/database.py",
    }  # fmt: skip
