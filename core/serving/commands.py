"""`kehub serve`."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
from flask import Flask

from core import config as configuration
from core.config import Config
from core.db import home
from core.serving.address import at_port, listen, url
from core.serving.run import run, using_database


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Another port than that of KEHUB_BIND.")
@click.pass_obj
def serve(make_app: Callable[[Config], Flask], *, port: int | None) -> None:
    """Serve pages, with a worker beside them. The database must be up to date (`kehub db upgrade`)."""
    config = at_port(configuration.read(), port)
    with listen(config) as listener, using_database(config, say=click.echo):
        if config.embedded:
            home.prepare(config)
        app = make_app(config)
        code = run(
            app, config, listener=listener, say=click.echo, welcome=lambda: click.echo(f"Kehub is at {url(config)}")
        )
    sys.exit(code)
