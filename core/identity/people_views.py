"""Pages of people: who works in the workspace, what they hold and reach, and how they leave and come back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import DomainError, Invalid, NotFound
from core.identity import directory, people, policy, reach, units
from core.identity.directory import PersonRow
from core.identity.people_forms import GrantForm, profile_controls, unit_of
from core.identity.people_parts import OPEN_WORK
from core.identity.people_shown import ShownPerson, deeds
from core.identity.role_book import role_book
from core.web.current import afresh, context
from core.web.flash import toast
from core.web.forms import errors_of, filled, form_number
from core.web.routes import Pages

pages = Pages("people", __name__)
pages.nav(
    section="people", key="people", label=_l("People"), icon="users", endpoint="people.index",
    permission=policy.PEOPLE, order=10,
)  # fmt: skip

SHOWN = ("active", "left")


@pages.page("/people", permission=policy.PEOPLE)
def index() -> ResponseReturnValue:
    show = request.args.get("show", "active")
    after, unit = request.args.get("after", type=UUID), request.args.get("unit", type=UUID)
    found = directory.people_page(
        db.session(), context=context(), show="left" if show == "left" else "active",
        role=request.args.get("role") or None, unit_id=unit, after=after,
    )  # fmt: skip
    book = role_book(db.session())
    return render_template(
        "identity/people.html", page=found, rows=[ShownPerson(row, book) for row in found.rows], show=show, book=book,
        units=units.unit_tree(db.session(), context=context()), party=_party(),
        invited=len(directory.invitations(db.session(), context=context())),
    )  # fmt: skip


@pages.page("/people/<uuid:participant_id>", permission=policy.PEOPLE)
def show(participant_id: UUID) -> ResponseReturnValue:
    return _page(_person(participant_id))


@pages.page("/people/<uuid:participant_id>/roles", permission=policy.MANAGE)
def edit_roles(participant_id: UUID) -> ResponseReturnValue:
    return _roles_page(_person(participant_id))


@pages.page("/people/<uuid:participant_id>/roles", permission=policy.MANAGE, methods=["POST"])
def set_roles(participant_id: UUID) -> ResponseReturnValue:
    """New roles of somebody who is here, or the first ones of somebody who comes back."""
    row = _person(participant_id)
    change = people.set_roles if row.ended_at is None else people.bring_back
    try:
        grants = _form(row).grants(request.form)
        change(db.session(), context=context(), participant_id=row.id, grants=grants, version=form_number("version"))
    except DomainError as error:
        return _failed_roles(row, error)
    db.session.commit()
    toast(_("%(name)s: the roles hold from the next request on", name=row.shown_name))
    return redirect(url_for("people.show", participant_id=row.id), code=303)


@pages.page("/people/<uuid:participant_id>/condition/<uuid:assignment_id>", permission=policy.MANAGE)
def condition(participant_id: UUID, assignment_id: UUID) -> ResponseReturnValue:
    row, kept = _kept(participant_id, assignment_id)
    editor = reach.EDITORS[0]()
    if kept.condition is not None:
        editor = editor.of_tree(kept.condition["tree"])
    return _condition_page(row, kept, editor)


@pages.page("/people/<uuid:participant_id>/condition/<uuid:assignment_id>", permission=policy.MANAGE, methods=["POST"])
def set_condition(participant_id: UUID, assignment_id: UUID) -> ResponseReturnValue:
    row, kept = _kept(participant_id, assignment_id)
    editor = reach.EDITORS[0]()
    if (pressed := editor.pressed(request.form)) is not None:
        return _condition_page(row, kept, pressed)
    tree, editor = editor.of_form(request.form).tree()
    if tree is None:
        return _condition_page(row, kept, editor, empty=not editor.wrong), Invalid.status
    people.set_condition(
        db.session(), context=context(), participant_id=row.id, assignment_id=kept.id,
        condition=reach.kept(tree, types=editor.types),
    )  # fmt: skip
    db.session.commit()
    return redirect(url_for("people.show", participant_id=row.id), code=303)


@pages.page("/people/<uuid:participant_id>/profile", permission=policy.MANAGE, methods=["POST"])
def change(participant_id: UUID) -> ResponseReturnValue:
    row = _person(participant_id)
    try:
        people.change_profile(
            db.session(), context=context(), participant_id=row.id, shown_name=request.form.get("shown_name", ""),
            unit_id=unit_of(request.form), version=form_number("version"),
        )  # fmt: skip
    except Invalid as error:
        afresh(error)
        return _page(_person(participant_id), errors=errors_of(error)), error.status
    db.session.commit()
    toast(_("Saved"))
    return redirect(url_for("people.show", participant_id=row.id), code=303)


@pages.page("/people/<uuid:participant_id>/end", permission=policy.MANAGE, methods=["POST"])
def end(participant_id: UUID) -> ResponseReturnValue:
    row = _person(participant_id)
    try:
        people.end_access(
            db.session(), context=context(), participant_id=row.id, reason=request.form.get("reason", ""),
            version=form_number("version"),
        )  # fmt: skip
    except DomainError as error:
        afresh(error)
        return _page(_person(participant_id), refused=error), error.status
    db.session.commit()
    toast(_("%(name)s sees nothing here any more", name=row.shown_name), tone="ok")
    return redirect(url_for("people.show", participant_id=row.id), code=303)


def _person(participant_id: UUID) -> PersonRow:
    row = directory.person(db.session(), context=context(), participant_id=participant_id)
    if row is None:
        raise NotFound
    return row


def _kept(participant_id: UUID, assignment_id: UUID) -> tuple[PersonRow, Any]:
    row = _own(_person(participant_id))
    kept = next(
        (each for each in people.in_force(db.session(), participant_id=row.id) if each.id == assignment_id), None
    )
    if kept is None or context().party != "client":
        raise NotFound
    return row, kept


def _own(row: PersonRow) -> PersonRow:
    """Raises NotFound for a person of the other side: their roles are not the reader's to give."""
    if row.engagement_id != context().engagement_id:
        raise NotFound
    return row


