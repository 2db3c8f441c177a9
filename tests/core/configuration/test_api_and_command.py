"""Settings over REST and on the command line: the same numbers and the same file as on the pages."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from core.approvals.models import Approval
from core.configuration import document
from core.configuration.commands import configuration
from tests.core.configuration.conftest import ANSWER

RULE = {"rule": "telecom.no_such_rule", "mode": "off"}
FLOW = {"workflow": "telecom.complaint", "labels": {"": {"en": "Grievance"}}}
VALUE = {"parameter": ANSWER, "jurisdiction": "CN", "value": 10, "effective_from": "2026-01-01"}


def test_parameters_are_read_with_their_sources(api, world, own_value):
    own_value(10)
    client = api(world.carol, scopes=["configuration.read"])
    rows = client.get("/parameters?vertical=telecom").json["data"]
    answer = [row for row in rows if row["key"] == ANSWER]
    assert [(row["value"], row["set_by_tenant"], row["overridden"]) for row in answer] == [
        ("10", True, False),
        ("15", False, True),
    ]
    assert answer[1]["source_article"].startswith("第十条")
    assert {row["key"] for row in client.get("/parameters?show=own").json["data"]} == {ANSWER}
    assert client.get("/parameters?vertical=banking").status_code == 404
    assert client.get("/parameters?show=secrets").status_code == 422
    file = client.get("/configuration").json
    assert [each["parameter"] for each in file["parameters"]] == [ANSWER]
    assert document.read(json.dumps(file).encode())["parameters"] == file["parameters"]


def test_a_token_without_the_permission_reads_nothing(api, world):
    for person in (world.alice, world.bob):
        client = api(person, scopes=["customer.read"])
        assert [client.get(path).status_code for path in ("/parameters", "/configuration")] == [403, 403]


@pytest.fixture
def run(app):
    def make(*arguments):
        return CliRunner().invoke(configuration, [str(each) for each in arguments], obj=lambda: app)

    return make


def test_a_file_goes_in_and_out_on_the_command_line(world, outside, acting, run, tmp_path):
    file = tmp_path / "settings.json"
    file.write_text(document.written({"workflows": [FLOW], "parameters": [VALUE]}))
    looked = run("import", "--tenant", world.slug, "--dry-run", file)
    assert (looked.exit_code, "asked parameters[0]" in looked.output) == (0, True), looked.output
    done = run("import", "--tenant", world.slug, file)
    assert (done.exit_code, "added workflows[0]" in done.output) == (0, True), done.output
    again = run("import", "--tenant", world.slug, file)
    assert "unchanged workflows[0]" in again.output
    assert "waiting parameters[0]" in again.output
    out = tmp_path / "out.json"
    assert run("export", "--tenant", world.slug, out).exit_code == 0
    assert json.loads(out.read_text())["workflows"][0]["labels"] == FLOW["labels"]


def test_the_command_names_what_is_wrong_and_changes_nothing(world, session, entered, run, tmp_path):
    file = tmp_path / "settings.json"
    file.write_text(document.written({"parameters": [VALUE], "rules": [RULE]}))
    done = run("import", "--tenant", world.slug, file)
    assert done.exit_code == 1
    assert "rules[0].rule: There is no “telecom.no_such_rule” in this workspace" in done.output
    entered(world.alice)
    assert session.scalars(select(Approval)).all() == []
