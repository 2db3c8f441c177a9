"""Any allowed sequence of merges and undos brings back exactly what was there: every row of every table of the tenant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update

from core.contacts import service as contacts
from core.customers.models import Customer
from core.db import scope
from core.db.base import db
from core.db.merging import links
from core.duplicates import merging, undoing
from core.duplicates.merging import Wish
from core.duplicates.models import CustomerMerge
from core.engagements.models import Canary, Engagement, Lease
from core.errors import Conflict
from tests.isolation.factory import MODELS, Planted

TOLD = {
    "audit_entry", "timeline_entry", "outbox_event", "bulk_run", "customer_merge", "limit_count", "webhook_delivery",
}  # fmt: skip
"""Tables that tell of acts: they may have more rows than before, never fewer or others."""
STAMPS = {"version", "updated_at"}
"""Versions only rise, so that nobody who saw what was undone writes over it."""
KEYS = {"customer": {"data_key", "name_sound"}}
"""A key that was once made stays; what the database makes of a name was planted as something else."""


def everything(session: Any) -> dict[str, dict[Any, Any]]:
    """Every row of the tenant by table and id, without what only ever rises."""
    session.flush()
    found: dict[str, dict[Any, Any]] = {}
    for table in MODELS:
        rows = session.execute(
            text(f'SELECT x.id, to_jsonb(x) AS row FROM "{table}" x').execution_options(**scope.RLS_ONLY)
        )
        left = STAMPS | KEYS.get(table, set())
        found[table] = {row.id: {key: value for key, value in row.row.items() if key not in left} for row in rows}
    return found


def differences(before: Any, after: Any) -> list[str]:
    found = []
    for table, rows in before.items():
        now = after[table]
        found += [f"{table}: {row_id} is gone" for row_id in rows.keys() - now.keys()]
        if table not in TOLD:
            found += [f"{table}: {row_id} is new" for row_id in now.keys() - rows.keys()]
        for row_id in rows.keys() & now.keys():
            changed = [key for key, value in rows[row_id].items() if now[row_id][key] != value]
            if changed:
                found.append(f"{table}: {changed} of {row_id} differ")
    return found


TAKEN = ("name", "phone", "email", "address", "born_on", "grade")
STEP = st.tuples(
    st.booleans(), st.integers(0, 7), st.permutations(range(5)), st.sets(st.sampled_from(TAKEN)), st.sampled_from(["keep", "end"])
)  # fmt: skip


def test_any_sequence_of_merges_and_undos_brings_back_what_was_there(app: Any, harbour: Planted) -> None:
    with app.app_context():
        session = db.session()
        try:
            scope.enter(session, harbour.world.alice.context)
            make_mergeable(session)
            share_an_address(session, harbour)
            before = everything(session)

            @given(steps=st.lists(STEP, min_size=2, max_size=4))
            @settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
            def holds(steps: Any) -> None:
                trial = session.begin_nested()
                try:
                    run(session, app, harbour, steps)
                    assert not differences(before, everything(session))
                finally:
                    trial.rollback()

            holds()
        finally:
            session.rollback()
            db.session.remove()


def make_mergeable(session: Any) -> None:
    """The planted customers are of one kind and nothing stands against their merging."""
    session.execute(delete(Canary))
    session.execute(update(Customer).values(legal_hold=False, state="active", merged_into_id=None, kind="person"))
    session.execute(update(Engagement).values(state="live"))
    session.flush()


def share_an_address(session: Any, planted: Planted) -> None:
    """All are reached there; of every other one it is verified, which a merge fills in where it was not."""
    for place, row in enumerate(planted.rows["customer"]):
        point = contacts.add_contact_point(
            session, context=planted.world.alice.context, customer_id=row.id, kind="email", value="both@example.com"
        )
        point.verified_at = datetime.now(UTC) if place % 2 else None
    session.flush()


def run(session: Any, app: Any, planted: Planted, steps: Any) -> None:
    alice = planted.world.alice.context
    view = app.extensions["kehub"]["view_of"](session, alice)
    ids = [row.id for row in planted.rows["customer"]]
    engagements = list(session.scalars(select(Engagement.id)))
    done: list[CustomerMerge] = []
    for undo_one, which, order, take, lease in steps:
        if undo_one and done:
            try_undo(session, alice, done, done[which % len(done)])
            continue
        standing = [ids[each] for each in order if ids[each] not in {merge.customer_id for merge in done}]
        if len(standing) < 2:
            continue
        wish = Wish(
            survivor_id=standing[0], customer_id=standing[1], take=take, leases=dict.fromkeys(engagements, lease)
        )
        done.append(merging.merge(session, context=alice, view=view, wish=wish))
        nothing_left_behind(session, standing[1])
    for merge in reversed(done):
        undoing.undo(session, context=alice, merge_id=merge.id)
        assert merge.left == []


def try_undo(session: Any, alice: Any, done: list[CustomerMerge], merge: CustomerMerge) -> None:
    """Last in first out among merges of the same customers."""
    parties = {merge.survivor_id, merge.customer_id}
    later = done[done.index(merge) + 1 :]
    if any(parties & {each.survivor_id, each.customer_id} for each in later):
        with pytest.raises(Conflict, match="undo the merge of customer"):
            undoing.undo(session, context=alice, merge_id=merge.id)
        return
    undoing.undo(session, context=alice, merge_id=merge.id)
    done.remove(merge)


def nothing_left_behind(session: Any, customer_id: Any) -> None:
    for link in links():
        if link.rule is not None and link.rule.how == "repoint":
            statement = text(f'SELECT count(*) FROM "{link.table.name}" x WHERE x."{link.column}" = :merged')
            strays = session.scalar(statement.execution_options(**scope.RLS_ONLY), {"merged": customer_id})
            assert not strays, f"{strays} rows of {link.key} stayed behind"
    assert (
        session.scalars(select(Lease.id).where(Lease.customer_id == customer_id, Lease.ended_at.is_(None))).all() == []
    )