def _party() -> str:
    return "provider" if context().engagement_id else "client"


def _form(row: PersonRow, typed: Any = None) -> GrantForm:
    held = people.in_force(db.session(), participant_id=_own(row).id)
    return GrantForm(session=db.session(), context=context(), party=row.party, held=held, typed=typed)


def _page(row: PersonRow, *, errors: Any = None, refused: DomainError | None = None) -> str:
    own, controls = row.engagement_id == context().engagement_id, []
    if own and context().may(policy.MANAGE):
        controls = profile_controls(db.session(), context(), shown_name=row.shown_name, unit_id=row.unit_id)
    return render_template(
        "identity/person.html", person=ShownPerson(row, role_book(db.session())), own=own, refused=refused,
        assignments=directory.assignments(db.session(), participant_id=row.id) if own else [],
        controls=filled(controls, values=request.form if errors else {}, errors=errors), failed=errors,
        history=deeds(directory.history(db.session(), participant_id=row.id)) if context().may("audit.read") else [],
        work=[ask(db.session(), context(), row.id) for ask in OPEN_WORK], reaches=reach.REACHES,
    )  # fmt: skip


def _roles_page(row: PersonRow, *, typed: Any = None, refused: DomainError | None = None) -> str:
    form = _form(row, typed)
    return render_template("identity/person_roles.html", person=ShownPerson(row, role_book(db.session())), form=form,
                           refused=refused)  # fmt: skip


def _failed_roles(row: PersonRow, error: DomainError) -> ResponseReturnValue:
    afresh(error)
    return _roles_page(_person(row.id), typed=request.form, refused=error), error.status


def _condition_page(row: PersonRow, kept: Any, editor: Any, *, empty: bool = False) -> str:
    book = role_book(db.session())
    return render_template("identity/condition.html", person=ShownPerson(row, book), role=book.label(kept.role), kept=kept,
                           editor=editor, empty=empty)  # fmt: skip
