"""What a partner's vertical declares with states and deadlines, walked through once: records, cases, rules, KPI, subscribers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.models import Case
from core.cases.service import open_case, take_step
from core.clocks.models import Clock
from core.customers.models import Customer
from core.db import scope
from core.db.base import db
from core.errors import DomainError
from core.gate.models import Finding
from core.identity import service as identity
from core.records.models import Record
from core.records.service import add_reading, create_record
from core.testing.jobs import work_off
from core.testing.people import World

SCOPES = ["kpi.read", "case.read", "record.read"]


def walk(app: Flask, clinic: World, keeper: UUID) -> dict[str, Any]:
    with app.app_context():
        session = db.session()
        told = _walked(app, session, clinic, keeper)
        db.session.remove()
    return told | _over_rest(app, clinic)


def _walked(app: Flask, session: Session, clinic: World, keeper: UUID) -> dict[str, Any]:
    context = clinic.alice.context
    view = app.extensions["kehub"]["catalog"].view(context.enabled)
    acting = {"context": context, "view": view}

    def enter() -> None:
        session.rollback()
        scope.enter(session, context)

    enter()
    nameless = create_record(session, **acting, type="petcare.animal", customer_id=keeper).id
    named = {"petcare.chip_name": "Huahua"}
    animal = create_record(session, **acting, type="petcare.animal", customer_id=keeper, values=named).id
    add_reading(session, **acting, record_id=animal, counter="weight", value=2500)
    add_reading(session, **acting, record_id=animal, counter="weight", value=400)
    session.commit()
    told: dict[str, Any] = {}
    enter()
    clock = session.scalars(select(Clock).where(Clock.record_id == animal)).one()
    told["record_clock"] = [clock.timer, clock.state, clock.counter, clock.counter_from]
    told["finding"] = session.scalars(select(Finding.rule).where(Finding.subject_id == animal)).all()
    told["refused_inline"] = _refusal(
        lambda: open_case(session, **acting, customer_id=keeper, workflow="petcare.treatment", record_id=nameless)
    )
    enter()
    told["cases_after_refusal"] = len(session.scalars(select(Case.id).where(Case.record_id == nameless)).all())
    told["steps"] = []
    for _ in range(3):
        enter()
        opened = open_case(session, **acting, customer_id=keeper, workflow="petcare.treatment", record_id=animal)
        case_id, version = opened.id, opened.version
        session.commit()
        enter()
        values = {"petcare.diagnosis": "Light"}
        told["steps"].append(
            _refusal(
                lambda case_id=case_id, version=version, values=values: take_step(
                    session, **acting, case_id=case_id, version=version, transition="treat", values=values
                )
            )
        )
        session.commit()
    enter()
    told["case_clocks"] = sorted(session.scalars(select(Clock.state).where(Clock.case_id.is_not(None))).all())
    told["before_the_outbox"] = (
        session.get_one(Customer, (clinic.tenant_id, keeper)).attributes["petcare"].get("treated")
    )
    session.rollback()
    work_off(app, tenant_id=clinic.tenant_id)
    enter()
    session.expire_all()
    told["after_the_outbox"] = (
        session.get_one(Customer, (clinic.tenant_id, keeper)).attributes["petcare"].get("treated")
    )
    told["records"] = len(session.scalars(select(Record.id).where(Record.type == "petcare.animal")).all())
    session.rollback()
    return told


def _refusal(act: Any) -> str | None:
    """What an act was refused with; None where it was not."""
    try:
        act()
    except DomainError as error:
        return f"{error.code}: {error}"
    return None


def _over_rest(app: Flask, clinic: World) -> dict[str, Any]:
    with app.app_context():
        session = db.session()
        scope.enter(session, clinic.alice.context)
        owner = clinic.alice.context.participant_id
        assert owner is not None
        _, token = identity.issue_token(session, participant_id=owner, name="test", scopes=SCOPES, days=1)
        session.commit()
        db.session.remove()
    headers = {"Authorization": f"Bearer {token}"}
    kpi = app.test_client().get("/api/v1/kpis/petcare.healthy", headers=headers).get_json()
    return {"kpi": [kpi["numerator"], kpi["denominator"]]}
