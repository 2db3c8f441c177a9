"""Structured logs without personal data: one JSON object a line, or readable lines on a terminal.

Every line, ours and the libraries', runs through the same processors. Texts are redacted (e-mail addresses, long runs
of digits), and of an exception only its type and the places it passed are kept: messages quote what they stumbled on.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.types import Processor

from core.fields.masks import redact

Line = MutableMapping[str, Any]

MARK = re.compile(r"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{32})")
"""An id of ours: it names nobody, and redacting its digits would make the line useless."""

QUIET = {"sqlalchemy": "WARNING", "alembic": "WARNING", "asyncio": "WARNING"}


def configure(level: str = "INFO", *, stream: TextIO | None = None) -> None:
    """Send this process's logs to `stream` (default: standard output), as JSON unless a person is looking."""
    stream = stream or sys.stdout
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        without_messages,
        scrubbed,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=True)
        if stream.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True)
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=before,
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, at_least in QUIET.items():
        logging.getLogger(name).setLevel(at_least)
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def without_messages(_logger: Any, _method: str, line: Line) -> Line:
    """Replace an exception by its type and where it passed."""
    error = line.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        line["error"] = type(error).__name__
        line["trace"] = "".join(traceback.format_tb(error.__traceback__))
    record = line.get("_record")
    if record is not None:
        record.exc_info = record.exc_text = None
    return line


def scrubbed(_logger: Any, _method: str, line: Line) -> Line:
    """Redact every text of the line, however deep."""
    for name, value in line.items():
        if not name.startswith("_") and name != "trace":
            line[name] = clean(value)
    return line


def clean(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(part if MARK.fullmatch(part) else redact(part) for part in MARK.split(value))
    if isinstance(value, dict):
        return {name: clean(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(each) for each in value]
    return value
