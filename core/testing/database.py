"""A database for tests: an embedded server of the test process's own, bootstrapped and migrated once, gone afterwards.

Tests do not clean up; each makes tenants of its own, which is also what production does. Nothing waits for the disk: a
machine that dies takes the run with it. What proves durability makes a server of its own.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import LiteralString

import psycopg

from core import app as application
from core import config as configuration
from core.config import Config
from core.db import home, migrate
from core.testing import copying

NEVER_DURABLE: tuple[LiteralString, ...] = ("fsync", "synchronous_commit", "full_page_writes")


@contextmanager
def temporary_config() -> Iterator[Config]:
    """Configuration of the test run. `KEHUB_DATABASE_URL` and `KEHUB_OWNER_DATABASE_URL` may name another server."""
    given = {name: value for name, value in os.environ.items() if name != "KEHUB_DATA_DIR"}
    with tempfile.TemporaryDirectory(prefix="kehub-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the server may run as another user, who must get through
        config = replace(configuration.read(given), data_dir=Path(folder), testing=True)
        try:
            yield config
        finally:
            copying.close()
            if config.embedded:
                home.server(config).destroy()


def prepare(config: Config) -> home.Home:
    """Start, bootstrap and migrate."""
    database = home.prepare(config)
    owner = database.owner_engine()
    if config.embedded:
        with psycopg.connect(home.server(config).superuser_conninfo(), autocommit=True) as superuser:
            for setting in NEVER_DURABLE:
                superuser.execute(f"ALTER SYSTEM SET {setting} = off")
            superuser.execute("SELECT pg_reload_conf()")
    owners = application.migration_owners(application.load_catalog(config))
    migrate.upgrade(owner, database.roles(owner), owners)
    return database
