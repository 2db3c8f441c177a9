"""Pages of duplicates: what waits for review, two customers side by side, what was merged and how it is undone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.audit import service as audit
from core.customers import queries as customer_queries
from core.customers.fields import field_set
from core.customers.models import Customer
from core.customers.shown import Reader, ShownCustomer
from core.db.base import db
from core.duplicates import merging, policy, queries, runs, service, since, undoing
from core.duplicates.merging import Wish
from core.duplicates.models import CustomerMerge, DuplicatePair
from core.duplicates.screen import Comparison, Merged, field_word, likelihood, tone
from core.errors import Conflict, Invalid, NotFound
from core.identity.directory import colleagues
from core.jobs import service as jobs
from core.jobs.tasks import set_going
from core.web.current import afresh, catalog_view, context
from core.web.errors import is_partial
from core.web.flash import toast
from core.web.forms import as_id, form_number
from core.web.routes import Pages

pages = Pages("duplicates", __name__)
pages.nav(
    section="work", key="duplicates", label=_l("Duplicates"), icon="branch", endpoint="duplicates.index",
    permission=policy.MERGE, order=27,
)  # fmt: skip


@pages.page("/duplicates", permission=policy.MERGE)
def index() -> ResponseReturnValue:
    merging.may_merge(context())
    run = runs.latest(db.session())
    if is_partial():
        return render_template("duplicates/_run.html", run=run)
    values = _waiting(request.args.get("show", "open"), after=request.args.get("after"))
    _note_list(len(values["people"]))
    return _shown(render_template("duplicates/index.html", run=run, **values, **_WORDS))


@pages.page("/duplicates/find", permission=policy.MERGE, methods=["POST"])
def find() -> ResponseReturnValue:
    """Compare the customers: those that changed since the last time, or all."""
    run = runs.create(db.session(), context=context(), whole=request.form.get("whole") == "1")
    set_going(db.session(), context=context(), run=run)
    return _to(url_for("duplicates.index"))


@pages.page("/duplicates/stop", permission=policy.MERGE, methods=["POST"])
def stop() -> ResponseReturnValue:
    run = runs.running(db.session())
    if run is not None:
        jobs.cancel(db.session(), run_id=run.id)
    return _to(url_for("duplicates.index"))


@pages.page("/duplicates/<uuid:pair_id>", permission=policy.MERGE)
def show(pair_id: UUID) -> ResponseReturnValue:
    pair = service.pair_of(db.session(), context=context(), pair_id=pair_id, lock=False)
    return _compared(pair.customer_id, pair.other_id)


@pages.page("/duplicates/<uuid:pair_id>/decide", permission=policy.MERGE, methods=["POST"])
def decide(pair_id: UUID) -> ResponseReturnValue:
    session, who, said = db.session(), context(), request.form.get("said", "")
    pair = service.pair_of(session, context=who, pair_id=pair_id, version=form_number("version"))
    if said == "no":
        service.not_a_duplicate(session, context=who, pair=pair, note=request.form.get("note"))
        toast(_("Two customers: nobody is asked about them again"))
    elif said == "later":
        service.skip(session, pair=pair)
    else:
        service.ask_again(session, context=who, pair=pair)
    return _next(pair)


@pages.page("/duplicates/<uuid:pair_id>/assign", permission=policy.MERGE, methods=["POST"])
def assign(pair_id: UUID) -> ResponseReturnValue:
    pair = service.pair_of(db.session(), context=context(), pair_id=pair_id)
    said = request.form.get("assignee_id", "")
    service.assign(db.session(), context=context(), pair=pair, person_id=as_id(said))
    return _to(url_for("duplicates.show", pair_id=pair_id))


@pages.page("/duplicates/of/<uuid:survivor_id>", permission=policy.MERGE, methods=["POST"])
def choose(survivor_id: UUID) -> ResponseReturnValue:
    """Any other customer, by its number."""
    number = form_number("number")
    other = db.session().scalar(db.select(Customer.id).where(Customer.number == number))
    if other is None or other == survivor_id:
        toast(_("There is no other customer with this number"), tone="warn")
        return redirect(url_for("customers.show", customer_id=survivor_id), code=303)
    return _to(url_for("duplicates.compare", survivor_id=survivor_id, customer_id=other))


@pages.page("/duplicates/<uuid:survivor_id>/with/<uuid:customer_id>", permission=policy.MERGE)
def compare(survivor_id: UUID, customer_id: UUID) -> ResponseReturnValue:
    return _side_by_side(survivor_id, customer_id)


@pages.page("/duplicates/<uuid:survivor_id>/with/<uuid:customer_id>/apart", permission=policy.MERGE, methods=["POST"])
def set_apart(survivor_id: UUID, customer_id: UUID) -> ResponseReturnValue:
    """Not a duplicate, of two that no run has found."""
    pair = service.set_apart(db.session(), context=context(), one_id=survivor_id, other_id=customer_id)
    service.not_a_duplicate(db.session(), context=context(), pair=pair)
    toast(_("Two customers: nobody is asked about them again"))
    return _next(pair)


@pages.page("/duplicates/<uuid:survivor_id>/with/<uuid:customer_id>", permission=policy.MERGE, methods=["POST"],
            endpoint="merge")  # fmt: skip
def merge(survivor_id: UUID, customer_id: UUID) -> ResponseReturnValue:
    try:
        made = merging.merge(db.session(), context=context(), view=catalog_view(), wish=_wish(survivor_id, customer_id))
    except (Conflict, Invalid) as error:
        afresh(error)
        return _side_by_side(survivor_id, customer_id, error=error), error.status
    toast(_("Merged. It can be undone from here."))
    return _to(url_for("duplicates.merged", merge_id=made.id))


@pages.page("/duplicates/merges/<uuid:merge_id>", permission=policy.MERGE)
def merged(merge_id: UUID) -> ResponseReturnValue:
    merging.may_merge(context())
    row, kept = (
        queries.merge_row(db.session(), merge_id=merge_id),
        db.session().get(CustomerMerge, (context().tenant_id, merge_id)),
    )
    if row is None or kept is None:
        raise NotFound
    screen = Merged(db.session(), row=row, merge=kept, since=since.since(db.session(), merge=kept))
    _note_list(2)
    return _shown(
        render_template("duplicates/merged.html", screen=screen, people=_people({row.survivor_id, row.customer_id}))
    )


@pages.page("/duplicates/merges/<uuid:merge_id>/undo", permission=policy.MERGE, methods=["POST"])
def undo(merge_id: UUID) -> ResponseReturnValue:
    undoing.undo(db.session(), context=context(), merge_id=merge_id)
    toast(_("The merge was undone: they are two customers again"))
    return _to(url_for("duplicates.merged", merge_id=merge_id))


@pages.page("/duplicates/merges/<uuid:merge_id>/rows", permission=policy.MERGE, methods=["POST"])
def hand_over(merge_id: UUID) -> ResponseReturnValue:
    ticked = [each.partition(":") for each in request.form.getlist("row")]
    rows = [(table, found) for table, _colon, row_id in ticked if (found := as_id(row_id))]
    moved = since.hand_over(db.session(), context=context(), merge_id=merge_id, rows=rows)
    toast(_("%(count)s rows were moved", count=moved))
    return _to(url_for("duplicates.merged", merge_id=merge_id))


def _waiting(show: str, *, after: str | None) -> dict[str, Any]:
    """The pairs of a list, the customers they are of, and what was merged lately."""
    if show not in queries.SHOWN:
        raise NotFound
    session = db.session()
    found = queries.queue(session, context=context(), show=show, after=after)
    people = _people({each for row in found.rows for each in (row.customer_id, row.other_id)})
    merges, waiting = queries.recent_merges(session), queries.waiting(session)
    return {"queue": found, "show": show, "people": people, "merges": merges, "waiting": waiting}


def _compared(one_id: UUID, other_id: UUID) -> ResponseReturnValue:
    """The one with the lower number stays, unless somebody turns them round."""
    one, other = merging.both(db.session(), one_id, other_id, lock=False)
    stays, goes = (one, other) if one.number < other.number else (other, one)
    return _side_by_side(stays.id, goes.id)


def _side_by_side(survivor_id: UUID, customer_id: UUID, *, error: Any = None) -> str:
    screen = Comparison(
        db.session(), context=context(), view=catalog_view(), survivor_id=survivor_id, customer_id=customer_id,
        typed=request.form.to_dict(), error=error,
    )  # fmt: skip
    people = colleagues(db.session(), context=context(), permission=policy.MERGE)
    named = [(str(row.id), row.shown_name) for row in people]
    _note_looks(screen)
    return _shown(render_template("duplicates/compare.html", screen=screen, colleagues=named, **_WORDS))


_WORDS: dict[str, Any] = {"likelihood": likelihood, "tone": tone, "field_word": field_word}


def _note_list(shown: int) -> None:
    audit.append(
        db.session(), context=context(), action="customers.listed", subject=("customer", None),
        details={"count": shown, "endpoint": str(request.endpoint)},
    )  # fmt: skip


def _note_looks(screen: Comparison) -> None:
    """Both are looked at, so the trail says it of both."""
    for each in (screen.survivor, screen.merged):
        audit.append(
            db.session(), context=context(), action="customer.read", subject=("customer", each.id),
            fields=[line.name for line in screen.lines], details={"endpoint": str(request.endpoint)},
        )  # fmt: skip


def _shown(body: str) -> str:
    """A page whose look is noted, committed with it."""
    db.session.commit()
    return body


def _wish(survivor_id: UUID, customer_id: UUID) -> Wish:
    sent = request.form
    leases: dict[UUID, merging.OnLease] = {}
    for name, said in sent.items():
        lease_id = as_id(name.removeprefix("lease."))
        if lease_id is not None and said in ("keep", "end"):
            leases[lease_id] = "keep" if said == "keep" else "end"
    return Wish(
        survivor_id=survivor_id,
        customer_id=customer_id,
        take=[name[5:] for name, said in sent.items() if name.startswith("take.") and said == "theirs"],
        leases=leases,
        reason=sent.get("reason"),
        versions=(form_number("survivor_version"), form_number("merged_version")),
    )


def _people(ids: set[UUID]) -> dict[UUID, ShownCustomer]:
    """Customers as the reader may see them, by id."""
    if not ids:
        return {}
    reader = Reader(context(), field_set(catalog_view(), region=context().country))
    filters = customer_queries.Filters(state=None, where=[Customer.id.in_(ids)])
    rows = customer_queries.customer_page(db.session(), context=context(), limit=200, filters=filters).rows
    return {row.id: reader.customer(row) for row in rows}


def _next(pair: DuplicatePair) -> ResponseReturnValue:
    following = queries.next_pair(db.session(), context=context(), after=pair)
    return _to(url_for("duplicates.show", pair_id=following.id) if following else url_for("duplicates.index"))


def _to(address: str) -> ResponseReturnValue:
    db.session.commit()
    return redirect(address, 303)
