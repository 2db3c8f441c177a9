"""Where the database is: the configured URLs, or the embedded server with passwords of its own making.

`prepare` starts or adopts the embedded server and makes database and roles (commands only); `locate` attaches to what runs.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Engine, make_url

from core.config import Config, ConfigError
from core.db.bootstrap import bootstrap, engine_for, role_names
from core.db.embedded import EmbeddedServer
from core.db.walls import Roles

DATABASE = "kehub"
OWNER = "kehub_owner"
APP = "kehub_app"


@dataclass(frozen=True)
class Home:
    """URLs of the login role and, where known, of the owner."""

    app_url: str
    owner_url: str | None

    @property
    def login(self) -> str:
        return str(make_url(self.app_url).username)

    def owner_engine(self) -> Engine:
        if self.owner_url is None:
            raise ConfigError("KEHUB_OWNER_DATABASE_URL is not set; `kehub db` needs the owner of the schema")
        return engine_for(self.owner_url)

    def roles(self, engine: Engine) -> Roles:
        with engine.connect() as connection:
            return role_names(connection, self.login)


def server(config: Config) -> EmbeddedServer:
    return EmbeddedServer(config.data_dir / "postgres", binaries=config.pg_bin)


def locate(config: Config) -> Home:
    """The running database. Raises EmbeddedServerError, naming the command to run, where none runs."""
    if config.database_url is not None:
        return Home(config.database_url, config.owner_database_url)
    running = server(config).attach()
    return _embedded_home(config, running)


def prepare(config: Config) -> Home:
    """The database, started, with roles and standing rights; nothing is migrated yet. Idempotent."""
    if config.database_url is not None:
        home = Home(config.database_url, config.owner_database_url)
        bootstrap(home.owner_engine(), home.app_url)
        return home
    running = server(config).ensure()
    home = _embedded_home(config, running)
    _make_database(running, home)
    bootstrap(home.owner_engine(), home.app_url)
    return home


def secret_key(config: Config) -> str:
    """The master secret: configured, or for the embedded server made once and kept beside its data."""
    if config.secret_key is not None:
        return config.secret_key
    return _kept(config.data_dir / "secret.json", "secret_key")["secret_key"]


def _embedded_home(config: Config, running: EmbeddedServer) -> Home:
    passwords = _kept(config.data_dir / "database.json", OWNER, APP)
    return Home(
        running.url(APP, password=passwords[APP], dbname=DATABASE),
        running.url(OWNER, password=passwords[OWNER], dbname=DATABASE),
    )


def _kept(path: Path, *names: str) -> dict[str, str]:
    """Secrets made on first use; the file is readable by its owner only. The first of several processes wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(f".{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(json.dumps({name: secrets.token_urlsafe(32) for name in names}), encoding="utf-8")
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def _make_database(running: EmbeddedServer, home: Home) -> None:
    password = str(make_url(str(home.owner_url)).password)
    with psycopg.connect(running.superuser_conninfo(), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(7305)")
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
            role = sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}")
            connection.execute(role.format(sql.Identifier(OWNER), sql.Literal(password)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            made = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(made.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
