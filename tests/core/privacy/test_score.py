"""How unusual a person's reveals are: the arithmetic, and what follows from it."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select

from core.gate.models import Finding
from core.jobs.tasks import job_context
from core.privacy import jobs
from core.privacy.models import RevealScore
from core.privacy.score import LEAST, Counted, scores
from core.tenants.queries import filled_context


def test_a_person_is_measured_against_the_others_not_against_the_team():
    found = scores({"a": Counted(2, 10), "b": Counted(3, 10), "c": Counted(1, 10), "d": Counted(30, 10)})
    assert found["d"].mean == pytest.approx(6 / 30)
    assert found["d"].deviation == pytest.approx(sqrt(0.2 / 10))  # chance alone; the peers differ less
    assert found["d"].z == pytest.approx((3 - 0.2) / sqrt(0.2 / 10))
    assert found["d"].unusual(Counted(30, 10), threshold=3)
    assert not any(found[name].unusual(Counted(3, 10), threshold=3) for name in "abc")


def test_where_nobody_reveals_anything_one_reveal_is_no_alarm():
    found = scores({"a": Counted(1, 20), "b": Counted(0, 20), "c": Counted(0, 20)})
    assert found["a"].z is not None
    assert found["a"].z < 3


def test_few_reveals_are_never_unusual():
    found = scores({"a": Counted(LEAST - 1, 1), "b": Counted(0, 500), "c": Counted(0, 500)})
    assert found["a"].z > 3
    assert not found["a"].unusual(Counted(LEAST - 1, 1), threshold=3)


def test_with_one_peer_there_is_no_z():
    assert scores({"a": Counted(50, 1), "b": Counted(0, 9)})["a"].z is None


@given(some.dictionaries(some.integers(), some.builds(Counted, some.integers(0, 99), some.integers(0, 99)), max_size=9))
def test_scores_are_finite_and_more_reveals_never_score_lower(group):
    found = scores(group)
    assert set(found) == set(group)
    for name, one in group.items():
        if found[name].z is not None:
            assert abs(found[name].z) < 1e6
            more = scores({**group, name: Counted(one.reveals + 1, one.cases)})[name].z
            assert more > found[name].z


def test_an_unusual_agent_becomes_one_finding(session, world, acting, known, look, monkeypatch):
    for _ in range(LEAST):
        look(world.dan, known)

    real = jobs._groups

    def grouped(session, *, since):
        ((key, people),) = [each for each in real(session, since=since).items() if each[0][1] == "agent"]
        return {key: [*people, *((_like(people[0][0], name), Counted(0, 30)) for name in ("Eve", "Fay"))]}

    monkeypatch.setattr(jobs, "_groups", grouped)
    for _ in range(2):
        acting(world.alice)
        context = filled_context(session, context=job_context(tenant_id=world.tenant_id, participant_id=None))
        rows = jobs.count(session, context=context)
        session.commit()
    unusual = [row.shown_name for row in rows if row.unusual]
    acting(world.alice)
    assert unusual == ["Dan"]
    assert len(session.scalars(select(RevealScore).where(RevealScore.unusual)).all()) == 1
    finding = session.scalars(select(Finding).where(Finding.rule == jobs.RULE)).one()
    assert (finding.subject_type, finding.subject_id) == ("participant", world.dan.context.participant_id)
    assert "5 reveals in 1 cases" in finding.reason["text"]["en"]


def _like(row, name):
    from types import SimpleNamespace
    from uuid import uuid4

    return SimpleNamespace(id=uuid4(), shown_name=name, engagement_id=row.engagement_id, roles=row.roles)
