"""A database for tests: the embedded server of the test run, bootstrapped and migrated once, shared by all tests.

Tests do not clean up; each makes tenants of its own, which is also what production does.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import tempfile
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from core import app as application
from core import config as configuration
from core.config import Config
from core.db import home, migrate


def test_config() -> Config:
    """Configuration of the test run. `KEHUB_DATABASE_URL` and `KEHUB_OWNER_DATABASE_URL` may name another server."""
    base = configuration.read({name: value for name, value in os.environ.items() if name != "KEHUB_DATA_DIR"})
    folder = (
        Path(tempfile.gettempdir())
        / f"kehub-test-{hashlib.sha256(str(configuration.CHECKOUT).encode()).hexdigest()[:8]}"
    )
    return replace(base, data_dir=folder, testing=True)


def prepare(config: Config) -> home.Home:
    """Start, bootstrap and migrate. The server stays up for the next run and is stopped by `stop`."""
    database = home.prepare(config)
    owner = database.owner_engine()
    roles = database.roles(owner)
    owners = application.migration_owners(application.load_catalog(config))
    with owner.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(7306)"))
        migrate.upgrade(owner, roles, owners)
    return database


def stop_at_exit(config: Config) -> None:
    if config.embedded:
        atexit.register(home.server(config).stop)
