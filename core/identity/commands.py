"""`kehub person`: let somebody into a workspace."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask import Flask

from core.db import scope
from core.db.base import db
from core.identity import door, entering, passwords, people, service
from core.identity.roles import ROLES
from core.tenants.service import find_workspace, system_context

GIVEN = [key for key, role in ROLES.items() if not role.dated]


@click.group()
def person() -> None:
    """People: who may work in which workspace."""


@person.command()
@click.option("--workspace", required=True, help="Address of a tenant's or an engagement's workspace.")
@click.option("--email", required=True)
@click.option("--name", required=True, help="The name others see.")
@click.option(
    "--role",
    "roles",
    type=click.Choice([key for key, role in ROLES.items() if not role.dated]),
    multiple=True,
    required=True,
)
@click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help=f"At least {passwords.SHORTEST} characters.",
)
@click.pass_obj
def add(
    make_app: Callable[[], Flask], *, workspace: str, email: str, name: str, roles: tuple[str, ...], password: str
) -> None:
    """Give a person a place in a workspace. An account that exists keeps its password."""
    for fault in passwords.faults(password, personal=[email, name]):
        raise click.ClickException(fault.message % fault.params)
    with make_app().app_context():
        session = db.session()
        place = find_workspace(session, workspace=workspace)
        party = "provider" if place.engagement_id else "client"
        wrong = [key for key in roles if party not in ROLES[key].parties]
        if wrong:
            raise click.ClickException(f"{', '.join(wrong)} is no role of the {party}'s side.")
        scope.enter(session, system_context(session, workspace=workspace))
        user_id = service.create_user(session, address=email, name=name, password=password)
        people.add_participant(
            session, user_id=user_id, shown_name=name, roles=roles, party=party, engagement_id=place.engagement_id
        )
        session.commit()
    click.echo(f"{name} <{email}> works at /t/{workspace}/ as {', '.join(roles)}")


@person.command("reset-link")
@click.option("--email", required=True)
@click.pass_obj
def reset_link(make_app: Callable[[], Flask], *, email: str) -> None:
    """Print a link that sets a new password, once, within 30 minutes: where no mail server is set up."""
    app = make_app()
    with app.app_context():
        session = db.session()
        found = door.call(
            session, "SELECT user_id FROM login_find(:key, CAST('{}' AS bytea[]), interval '1 minute')",
            key=entering.email_key(email),
        ).scalar_one()  # fmt: skip
        if found is None:
            raise click.ClickException(f"There is no account of {email}.")
        secret = passwords.begin_reset(session, user_id=found)
        session.commit()
    click.echo(f"{app.extensions['kehub']['config'].address}/login/reset/{secret}")
