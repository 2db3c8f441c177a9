"""`python -m tests.architecture.tables`: every table that does not lead its key with the tenant without saying why."""

from __future__ import annotations

from core import app as application
from core import config as configuration
from core.db.check import keyless_tables

if __name__ == "__main__":
    application.load_models()
    faults = keyless_tables()
    if not faults:
        application.load_models(application.load_catalog(configuration.read({})))
        faults = keyless_tables()
    for fault in faults:
        print(fault)
