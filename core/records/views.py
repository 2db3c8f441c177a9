"""Pages of records. Until a type has pages of its own, records are read on their holder's page (`parts.py`)."""

from __future__ import annotations

from core.web.routes import Pages

pages = Pages("records", __name__)
