"""The application starts whole or not at all, and says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from core.app import BootRefused, create_app
from core.config import Config
from core.db import home
from core.db.bootstrap import RoleRefused
from core.db.home import Home
from core.db.programs import EmbeddedServerError
from core.plugin.catalog import Catalog, LoadedVertical
from core.plugin.faults import BootError
from core.plugin.types import Route, Vertical
from core.web.vertical_routes import taken_addresses

EMPTY = "nobody_has_migrated_this"


@pytest.fixture
def served(config: Config) -> Any:
    """The run's configuration, serving from another URL."""
    return lambda url: replace(config, database_url=url, secret_key="k" * 40)


@pytest.fixture(scope="module")
def superuser(config: Config, database: Home) -> Iterator[psycopg.Connection[Any]]:
    if not config.embedded:
        pytest.skip("only the embedded server hands out its superuser; KEHUB_DATABASE_URL names another")
    with psycopg.connect(home.server(config).superuser_conninfo(), autocommit=True) as connection:
        yield connection


def test_it_does_not_serve_as_superuser(config: Config, superuser: object, served: Any) -> None:
    with pytest.raises(RoleRefused, match="postgres must not serve requests: it is a superuser"):
        create_app(served(home.server(config).superuser_url(home.DATABASE)))


def test_it_does_not_serve_as_the_owner_of_the_tables(database: Home, served: Any) -> None:
    with pytest.raises(RoleRefused, match="owns tables"):
        create_app(served(database.owner_url))


@pytest.mark.parametrize("strength", ["BYPASSRLS NOINHERIT", "INHERIT"])
def test_it_does_not_serve_as_a_login_that_passes_walls(
    config: Config, superuser: psycopg.Connection[Any], served: Any, strength: str
) -> None:
    superuser.execute(f"CREATE ROLE too_strong LOGIN PASSWORD 'x' {strength}")
    superuser.execute("GRANT CONNECT ON DATABASE kehub TO too_strong")
    try:
        with pytest.raises(RoleRefused, match="too_strong must not serve requests"):
            create_app(served(home.server(config).url("too_strong", password="x", dbname=home.DATABASE)))
    finally:
        superuser.execute("REVOKE CONNECT ON DATABASE kehub FROM too_strong; DROP ROLE too_strong")


def test_it_does_not_serve_from_a_database_that_is_not_migrated(
    config: Config, superuser: psycopg.Connection[Any], served: Any
) -> None:
    superuser.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(EMPTY)))
    superuser.execute("CREATE ROLE empty_app LOGIN NOINHERIT PASSWORD 'x'")
    with pytest.raises(BootRefused) as refused:
        create_app(served(home.server(config).url("empty_app", password="x", dbname=EMPTY)))
    assert "run `kehub db upgrade`" in str(refused.value)
    assert "core: at none, newest " in str(refused.value)


@pytest.mark.parametrize("wrong", ["port", "password"])
def test_it_says_which_database_does_not_let_it_in_without_repeating_the_password(
    config: Config, database: Home, served: Any, wrong: str
) -> None:
    url = "postgresql+psycopg://kehub_app:hunter2@127.0.0.1:1/kehub"
    if wrong == "password":
        url = home.server(config).url("kehub_app", password="hunter2", dbname=home.DATABASE)
    with pytest.raises(BootRefused) as refused:
        create_app(served(url))
    assert "kehub db bootstrap" in str(refused.value)
    assert "kehub_app:***@" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_it_says_how_to_start_the_embedded_server(config: Config, tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError, match=r"is not running\. Start it with `kehub serve`"):
        create_app(replace(config, data_dir=tmp_path))


def test_it_names_every_vertical_that_it_cannot_load(config: Config) -> None:
    with pytest.raises(BootError) as refused:
        create_app(replace(config, verticals=("telecom", "shipping", "forestry")))
    assert "2 faults" in str(refused.value)
    assert "shipping" in str(refused.value)
    assert "forestry" in str(refused.value)


def test_a_vertical_cannot_lie_under_an_address_of_the_cores(app: Flask) -> None:
    def named(key: str) -> LoadedVertical:
        label = {"zh-CN": "试", "en": "Tried"}
        return LoadedVertical(
            vertical=Vertical(key=key, label=label, version="1", requires=">=1"),
            distribution="tried 1",
            module="tried.plugin",
            package="tried",
            routes=[Route(path="plots", view=lambda _context, _values: None, permission="customer.read")],
        )

    told = list(taken_addresses(app, Catalog([named("customers"), named("forestry")])))
    assert told == ["customers: its pages would lie under /customers, which the core uses; choose another key"]
