"""Bring a database up to date: roles, every owner's migrations, walls, functions."""

from __future__ import annotations

from core import app as application
from core.config import Config
from core.db import home, migrate


def upgrade_database(config: Config) -> home.Home:
    """Bootstrap and migrate; the embedded server is started where none is configured. Idempotent."""
    catalog = application.load_catalog(config)
    prepared = home.prepare(config)
    owner = prepared.owner_engine()
    migrate.upgrade(owner, prepared.roles(owner), application.migration_owners(catalog))
    return prepared
