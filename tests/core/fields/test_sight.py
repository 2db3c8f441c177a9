"""What one reader sees of a field: one function of field, role, side and grant; what they do not see they do not write."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.context import Context, Grant, Sight
from core.errors import Invalid
from core.fields.masks import HIDDEN, masker, policy_for, policy_of, shown_as, written
from core.fields.unseen import open_fields, without_echoes
from core.plugin.types import Field

WORDS = {"zh-CN": "字段", "en": "Field"}
MASKS = ("name", "phone", "email", "document", "card", "address", "plate", "vin", "text", None)
FIELDS = some.builds(
    Field, key=some.just("secret"), label=some.just(WORDS), kind=some.sampled_from(["text", "long_text"]),
    sensitivity=some.sampled_from(["personal", "sensitive"]), mask=some.sampled_from(MASKS),
)  # fmt: skip
POLICIES = some.sampled_from(["masked", "hidden", None, "whatever"])


def person(*, party: str = "client", permissions: str = "", grant: Grant | None = None) -> Context:
    return Context(
        tenant_id=uuid4(), tenant_name="A", workspace="a", party=party, permissions=frozenset(permissions.split()), grant=grant
    )  # fmt: skip


@pytest.mark.parametrize(
    ("who", "personal", "sensitive"),
    [
        (person(permissions="customer.clear"), "clear", "clear"),
        (person(party="system"), "clear", "clear"),
        (person(permissions="customer.read"), "masked", "masked"),
        (person(party="provider"), "masked", "hidden"),
        (person(party="provider", permissions="customer.clear"), "masked", "hidden"),
        (person(party="provider", grant=Grant(fields={"phone": "clear"})), "clear", "clear"),
        (person(party="provider", grant=Grant(fields={"phone": "hidden"})), "hidden", "hidden"),
        (person(party="provider", grant=Grant(fields={"phone": "clear"}, frozen=True)), "masked", "masked"),
        (person(party="provider", grant=Grant(fields={"phone": "hidden"}, frozen=True)), "hidden", "hidden"),
    ],
)
def test_the_policy_follows_side_role_and_grant(who: Context, personal: str, sensitive: str) -> None:
    assert policy_for("personal", "phone", name="phone", sight=who.sight) == personal
    assert policy_for("sensitive", "phone", name="phone", sight=who.sight) == sensitive
    assert policy_for("plain", None, name="colour", sight=who.sight) == "clear"


def test_a_plain_field_that_the_grant_hides_is_hidden() -> None:
    hidden = person(party="provider", grant=Grant(fields={"colour": "hidden"}))
    assert policy_for("plain", None, name="colour", sight=hidden.sight) == "hidden"


@given(
    field=FIELDS,
    policy=POLICIES,
    value=some.text(min_size=7, max_size=40),
    level=some.sampled_from(["masked", "provider"]),
)
def test_no_mask_lets_a_value_through(field: Field, policy: str | None, value: str, level: Any) -> None:
    """Of free text only numbers and addresses are taken out: of it a number must not come through."""
    name = "own.secret"
    sight = Sight(level, frozenset({(name, policy)} if policy else ()))
    mask = masker(field, name=name, sight=sight)
    assert mask is not None
    clear = value if field.mask != "text" or field.sensitivity == "sensitive" else f"{value} 13912341369"
    shown = str(mask(clear))
    if clear.strip() and clear.strip("* ") and shown != HIDDEN:
        assert clear not in shown
    assert "13912341369" not in shown
    if policy == "hidden" or policy_of(field, name=name, sight=sight) == "hidden":
        assert shown == HIDDEN


@given(text=some.text(max_size=60), level=some.sampled_from(["masked", "provider"]))
def test_free_text_never_keeps_a_number(text: str, level: Any) -> None:
    noted = f"{text} 13912341369 or a.b@example.com"
    seen = written(noted, sight=Sight(level))
    assert "13912341369" not in seen
    assert "a.b@example.com" not in seen
    assert written(noted, sight=Sight("clear")) == noted
    assert written(noted, sight=Sight(level, frozenset({("note", "hidden")}))) == HIDDEN


def test_the_name_of_a_holder_follows_the_field_name() -> None:
    shown = {how: shown_as("name", "诸葛孔明", name="name", sight=Sight("provider", frozenset({("name", how)})))
             for how in ("clear", "masked", "hidden")}  # fmt: skip
    assert shown == {"clear": "诸葛孔明", "masked": "诸葛*", "hidden": HIDDEN}


PHONE = {"phone": Field(key="phone", label=WORDS, kind="text", sensitivity="personal", mask="phone")}
HELD = {"phone": "+8613912341369"}
MASKED = Sight("masked")


def test_a_mask_that_comes_back_changes_nothing() -> None:
    for echo in ("139****1369", "139 **** 1369"):
        assert without_echoes({"phone": echo}, fields=PHONE, held=HELD, sight=MASKED) == {}


@pytest.mark.parametrize("sent", ["13900000000", None, "****1369"])
def test_another_value_of_a_masked_field_is_refused(sent: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        without_echoes({"phone": sent}, fields=PHONE, held=HELD, sight=MASKED)
    assert [(each.field, each.code) for each in refused.value.errors] == [("phone", "masked")]


def test_an_empty_field_may_be_filled_and_who_sees_may_change() -> None:
    sent = {"phone": "13900000000"}
    assert without_echoes(sent, fields=PHONE, held={}, sight=MASKED) == sent
    assert without_echoes(sent, fields=PHONE, held=HELD, sight=Sight("clear")) == sent


def test_a_form_offers_no_masked_value() -> None:
    assert open_fields(["phone"], fields=PHONE, held=HELD, sight=MASKED) == []
    assert open_fields(["phone"], fields=PHONE, held={}, sight=MASKED) == ["phone"]
