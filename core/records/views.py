"""Pages of records: the types, the list of one, a record, the forms to make and change one, its moves and readings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.db.base import db
from core.errors import Conflict, Invalid, NotFound, Stale
from core.lists import arranging
from core.lists.places import Place, place_of
from core.plugin import RecordType
from core.records import finding, forms, parts, policy, queries, service
from core.records.listing import COUNTED, Listing
from core.records.page import RecordPage
from core.records.shown import RecordReader, ShownRecord
from core.web import looks
from core.web.current import afresh, catalog_view, context
from core.web.flash import toast
from core.web.forms import errors_of, form_number
from core.web.links import query_of
from core.web.routes import Pages

pages = Pages("records", __name__)
pages.nav(
    section="work", key="records", label=_l("Records"), icon="card", endpoint="records.index", permission=policy.READ,
    order=40,
)  # fmt: skip


@pages.page("/records", permission=policy.READ)
def index() -> ResponseReturnValue:
    types = catalog_view().record_types
    counted = queries.counts(db.session(), context=context(), types=list(types), up_to=COUNTED)
    return render_template("records/types.html", types=types, counted=counted, most=COUNTED, verticals=_verticals())


@pages.page("/records/find", permission=policy.READ, methods=["POST"], while_read_only="reads: terms travel by POST")
def find() -> ResponseReturnValue:
    """By POST: a number typed stays out of addresses and logs. The one record it names opens at once."""
    term = request.form.get("q", "")
    rows = finding.find_records(db.session(), context=context(), view=catalog_view(), term=term)
    found = [ShownRecord(row, RecordReader(context(), catalog_view(), row.type)) for row in rows]
    body = render_template("records/found.html", found=found, term=term)
    only = found[0].id if len(found) == 1 else None
    db.session.commit()
    return redirect(url_for("records.show", record_id=only), code=303) if only else body


@pages.page("/records/find", permission=policy.READ, endpoint="find_again")
def find_again() -> ResponseReturnValue:
    """Somebody reloaded or shared the address of a search, which holds no term."""
    return redirect(url_for("records.index"))


@pages.page("/records/<key>", permission=policy.READ)
def list_of(key: str) -> ResponseReturnValue:
    around = arranging.arranged(_place(key))
    if (elsewhere := around.elsewhere) is not None:
        return redirect(elsewhere)
    listing = _listing(key)
    page = queries.record_page(db.session(), context=context(), type=key, filters=listing.filters, place=listing.place)
    lines = [ShownRecord(row, listing.reader) for row in page.rows]
    looks.counted(len(lines))
    shown = {"listing": listing, "page": page, "lines": lines, "around": around}
    return render_template("records/list.html", counted=COUNTED, links=parts.LIST_LINKS, **shown)


@pages.page("/records/<key>/condition", permission=policy.READ)
def condition(key: str) -> ResponseReturnValue:
    """The editor of the list's own condition; the address carries the rest of the list along."""
    _kind(key)
    listing = _listing(key)
    editor = listing.advanced if listing.where is None else listing.advanced.of_tree(listing.where)
    return render_template("records/condition.html", editor=editor, listing=listing)


@pages.page("/records/<key>/condition", permission=policy.READ, methods=["POST"], endpoint="set_condition",
            while_read_only="reads: the filter of a list")  # fmt: skip
def set_condition(key: str) -> ResponseReturnValue:
    _kind(key)
    listing = _listing(key)
    if (pressed := listing.advanced.pressed(request.form)) is not None:
        return render_template("records/condition.html", editor=pressed, listing=listing)
    tree, editor = listing.advanced.of_form(request.form).tree()
    if editor.wrong:
        return render_template("records/condition.html", editor=editor, listing=listing), Invalid.status
    return redirect(url_for("records.list_of", key=key) + listing.with_condition(tree), code=303)


@pages.page("/records/<key>/export.csv", permission=policy.EXPORT)
def export_csv(key: str) -> ResponseReturnValue:
    """The address of old: nothing leaves but by a request that somebody approves, narrowed as the list is."""
    _kind(key)
    asked = [("what", "records"), ("type", key), *request.args.items(multi=True)]
    return redirect(url_for("exports.new") + query_of(asked), code=303)


@pages.page("/records/<key>/new", permission=policy.WRITE)
def new(key: str) -> ResponseReturnValue:
    _kind(key)
    return _edit_page(forms.blank(context(), catalog_view(), key, given=request.args))


