"""The commands that open a house: tenant, engagement, people."""

from click.testing import CliRunner

from core import cli
from core.web.security import SESSION_COOKIE


def run(app, monkeypatch, *words, **options):
    monkeypatch.setattr(cli.application, "create_app", lambda: app)
    return CliRunner().invoke(cli.main, list(words), **options)


def test_a_client_a_provider_and_an_agent_are_made_and_the_agent_signs_in(app, monkeypatch, unique):
    made = [
        run(app, monkeypatch, "tenant", "create", "--slug", unique, "--name", "Harbour", "--kind", "client"),
        run(app, monkeypatch, "tenant", "create", "--slug", f"{unique}-bpo", "--name", "Clear", "--kind", "provider"),
        run(app, monkeypatch, "engagement", "open", "--client", unique, "--provider", f"{unique}-bpo",
            "--name", "Care", "--slug", f"{unique}-care"),
        run(app, monkeypatch, "person", "add", "--workspace", f"{unique}-care", "--email", f"{unique}@example.com",
            "--name", "Dan", "--role", "agent", "--password", "four words with room"),
    ]  # fmt: skip
    assert [step.exit_code for step in made] == [0, 0, 0, 0], [step.output for step in made]
    client = app.test_client()
    form = {"email": f"{unique}@example.com", "password": "four words with room"}
    client.post("/login", data=form, headers={"Sec-Fetch-Site": "same-origin"}, base_url="https://localhost")
    assert client.get_cookie(SESSION_COOKIE) is not None
    assert client.get("/", base_url="https://localhost").headers["Location"] == f"/t/{unique}-care/"


def test_a_taken_address_and_a_wrong_role_are_told_in_words(app, monkeypatch, unique):
    first = ("tenant", "create", "--slug", unique, "--name", "Harbour", "--kind", "client")
    assert run(app, monkeypatch, *first).exit_code == 0
    again = run(app, monkeypatch, *first)
    assert again.exit_code == 1
    assert f"The address {unique} is taken" in again.output
    wrong = run(app, monkeypatch, "person", "add", "--workspace", unique, "--email", "x@example.com", "--name", "X",
                "--role", "provider_manager", "--password", "four words with room")  # fmt: skip
    assert "no role of the client's side" in wrong.output


def test_a_short_password_is_refused(app, monkeypatch, unique):
    answer = run(app, monkeypatch, "person", "add", "--workspace", unique, "--email", "x@example.com", "--name", "X",
                 "--role", "agent", "--password", "short")  # fmt: skip
    assert "15 to 128 characters; this one has 5" in answer.output
