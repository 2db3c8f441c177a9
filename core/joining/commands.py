"""`kehub tenant sign-ups`: the sign-ups that wait, for the operator of an installation without a mail server."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask

from core.config import Config
from core.db.base import db
from core.joining import signup


@click.command("sign-ups")
@click.pass_obj
def sign_ups(make_app: Callable[[], Flask]) -> None:
    """Sign-ups that wait for their mail to be answered, with the link."""
    app = make_app()
    config: Config = app.extensions["kehub"]["config"]
    with app.app_context():
        for made, sent, asked, secret in signup.still_waiting(db.session()):
            mailed = "mailed" if sent else "not mailed"
            click.echo(
                f"{made:%Y-%m-%d %H:%M} {asked.name} <{asked.email}> {mailed}\n  {config.address}/signup/{secret}"
            )
        db.session.rollback()
