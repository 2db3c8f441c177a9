"""Configuration: every wrong variable is named in one message, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config import VARIABLES, ConfigError, read

URL = "postgresql://kehub_app:secret@db.example.com:5432/kehub"

WRONG = {
    "KEHUB_DATABASE_URL": [
        ("db.example.com", "is not a URL like postgresql://"),
        ("mysql://a:b@c/d", "must be PostgreSQL, not mysql"),
        ("postgresql://u:p@host:port/db", "is not a URL like postgresql://"),
        ("postgresql://host/db", "is not a URL like postgresql://"),
        ("postgresql://u:p@host", "is not a URL like postgresql://"),
    ],
    "KEHUB_OWNER_DATABASE_URL": [("sqlite:///x", "must be PostgreSQL, not sqlite")],
    "KEHUB_SECRET_KEY": [("short", "has 5 characters, it needs at least 32")],
    "KEHUB_VERTICALS": [("telecom,Bank-ing", "names Bank-ing: keys are lower-case words separated by commas")],
    "KEHUB_DATA_DIR": [(__file__, "is a file, not a folder")],
    "KEHUB_BIND": [
        ("8000", "is not an address like 127.0.0.1:8000"),
        ("127.0.0.1:http", "is not an address like 127.0.0.1:8000"),
        ("127.0.0.1:70000", "is not an address like 127.0.0.1:8000"),
    ],
    "KEHUB_WORKERS": [("0", "must be a whole number from 1 to 64"), ("two", "must be a whole number from 1 to 64")],
    "KEHUB_UPLOAD_LIMIT_MB": [("5000", "must be a whole number from 1 to 4096")],
    "KEHUB_SESSION_HOURS": [("1.5", "must be a whole number from 1 to 720")],
    "KEHUB_IDLE_MINUTES": [("4", "must be a whole number from 5 to 1440")],
    "KEHUB_HASH_SLOTS": [("0", "must be a whole number from 1 to 64")],
    "KEHUB_LIMITS": [
        ("reset=5", "has 'reset=5', which is not like reset=5/3600 (so many in so many seconds) or reset=off")
    ],
    "KEHUB_SIGN_UP": [("yes", "must be open or closed")],
    "KEHUB_TRIAL_DAYS": [("0", "must be a whole number from 1 to 365")],
    "KEHUB_GRACE_DAYS": [("400", "must be a whole number from 1 to 365")],
    "KEHUB_LOG_LEVEL": [("LOUD", "must be DEBUG, INFO, WARNING or ERROR")],
    "KEHUB_PUBLIC_URL": [
        ("crm.example.com", "is not an address like https://crm.example.com"),
        ("https://example.com/crm", "is not an address like https://crm.example.com"),
    ],
    "KEHUB_SMTP_URL": [
        ("mail.example.com", "is not a URL like smtp://"),
        ("smtp://host:port", "is not a URL like smtp://"),
        ("smtps://", "is not a URL like smtp://"),
    ],
    "KEHUB_MAIL_FROM": [("Kehub", "is not a sender like"), ("a@b, c@d", "is not a sender like")],
    "KEHUB_PRIVATE_NETWORK": [("true", "must be yes or no")],
    "KEHUB_TRUSTED_PROXIES": [("all", "must be a whole number from 0 to 5")],
    "KEHUB_DNS_SERVER": [("9.9.9.9", "is not an address like")],
    "KEHUB_PG_BIN": [(__file__, "is a file, not a folder")],
}


def test_every_variable_has_a_wrong_value_here() -> None:
    assert WRONG.keys() == VARIABLES.keys()


@pytest.mark.parametrize(
    ("name", "value", "told"), [(name, value, told) for name, cases in WRONG.items() for value, told in cases]
)
def test_a_wrong_value_is_refused_with_what_to_write(name: str, value: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read({name: value})
    assert f"{name} {told}" in str(refused.value)


def test_one_message_names_every_wrong_variable() -> None:
    with pytest.raises(ConfigError) as refused:
        read({name: cases[0][0] for name, cases in WRONG.items()})
    message = str(refused.value)
    assert all(f"- {name} " in message for name in WRONG)


def test_an_unknown_variable_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(ConfigError) as refused:
        read({"KEHUB_DATABSE_URL": URL, "KEHUB_COLOUR": "red"})
    assert "KEHUB_DATABSE_URL is not a variable of Kehub; did you mean KEHUB_DATABASE_URL?" in str(refused.value)
    assert "KEHUB_COLOUR is not a variable of Kehub\n" in str(refused.value)


def test_no_message_repeats_a_secret() -> None:
    with pytest.raises(ConfigError) as refused:
        read({"KEHUB_SECRET_KEY": "hunter2", "KEHUB_DATABASE_URL": "postgresql://u:hunter2@host:port/db",
              "KEHUB_SMTP_URL": "smtp://u:hunter2@host:port"})  # fmt: skip
    assert "hunter2" not in str(refused.value)


def test_variables_that_need_each_other_are_asked_for() -> None:
    with pytest.raises(ConfigError, match="KEHUB_SECRET_KEY must be set together with KEHUB_DATABASE_URL"):
        read({"KEHUB_DATABASE_URL": URL})
    with pytest.raises(ConfigError, match="KEHUB_DATABASE_URL must be set together with KEHUB_OWNER_DATABASE_URL"):
        read({"KEHUB_OWNER_DATABASE_URL": URL})


def test_right_values_are_read() -> None:
    config = read(
        {
            "KEHUB_DATABASE_URL": URL,
            "KEHUB_SECRET_KEY": "s" * 32,
            "KEHUB_VERTICALS": "telecom, banking",
            "KEHUB_BIND": "[::1]:9000",
            "KEHUB_LOG_LEVEL": "debug",
            "KEHUB_PUBLIC_URL": "https://crm.example.com/",
            "KEHUB_MAIL_FROM": "客汇 <crm@example.com>",
            "KEHUB_WORKERS": "",
            "PATH": "/bin",
        }
    )
    assert config.database_url == URL.replace("postgresql://", "postgresql+psycopg://")
    assert config.verticals == ("telecom", "banking")
    assert config.bind == ("::1", 9000)
    assert config.address == "https://crm.example.com"
    assert config.mail_from == "客汇 <crm@example.com>"
    assert (config.log_level, config.workers, config.embedded) == ("DEBUG", 2, False)


def test_without_variables_the_embedded_server_beside_the_checkout_is_used() -> None:
    config = read({})
    assert config.embedded
    assert config.data_dir == Path(__file__).resolve().parents[1] / ".kehub"
