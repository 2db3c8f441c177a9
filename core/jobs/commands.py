"""`kehub worker`."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask

from core.jobs.worker import STALLED_AFTER, run_worker


@click.command()
@click.option("--concurrency", type=click.IntRange(1, 16), default=1, show_default=True, help="Jobs at the same time.")
@click.option(
    "--stalled-after",
    type=click.FloatRange(1, 3600),
    default=STALLED_AFTER,
    show_default=True,
    help="Seconds of silence after which another worker's jobs are taken over.",
)
@click.pass_obj
def worker(make_app: Callable[[], Flask], *, concurrency: int, stalled_after: float) -> None:
    """Work on queued jobs until stopped; the running slice is finished first."""
    run_worker(make_app(), stalled_after=stalled_after, concurrency=concurrency)
