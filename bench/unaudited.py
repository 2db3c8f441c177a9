"""The product as it is, but for one thing: nobody is told who looked at whom. For comparison only; there is no such setting."""

from __future__ import annotations

from core.app import create_app
from core.web.state import EXTENSION

app = create_app()
app.extensions[EXTENSION].on_answer.clear()
app.extensions[EXTENSION].on_page_shown.clear()
