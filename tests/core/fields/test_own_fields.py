"""A field that a tenant declares itself goes through every surface like one of a vertical."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.customers import service as customers
from core.customers.models import Customer
from core.db import scope
from core.db.base import db
from core.errors import Conflict, DomainError, Invalid, Stale
from core.fields import own, settings, slots
from core.fields.models import TenantField
from core.fields.own import Wanted
from core.identity import service as identity
from core.plugin import Choice, label
from core.tenants import service as tenants
from core.testing.jobs import work_off
from core.testing.people import make_world

BOTH = label("昵称", "Nickname")


@pytest.fixture
def fresh(app: Any) -> Any:
    """A world of its own: what is tailored here concerns no other test."""
    return make_world(app)


@pytest.fixture
def act(app: Any, fresh: Any) -> Callable[..., Any]:
    """`act(service.f, ...)` as alice with the view of this moment, committed."""

    def run(function: Callable[..., Any], *, person: Any = None, viewed: bool = True, **values: Any) -> Any:
        with app.app_context():
            session, context = db.session(), (person or fresh.alice).context
            scope.enter(session, context)
            view = app.extensions["kehub"]["view_of"](session, now(session, context))
            made = function(session, context=context, **({"view": view} if viewed else {}), **values)
            kept = getattr(made, "id", None)
            session.commit()
            return kept

    return run


def now(session: Any, context: Any) -> Any:
    from core.tenants.queries import filled_context

    return filled_context(session, context=context)


@pytest.fixture
def nickname(act: Callable[..., Any]) -> Any:
    return act(
        own.create_field, target="customer", key="nickname",
        wanted=Wanted(label=BOTH, kind="text", sensitivity="personal", mask="name"),
    )  # fmt: skip


def refused(act: Callable[..., Any], **values: Any) -> dict[str, str]:
    wanted = Wanted(**{"label": BOTH, "kind": "text", **values.pop("wanted", {})})
    with pytest.raises(DomainError) as error:
        act(own.create_field, **{"target": "customer", "key": "fresh", "wanted": wanted, **values})
    raised = error.value
    return {each.field: each.code for each in raised.errors} or {str(raised.field): raised.code}


def test_a_new_field_is_in_form_list_filter_file_api_and_audit(app: Any, fresh: Any, act: Any, sign_in: Any) -> None:
    tiers = (Choice(key="gold", label=label("金", "Gold")), Choice(key="tin", label=label("锡", "Tin")))
    act(
        own.create_field,
        target="customer",
        key="tier",
        wanted=Wanted(label=label("档", "Rank"), kind="choice", choices=tiers),
    )
    alice = sign_in(fresh.alice)
    alice.client.set_cookie("lang", "en")
    assert 'name="own.tier"' in alice.get("/customers/new").text
    assert alice.post("/customers/new", data={"name": "甲", "kind": "person", "own.tier": "bronze"}).status_code == 422
    assert alice.post("/customers/new", data={"name": "甲", "kind": "person", "own.tier": "gold"}).status_code == 303
    assert alice.post("/customers/new", data={"name": "乙", "kind": "person", "own.tier": "tin"}).status_code == 303
    listed = alice.get("/customers?f.own.tier=gold&column=own.tier").text
    assert "甲" in listed
    assert "乙" not in listed
    assert "Gold" in listed
    token = issue(app, fresh.alice)
    api = app.test_client()
    rows = api.get("/api/v1/customers", headers=token).json["data"]
    assert {row["name"]: row["attributes"]["own"] for row in rows} == {"甲": {"tier": "gold"}, "乙": {"tier": "tin"}}
    first = next(row for row in rows if row["name"] == "甲")
    headers = {**token, "If-Match": f'"{first["version"]}"', "Content-Type": "application/merge-patch+json"}
    url = f"/api/v1/customers/{first['id']}"
    assert api.patch(url, headers=headers, json={"attributes": {"own": {"tier": "lead"}}}).status_code == 422
    changed = api.patch(url, headers=headers, json={"attributes": {"own": {"tier": "tin"}}})
    assert changed.json["attributes"]["own"] == {"tier": "tin"}
    with app.app_context():
        scope.enter(db.session(), fresh.alice.context)
        noted = db.session().scalars(select(AuditEntry.fields).where(AuditEntry.action == "customer.updated")).all()
        assert ["own.tier"] in [list(each) for each in noted]
        db.session.rollback()


def test_a_file_fills_it(app: Any, fresh: Any, nickname: Any, tmp_path: Any) -> None:
    from core.imports.commands import import_file

    held = io.StringIO()
    csv.writer(held).writerows([["客户编号", "姓名", "昵称"], ["A1", "甲", "小甲"]])
    file = tmp_path / "customers.csv"
    file.write_text(held.getvalue(), encoding="utf-8")
    with app.app_context():
        run = import_file(db.session(), tenant=fresh.slug, file=file)
        assert run.counts["created"] == 1
        scope.enter(db.session(), fresh.alice.context)
        assert db.session().scalar(select(Customer.attributes)) == {"own": {"nickname": "小甲"}}
        db.session.rollback()


def test_a_provider_sees_a_personal_one_masked_everywhere(
    app: Any, fresh: Any, act: Any, sign_in: Any, nickname: Any
) -> None:
    made = act(
        customers.create_customer, viewed=False, values={"name": "甲"}, attributes={"own": {"nickname": "欧阳小宝"}}
    )
    with app.app_context():
        from datetime import UTC, datetime, timedelta

        from core.engagements import service as engagements

        scope.enter(db.session(), fresh.alice.context)
        engagements.lease_customers(
            db.session(), context=fresh.alice.context, engagement_id=fresh.engagement_id, customer_ids=[made],
            purpose="retention", expires_at=datetime.now(UTC) + timedelta(days=1),
        )  # fmt: skip
        db.session.commit()
    agent, owner = sign_in(fresh.dan), sign_in(fresh.alice)
    for page in (f"/customers/{made}", "/customers?column=own.nickname"):
        assert "小宝" not in agent.get(page).text
    assert "欧阳" in agent.get("/customers?column=own.nickname").text
    assert "小宝" in owner.get("/customers?column=own.nickname").text
    for answer in (
        app.test_client().get(f"/api/v1/customers/{made}", headers=issue(app, fresh.dan)),
        app.test_client().get("/api/v1/customers", headers=issue(app, fresh.dan)),
    ):
        assert answer.status_code == 200
        assert "欧阳" in answer.text
        assert "小宝" not in answer.text


def test_it_is_kept_on_records_and_exported(app: Any, fresh: Any, act: Any, sign_in: Any) -> None:
    target = "record:telecom.line"
    act(own.create_field, target=target, key="shelf", wanted=Wanted(label=label("货架", "Shelf"), kind="text"))
    alice = sign_in(fresh.alice)
    alice.client.set_cookie("lang", "en")
    page = alice.get("/records/telecom.line/new")
    assert 'name="own.shelf"' in page.text
    with app.app_context():
        from core.records import service as records

        session = db.session()
        scope.enter(session, fresh.alice.context)
        view = app.extensions["kehub"]["view_of"](session, now(session, fresh.alice.context))
        holder = customers.create_customer(session, context=fresh.alice.context, values={"name": "甲"})
        made = records.create_record(
            session, context=fresh.alice.context, view=view, type="telecom.line", customer_id=holder.id,
            values={"own.shelf": "B7", "telecom.msisdn": "13812342038"},
        )  # fmt: skip
        assert made.attributes["own"] == {"shelf": "B7"}
        session.commit()
    assert "Shelf" in alice.get("/exports/new?what=records&type=telecom.line").text


def test_what_a_declaration_must_not_say_is_refused_at_its_place(act: Any) -> None:
    assert refused(act, key="Nick name") == {"key": "key"}
    assert refused(act, wanted={"label": {}}) == {"label.zh-CN": "required"}
    assert refused(act, wanted={"kind": "colour"}) == {"kind": "kind"}
    assert refused(act, wanted={"kind": "choice"}) == {"choices": "required"}
    twice = (Choice(key="a", label=BOTH), Choice(key="a", label=BOTH))
    assert refused(act, wanted={"kind": "choice", "choices": twice}) == {"choices": "twice"}
    assert refused(act, wanted={"mask": "phone"}) == {"mask": "mask"}
    assert refused(act, wanted={"kind": "integer", "sensitivity": "personal", "mask": "phone"}) == {"mask": "mask"}
    assert refused(act, wanted={"currency": "CNY"}) == {"currency": "currency"}
    assert refused(act, wanted={"kind": "money", "currency": "XYZ"}) == {"currency": "currency"}
    assert refused(act, wanted={"kind": "decimal"}, indexed=True) == {"indexed": "kind"}
    wrong = {"op": "and", "of": [{"op": "eq", "field": "telecom.nothing", "value": 1}]}
    assert refused(act, wanted={"show_when": wrong}) == {"show_when.of[0].field": "unknown_field"}
    itself = {"op": "is_set", "field": "own.fresh"}
    assert refused(act, wanted={"show_when": itself}) == {"show_when.field": "unknown_field"}
    assert refused(act, target="record:telecom.nothing") == {"None": "not_found"}


def test_kind_and_held_choices_stay(act: Any, fresh: Any) -> None:
    tiers = (Choice(key="gold", label=BOTH), Choice(key="tin", label=BOTH))
    wanted = Wanted(label=BOTH, kind="choice", choices=tiers)
    field_id = act(own.create_field, target="customer", key="tier", wanted=wanted)
    act(customers.create_customer, viewed=False, values={"name": "甲"}, attributes={"own": {"tier": "gold"}})

    def change(version: int = 1, **more: Any) -> Any:
        given = {"label": BOTH, "kind": "choice", "choices": tiers, **more}
        return act(own.change_field, field_id=field_id, version=version, wanted=Wanted(**given))

    with pytest.raises(Invalid) as error:
        change(kind="text", choices=())
    assert {each.field for each in error.value.errors} == {"kind", "choices"}
    with pytest.raises(Invalid):
        change(choices=tiers[1:])
    with pytest.raises(Stale):
        change(version=7)
    change(choices=tiers[:1])


def test_a_retired_field_is_gone_until_it_is_restored_and_keeps_its_values(
    act: Any, app: Any, fresh: Any, sign_in: Any, nickname: Any
) -> None:
    made = act(customers.create_customer, viewed=False, values={"name": "甲"}, attributes={"own": {"nickname": "小甲"}})
    alice = sign_in(fresh.alice)
    assert "小甲" in alice.get(f"/customers/{made}").text
    act(own.retire_field, field_id=nickname)
    assert "小甲" not in alice.get(f"/customers/{made}").text
    with pytest.raises(Conflict, match="retired"):
        act(own.create_field, target="customer", key="nickname", wanted=Wanted(label=BOTH, kind="integer"))
    act(own.restore_field, viewed=False, field_id=nickname)
    assert "小甲" in alice.get(f"/customers/{made}").text


def test_what_another_field_is_shown_by_is_not_retired(act: Any, nickname: Any) -> None:
    shown = {"op": "is_set", "field": "own.nickname"}
    act(own.create_field, target="customer", key="why", wanted=Wanted(label=BOTH, kind="text", show_when=shown))
    with pytest.raises(Conflict, match=r"own\.why"):
        act(own.retire_field, field_id=nickname)


def test_an_index_is_put_on_and_taken_off_by_a_run(act: Any, app: Any, fresh: Any, sign_in: Any, nickname: Any) -> None:
    act(customers.create_customer, viewed=False, values={"name": "甲"}, attributes={"own": {"nickname": "小甲"}})
    work_off(app, tenant_id=fresh.tenant_id)

    def ready() -> bool:
        with app.app_context():
            scope.enter(db.session(), fresh.alice.context)
            found = "own.nickname" in slots.ready(db.session(), target="customer")
            db.session.rollback()
            return found

    alice = sign_in(fresh.alice)
    alice.client.set_cookie("lang", "en")
    asked = {"on": "customer", "field": "own.nickname", "indexed": "1"}
    assert alice.post("/settings/fields/index", data=asked).status_code == 303
    assert not ready()
    assert "filling" in alice.get("/settings/fields").text
    work_off(app, tenant_id=fresh.tenant_id)
    assert ready()
    assert alice.post("/settings/fields/index", data={**asked, "indexed": "0"}).status_code == 303
    again = alice.post("/settings/fields/index", data=asked)
    assert "just being taken off" in alice.client.get(again.headers["Location"]).text
    work_off(app, tenant_id=fresh.tenant_id)
    assert not ready()


def test_a_vertical_s_field_is_hidden_relabelled_and_reordered(act: Any, app: Any, fresh: Any, sign_in: Any) -> None:
    tailor = {"target": "customer", "name": "telecom.contract"}
    act(settings.set_field, **tailor, shown=True, required=True, label={"en": "Deal"})
    alice = sign_in(fresh.alice)
    alice.client.set_cookie("lang", "en")
    assert "Deal" in alice.get("/customers/new").text
    assert alice.post("/customers/new", data={"name": "甲", "kind": "person"}).status_code == 422
    with pytest.raises(Invalid):
        act(settings.set_field, **tailor, shown=False, required=True, label={})
    act(settings.set_field, **tailor, shown=False, required=False, label={})
    assert "telecom.contract" not in alice.get("/customers/new").text.replace("telecom.contract_end", "")
    act(settings.reset_field, **tailor)

    def order() -> list[str]:
        with app.app_context():
            session = db.session()
            scope.enter(session, fresh.alice.context)
            view = app.extensions["kehub"]["view_of"](session, now(session, fresh.alice.context))
            found = list(view.fields(on="customer"))
            session.rollback()
            return found

    first, second, *_rest = before = order()
    moved = alice.post("/settings/fields/move", data={"on": "customer", "field": second, "to": "up"})
    assert moved.status_code == 303
    assert order()[:2] == [second, first]
    assert alice.post("/settings/fields/order", data={"on": "customer"}).status_code == 303
    assert order() == before


def test_only_who_configures_sees_the_page(fresh: Any, sign_in: Any) -> None:
    assert sign_in(fresh.alice).get("/settings/fields").status_code == 200
    assert sign_in(fresh.dan).get("/settings/fields").status_code == 403


def test_the_form_makes_a_field_with_a_condition_step_by_step(app: Any, fresh: Any, sign_in: Any) -> None:
    alice = sign_in(fresh.alice)
    alice.client.set_cookie("lang", "en")
    form = {
        "on": "customer", "key": "why", "kind": "choice", "label.zh-CN": "原因", "label.en": "Reason",
        "choices": "price | 价格 | Price\nmoved | 搬家 | Moved", "sensitivity": "plain", "when.group": "any",
    }  # fmt: skip
    page = alice.post("/settings/fields/new", data={**form, "when.do": "row:"})
    assert 'name="when.0.field"' in page.text
    assert "价格" in page.text, "nothing typed is lost"
    wrong = {**form, "when.0.field": "telecom.tenure_months", "when.0.op": "ge", "when.0.value": "many"}
    page = alice.post("/settings/fields/new", data=wrong)
    assert page.status_code == 422
    assert "This is not a whole number." in page.text
    saved = alice.post("/settings/fields/new", data={**wrong, "when.0.value": "12"})
    assert saved.status_code == 303, saved.text
    with app.app_context():
        scope.enter(db.session(), fresh.alice.context)
        row = db.session().scalars(select(TenantField)).one()
        kept, field_id = row.show_when, row.id
        assert [each["key"] for each in row.choices] == ["price", "moved"]
        db.session.rollback()
    assert kept == {"op": "or", "of": [{"op": "ge", "field": "telecom.tenure_months", "value": 12}]}
    page = alice.get(f"/settings/fields/own/{field_id}")
    assert 'value="12"' in page.text
    assert "data-shown-when" in alice.get("/settings/fields/preview").text


def issue(app: Any, person: Any) -> dict[str, str]:
    with app.app_context():
        session = db.session()
        scope.enter(session, tenants.system_context(session, workspace=person.context.workspace))
        scopes = [
            each for each in ("customer.read", "customer.clear", "customer.write") if each in person.context.permissions
        ]
        _row, secret = identity.issue_token(
            session, participant_id=person.context.participant_id, name="own", scopes=scopes, days=1
        )
        session.commit()
    return {"Authorization": f"Bearer {secret}"}
