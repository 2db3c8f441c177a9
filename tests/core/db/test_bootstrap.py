"""Roles and walls on a server of one's own: made by a plain owner, safe to make again, two houses apart, old server or new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from core import app as application
from core.config import Config, ConfigError
from core.db import home, migrate
from core.db.bootstrap import RoleRefused, engine_for, refuse_strong_login
from core.db.check import check
from core.db.home import Home
from core.testing.database import temporary_config

DATABASE = "second house"
PASSWORD = "p:w%d'x\\y@/"


@pytest.fixture(scope="module")
def superuser(config: Config, database: Home) -> Iterator[psycopg.Connection[Any]]:
    if not config.embedded:
        pytest.skip("only the embedded server hands out its superuser; KEHUB_DATABASE_URL names another")
    with psycopg.connect(home.server(config).superuser_conninfo(), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def second(config: Config, superuser: psycopg.Connection[Any]) -> Config:
    """Another database of the same server, whose owner may make roles and nothing else."""
    superuser.execute("CREATE ROLE second_owner LOGIN CREATEROLE PASSWORD 'owner'")
    superuser.execute(sql.SQL("CREATE DATABASE {} OWNER second_owner").format(sql.Identifier(DATABASE)))
    return replace(
        config,
        database_url=_url(config, "second_app", PASSWORD, DATABASE),
        owner_database_url=_url(config, "second_owner", "owner", DATABASE),
        secret_key="k" * 40,
    )


def _url(config: Config, user: str, password: str, dbname: str) -> str:
    return home.server(config).url(user, password=password, dbname=dbname)


def make(config: Config) -> Home:
    """What `kehub db upgrade` does."""
    made = home.prepare(config)
    owner = made.owner_engine()
    migrate.upgrade(owner, made.roles(owner), application.migration_owners(application.load_catalog(config)))
    return made


@pytest.fixture(scope="module")
def upgraded(second: Config) -> Home:
    return make(second)


def faults(made: Home) -> list[str]:
    with made.owner_engine().connect() as connection:
        return check(connection, made.roles(made.owner_engine()))


def state(connection: Connection) -> list[Any]:
    """Tables, policies, rights, functions and roles as the server has them."""
    questions = (
        "SELECT oid::bigint, relname, relacl::text, relforcerowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace",
        "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies",
        "SELECT proname, prosrc, proacl::text, proowner::regrole::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        "SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members",
        "SELECT rolname, rolsuper, rolinherit, rolcanlogin, rolbypassrls FROM pg_roles",
    )
    return [sorted(map(str, connection.execute(text(question)))) for question in questions]


def test_a_plain_owner_makes_roles_and_walls(upgraded: Home) -> None:
    assert faults(upgraded) == []


def test_the_login_it_made_may_serve(upgraded: Home) -> None:
    """The password has every character that SQL and URLs read as their own."""
    engine = create_engine(upgraded.app_url)
    refuse_strong_login(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == "second_app"
    engine.dispose()


def test_doing_it_again_changes_nothing(second: Config, upgraded: Home) -> None:
    with upgraded.owner_engine().connect() as connection:
        before = state(connection)
    make(second)
    with upgraded.owner_engine().connect() as connection:
        assert state(connection) == before


def test_a_new_password_in_the_url_becomes_the_logins_password(second: Config, upgraded: Home) -> None:
    changed = replace(
        second, database_url=make_url(upgraded.app_url).set(password="new").render_as_string(hide_password=False)
    )
    home.prepare(changed)
    with create_engine(str(changed.database_url)).connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    home.prepare(second)


def test_two_houses_on_one_server_stay_apart(config: Config, database: Home, upgraded: Home) -> None:
    first, second = database.roles(database.owner_engine()), upgraded.roles(upgraded.owner_engine())
    assert not {first.provider, first.search, first.auth} & {second.provider, second.search, second.auth}
    strayed = make_url(database.app_url).set(database=DATABASE)
    with pytest.raises(OperationalError, match="permission denied for database"):
        create_engine(strayed).connect()
    with database.owner_engine().connect() as connection:
        members = text("SELECT pg_has_role(:login, :role, 'MEMBER')")
        assert connection.scalar(members, {"login": first.app, "role": first.provider})
        assert not connection.scalar(members, {"login": first.app, "role": second.provider})


def test_an_owner_that_may_not_make_roles_is_told_what_it_needs(config: Config, second: Config, upgraded: Home) -> None:
    weak = replace(second, owner_database_url=upgraded.app_url)
    with pytest.raises(ConfigError, match=r"second_app \(KEHUB_OWNER_DATABASE_URL\) may not make the roles") as refused:
        home.prepare(weak)
    assert "It needs CREATEROLE and must own the database" in str(refused.value)


def test_an_owner_that_is_not_let_in_is_told_without_its_password(second: Config, upgraded: Home) -> None:
    wrong = make_url(str(second.owner_database_url)).set(password="hunter2").render_as_string(hide_password=False)
    with pytest.raises(ConfigError, match=r"KEHUB_OWNER_DATABASE_URL .* does not let us in") as refused:
        home.prepare(replace(second, owner_database_url=wrong))
    assert "hunter2" not in str(refused.value)


def test_without_an_owners_url_the_database_is_not_touched(second: Config) -> None:
    with pytest.raises(ConfigError, match="KEHUB_OWNER_DATABASE_URL is not set"):
        home.prepare(replace(second, owner_database_url=None))


# -- who may not serve ------------------------------------------------------------------------------------------------

STRONG = {
    "a superuser": ("SUPERUSER NOINHERIT", "", "it is a superuser"),
    "one that bypasses row security": ("BYPASSRLS NOINHERIT", "", "it has BYPASSRLS"),
    "one that makes roles": ("CREATEROLE NOINHERIT", "", "it may create roles"),
    "one that inherits": ("INHERIT", "", "it inherits the rights of other roles"),
    "one that may become the owner": ("NOINHERIT", "GRANT kehub_owner TO strong", "it may become kehub_owner"),
    "one that may become the sign-in role": ("NOINHERIT", "GRANT kehub_auth TO strong", "it may become kehub_auth"),
    "one that reads all": ("NOINHERIT", "GRANT pg_read_all_data TO strong", "it may become pg_read_all_data"),
}


@pytest.mark.parametrize("kind", STRONG)
def test_a_login_that_passes_walls_must_not_serve(
    config: Config, superuser: psycopg.Connection[Any], kind: str
) -> None:
    attributes, grant, reason = STRONG[kind]
    superuser.execute(f"CREATE ROLE strong LOGIN PASSWORD 'strong' {attributes}")
    superuser.execute("GRANT CONNECT ON DATABASE kehub TO strong")
    if grant:
        superuser.execute(grant)
    engine = engine_for(_url(config, "strong", "strong", home.DATABASE))
    try:
        with pytest.raises(RoleRefused, match=reason) as refused:
            refuse_strong_login(engine)
    finally:
        superuser.execute("REVOKE CONNECT ON DATABASE kehub FROM strong; DROP ROLE strong")
    assert "strong must not serve requests" in str(refused.value)
    assert "kehub db bootstrap" in str(refused.value)


def test_the_owner_must_not_serve(database: Home) -> None:
    with pytest.raises(RoleRefused, match=r"kehub_owner must not serve requests: .*it owns tables"):
        refuse_strong_login(database.owner_engine())


def test_the_login_that_bootstrap_made_may_serve(database: Home) -> None:
    refuse_strong_login(engine_for(database.app_url))


# -- an older server --------------------------------------------------------------------------------------------------

POSTGRESQL_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="module")
def fifteen() -> Iterator[Home]:
    if not (POSTGRESQL_15 / "pg_ctl").exists():
        pytest.skip(f"there is no PostgreSQL 15 in {POSTGRESQL_15} (Debian: apt install postgresql-15)")
    with temporary_config() as config:
        yield make(replace(config, pg_bin=POSTGRESQL_15))


def test_postgresql_15_takes_migrations_walls_and_functions(fifteen: Home) -> None:
    with fifteen.owner_engine().connect() as connection:
        assert str(connection.scalar(text("SHOW server_version"))).startswith("15.")
    assert faults(fifteen) == []
    refuse_strong_login(engine_for(fifteen.app_url))


ADD_UNIT = text("INSERT INTO unit (tenant_id, id, key, name) VALUES (:t, gen_random_uuid(), gen_random_uuid(), 'Unit')")
UNITS = text("SELECT count(*) FROM unit")


def test_postgresql_15_keeps_tenants_and_parties_apart(fifteen: Home) -> None:
    with engine_for(fifteen.app_url).connect() as connection:
        first, second = (_tenant(connection, name) for name in ("first-house", "second-house"))
        _in(connection, first, "client")
        connection.execute(ADD_UNIT, {"t": first})
        assert connection.scalar(UNITS) == 1
        connection.commit()
        assert connection.scalar(UNITS) == 0
        connection.rollback()
        _in(connection, second, "client")
        assert connection.scalar(UNITS) == 0
        assert connection.execute(text("UPDATE unit SET name = 'x'")).rowcount == 0
        with pytest.raises(ProgrammingError, match="violates row-level security"):
            connection.execute(ADD_UNIT, {"t": first})
        connection.rollback()
        _in(connection, first, "provider")
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("SELECT FROM stored_file"))
        connection.rollback()
        _in(connection, first, "provider")
        assert connection.scalar(UNITS) == 0
        assert connection.scalar(text("SELECT count(*) FROM customer")) == 0


def _tenant(connection: Connection, slug: str) -> Any:
    made = connection.scalar(text("SELECT gen_random_uuid()"))
    create = text("SELECT tenant_create(:id, :slug, 'House', '[]', 'en', 'UTC', 'CNY', 'CN')")
    connection.execute(create, {"id": made, "slug": slug})
    connection.commit()
    return made


def _in(connection: Connection, tenant: Any, party: str) -> None:
    entered = text("SELECT set_config('app.tenant_id', :t, true), set_config('role', scope_role(:p), true)")
    connection.execute(entered, {"t": str(tenant), "p": party})