@pages.page("/records/<key>/new", permission=policy.WRITE, methods=["POST"])
def create(key: str) -> ResponseReturnValue:
    _kind(key)
    form = forms.typed(context(), catalog_view(), key, request.form)
    try:
        made = service.create_record(
            db.session(), context=context(), view=catalog_view(), type=key, state=form.values.get(forms.STATE) or None,
            values=form.fields, **form.read(db.session()),
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        afresh(error)
        return _edit_page(form.wrong(errors_of(error))), error.status
    number, record_id = made.number, made.id
    db.session.commit()
    toast(_("Record %(number)s was added", number=number))
    return redirect(url_for("records.show", record_id=record_id), code=303)


@pages.page("/record/<uuid:record_id>", permission=policy.READ)
def show(record_id: UUID) -> ResponseReturnValue:
    return _record_page(_row(record_id))


@pages.page("/record/<uuid:record_id>/edit", permission=policy.WRITE)
def edit(record_id: UUID) -> ResponseReturnValue:
    row = _row(record_id)
    above = queries.parents(db.session(), context=context(), parent_id=row.parent_id)
    return _edit_page(forms.of_row(context(), catalog_view(), row, parent_number=above[0].number if above else None))


@pages.page("/record/<uuid:record_id>/edit", permission=policy.WRITE, methods=["POST"])
def update(record_id: UUID) -> ResponseReturnValue:
    row = _row(record_id)
    form = forms.typed(context(), catalog_view(), row.type, request.form, row=row)
    try:
        service.update_record(
            db.session(), context=context(), view=catalog_view(), record_id=record_id, version=form.version,
            values=form.fields, changes=form.read(db.session()),
        )  # fmt: skip
    except (Invalid, Stale, Conflict) as error:
        afresh(error)
        again = form.overtaken() if isinstance(error, Stale) else form.wrong(errors_of(error))
        return _edit_page(again), error.status
    db.session.commit()
    toast(_("Saved"))
    return redirect(url_for("records.show", record_id=record_id), code=303)


@pages.page("/record/<uuid:record_id>/state", permission=policy.WRITE, methods=["POST"])
def move(record_id: UUID) -> ResponseReturnValue:
    try:
        service.update_record(
            db.session(), context=context(), view=catalog_view(), record_id=record_id,
            version=form_number("version"), state=request.form.get("state", ""),
        )  # fmt: skip
    except (Invalid, Stale, Conflict) as error:
        afresh(error)
        return _record_page(_row(record_id), failed=errors_of(error)), error.status
    db.session.commit()
    toast(_("The record moved on"))
    return redirect(url_for("records.show", record_id=record_id), code=303)


@pages.page("/record/<uuid:record_id>/readings", permission=policy.WRITE, methods=["POST"])
def read(record_id: UUID) -> ResponseReturnValue:
    row, counter = _row(record_id), request.form.get("counter", "")
    try:
        service.add_reading(
            db.session(), context=context(), view=catalog_view(), record_id=record_id, counter=counter,
            **forms.reading_of(context(), request.form),
        )  # fmt: skip
    except Invalid as error:
        afresh(error)
        return _record_page(row, counter=counter, wrong=errors_of(error)), error.status
    db.session.commit()
    toast(_("The reading was added"))
    return redirect(url_for("records.show", record_id=record_id), code=303)


def _place(name: str) -> Place:
    """Raises NotFound for a type that is none, or none of the reader's."""
    return place_of(catalog_view(), context(), f"record:{name}")


def _kind(name: str) -> RecordType:
    _place(name)
    return catalog_view().record_types[name]


def _listing(key: str) -> Listing:
    return Listing(db.session(), context(), catalog_view(), key, request.args)


def _row(record_id: UUID) -> Any:
    row = queries.record_row(db.session(), context=context(), record_id=record_id)
    if row is None or row.type not in catalog_view().record_types:
        raise NotFound
    return row


def _verticals() -> dict[str, Any]:
    return {key: each.label for key, each in catalog_view().verticals.items()}


def _edit_page(form: forms.RecordForm) -> str:
    return render_template("records/edit.html", form=form)


def _record_page(
    row: Any,
    *,
    failed: Mapping[str, str] | None = None,
    counter: str | None = None,
    wrong: Mapping[str, str] | None = None,
) -> str:
    """`wrong` is what is wrong with the reading of `counter` that was typed."""
    looks.of(row.customer_id)
    page = RecordPage(db.session(), context(), catalog_view(), row)
    series = page.series(
        lambda each: forms.reading_controls(
            context(), each, request.form if each.key == counter else {}, (wrong or {}) if each.key == counter else {}
        )
    )
    return render_template(
        "records/show.html", page=page, record=page.record, series=series, failed=failed or {}, counter=counter,
        parts=parts.parts_of(context(), page.record),
    )  # fmt: skip
