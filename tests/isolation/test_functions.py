"""Functions that run with the sign-in role's rights: closed to the public, and each walls for itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from core.db import scope
from core.db.bootstrap import function_files
from tests.isolation.conftest import Asking
from tests.isolation.factory import CUSTOMERS, Planted

FOR_PROVIDERS: Mapping[str, str] = {
    "audit_seal_of": "proves an entry of its own engagement: digests and a signature; a batch's size is not told",
    "case_counts": "a rule says the same whoever asks; counts of lent customers only",
    "merged_into": "where a merged customer leads; a provider is told only of survivors lent to it",
    "past_contacts": "a customer's limit holds for all providers together; purposes and times of lent customers only",
    "refusals_of": "a bare number that must not be called; of lent customers only",
    "segments_told": "a rule on segments and grades says the same whoever asks; of lent customers only",
    "open_cases_of": "an open complaint stops every provider's offers; counts of lent customers only",
    "record_counts": "a rule says the same whoever asks; counts of lent customers only",
    "grant_ask": "makes a request for data in the scope's own engagement, by one of its people; tells yes or no",
    "grant_withdraw": "ends a request that the scope's own engagement made; tells yes or no",
    "provider_life": "whether the asker's own organisation is suspended: of its own engagement only",
    "grant_purged": "notes the proof that an ended grant of the scope's own engagement is purged; tells yes or no",
    "lease_return": "ends the leases of a list of the scope's own engagement; tells how many",
    "lent_to": "whether an engagement works and has a live grant; names no more than was asked",
    "next_number": "running numbers of the scope's tenant; tells how many there are, and nothing of them",
    "reveal_times": "a person's quota counts what was taken back since; times of the scope's own engagement only",
    "address_here": "whether an address takes part in the asker's own side already: yes or no",
    "people_seen": "addresses and last visits of its own engagement's people only",
    "tokens_revoke": "ends tokens of its own engagement's people only; tells how many",
    "webhook_events": "an act of a provider is told to the client's addresses too; names of events of the scope's tenant",
    "scope_role": "names a database role and reads nothing",
    "search_customers": "finds among the customers lent to the scope's own engagement, and walks through no others",
    "search_contacts": "finds among contacts of customers lent to the scope's own engagement",
    "search_cases": "finds among cases of customers lent to the scope's own engagement, which its provider may read",
    "session_workspaces": "the workspaces of whoever holds the session's secret",
}
"""Every function that a provider may call past its own walls, and why."""


@pytest.fixture
def owner(database: Any) -> Any:
    engine = database.owner_engine()
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def strong_functions(owner: Connection) -> list[Any]:
    return list(
        owner.execute(
            text(
                "SELECT p.oid, p.proname AS name, p.proowner::regrole::text AS owner, coalesce(p.proconfig, '{}') AS settings,"
                " ARRAY(SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END"
                "       FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee <> p.proowner"
                "       ORDER BY 1) AS may"
                " FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace"
            )
        )
    )


def test_there_is_no_such_function_but_those_in_files(owner: Connection) -> None:
    assert {row.name for row in strong_functions(owner)} == {name for name, _, _ in function_files()}


def test_each_is_open_to_whom_its_file_says_and_to_nobody_else(owner: Connection, database: Any) -> None:
    roles = database.roles(owner.engine)
    said = {name: sorted(getattr(roles, each) for each in grantees) for name, _, grantees in function_files()}
    assert {row.name: [each.strip('"') for each in row.may] for row in strong_functions(owner)} == said


def test_each_runs_as_a_role_of_its_own_with_a_fixed_search_path(owner: Connection, database: Any) -> None:
    roles = database.roles(owner.engine)
    for row in strong_functions(owner):
        assert row.owner.strip('"') == (roles.search if row.name.startswith("search_") else roles.auth), row.name
        assert set(row.settings) - {"plan_cache_mode=force_generic_plan"} == {
            "search_path=pg_catalog, public, pg_temp"
        }, row.name


def test_no_plan_that_is_kept_was_made_for_the_engagement_of_the_first_who_asked() -> None:
    kept = {name: "".join(told.split()) for name, told, _ in function_files() if "force_generic_plan" in told}
    asked = {name: re.findall(r"customer_id=[\w.]+ANDl\.engagement_id=(\(SELECT)?nullif", kept[name]) for name in kept}
    assert asked["past_contacts"] == asked["refusals_of"] == asked["open_cases_of"] == ["(SELECT"]
    assert not [name for name, ways in asked.items() if "" in ways]


def test_the_role_behind_them_is_nobodys_login_and_bypasses_nothing(owner: Connection, database: Any) -> None:
    roles = database.roles(owner.engine)
    for name in (roles.auth, roles.search, roles.provider):
        row = owner.execute(
            text("SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = :n"),
            {"n": name},
        ).one()
        assert not any(row), name


def test_what_a_provider_may_call_is_argued_for(harbour: Planted, asking: Asking) -> None:
    assert {name for name, _, grantees in function_files() if "provider" in grantees} == FOR_PROVIDERS.keys()
    with asking(harbour.world.dan.context) as session, pytest.raises(ProgrammingError, match="permission denied"):
        ask(session, "SELECT * FROM tenant_find('x')")


def test_nobody_outside_may_call_any(owner: Connection) -> None:
    for row in strong_functions(owner):
        assert not owner.scalar(text("SELECT has_function_privilege('public', :f, 'EXECUTE')"), {"f": row.oid})


# -- those that read across providers -----------------------------------------------------------------------------

WAYS = {
    "past_contacts": (
        "SELECT i FROM unnest(:ids) i WHERE past_contacts(i, :since, now() + interval '1 hour') IS NOT NULL",
        "interaction",
    ),
    "case_counts": (
        "SELECT i FROM unnest(:ids) i WHERE EXISTS"
        " (SELECT FROM case_counts(i, cast(:wanted AS jsonb), NULL, now() + interval '1 hour'))",
        "case",
    ),
    "record_counts": (
        "SELECT i FROM unnest(:ids) i WHERE EXISTS"
        " (SELECT FROM record_counts(i, cast(:wanted AS jsonb), NULL, now() + interval '1 hour'))",
        "record",
    ),
    "open_cases_of": ("SELECT i FROM unnest(:ids) i WHERE open_cases_of(i, :flows) > 0", "case"),
    "segments_told": (
        "SELECT i FROM unnest(:ids) i, jsonb_array_elements(segments_told(i, :keys, NULL)->'segments') told"
        " WHERE told->4 = 'true'",
        "segment_member",
    ),
    "refusals_of": ("SELECT i FROM unnest(:ids) i WHERE refusals_of(i) IS NOT NULL", "do_not_contact"),
}


def ask(session: Session, statement: str, **values: Any) -> list[Any]:
    return list(session.scalars(text(statement).execution_options(**scope.RLS_ONLY), values))


def asked(session: Session, planted: Planted, name: str) -> set[UUID]:
    """For which of the tenant's five customers the function tells something."""
    ids = [planted.id_of("customer", customer) for customer in CUSTOMERS]
    values: dict[str, Any] = {"ids": ids}
    if name in ("case_counts", "record_counts"):
        kind = "case" if name == "case_counts" else "record"
        column = "workflow" if kind == "case" else "type"
        kinds = {str(row.values[column]) for row in planted.rows[kind]}
        values["wanted"] = json.dumps([{"key": each, "of": each} for each in sorted(kinds)])
    if name == "past_contacts":
        values["since"] = datetime.now(UTC) - timedelta(days=1)
    if name == "segments_told":
        values["keys"] = [str(row.values["key"]) for row in planted.rows["segment"]]
    if name == "open_cases_of":
        values["flows"] = [str(planted.rows["case"][0].values["workflow"])]
    return set(ask(session, WAYS[name][0], **values))


@pytest.mark.parametrize("name", WAYS)
def test_the_tenant_itself_is_told_of_every_customer(harbour: Planted, asking: Asking, name: str) -> None:
    with asking(harbour.world.alice.context) as session:
        assert asked(session, harbour, name) == {harbour.id_of("customer", each) for each in CUSTOMERS}


@pytest.mark.parametrize("name", WAYS)
def test_another_tenant_is_told_nothing(harbour: Planted, stranger: Planted, asking: Asking, name: str) -> None:
    for person in (stranger.world.alice, stranger.world.dan):
        with asking(person.context) as session:
            assert asked(session, harbour, name) == set()


@pytest.mark.parametrize("name", WAYS)
def test_a_provider_is_told_only_of_the_customer_lent_to_it(harbour: Planted, asking: Asking, name: str) -> None:
    with asking(harbour.world.dan.context) as session:
        assert asked(session, harbour, name) == {harbour.id_of("customer", "leased")}
