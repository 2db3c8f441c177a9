"""A database for tests: an embedded server of the test process's own, bootstrapped and migrated once, gone afterwards.

Tests do not clean up; each makes tenants of its own, which is also what production does. A commit does not wait for the
disk: a server that dies takes the run with it. What proves durability makes a server of its own.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from core import app as application
from core import config as configuration
from core.config import Config
from core.db import home, migrate
from core.testing import copying


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
        with owner.begin() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {home.DATABASE} SET synchronous_commit = off")
    owners = application.migration_owners(application.load_catalog(config))
    migrate.upgrade(owner, database.roles(owner), owners)
    return database
