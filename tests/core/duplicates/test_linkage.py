"""Linkage: what agrees and how much, which pairs are compared, what is learned without labels, what makes a group."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from bench import linkage as febrl
from core.duplicates import people
from core.duplicates.linkage.blocking import Pass, any_of, keys_of, pairs_of
from core.duplicates.linkage.clusters import clusters
from core.duplicates.linkage.levels import LEVELS, level
from core.duplicates.linkage.model import Comparison, learn, probability
from core.duplicates.linkage.sounds import initials, sound, soundex


@pytest.mark.parametrize(
    ("kind", "left", "right", "said"),
    [
        ("name", "maria garcia", "garcia maria", "same"),
        ("name", "jonathan smith", "jonathon smith", "close"),
        ("name", "anna berg", "li na", "different"),
        ("name", "王小明", "王晓明", "close"),  # sounds alike
        ("name", "王小明", "王小红", "alike"),  # a sibling as likely as an error
        ("name", "王明", "王芳", "different"),
        ("name", "王明", "wang ming", "different"),
        ("day", "1990-03-12", "1990-12-03", "close"),
        ("day", "1990-03-12", "1990-03-13", "close"),
        ("day", "1990-03-12", "1990-07-25", "alike"),
        ("day", "1990-03-12", "1961-07-25", "different"),
        ("number", "6988048", "6998048", "close"),
        ("number", "12", "13", "different"),
        ("address", "广东省深圳市南山区科技路1号", "广东深圳南山区 科技路1号", "same"),
        ("address", "广东省深圳市南山区科技路1号", "深圳南山区科技路1号", "close"),
        ("address", "科技路1号5栋302", "深圳市南山区科技路1号5栋302", "close"),
        ("document", "document:ric:aa", "document:ric:bb", "different"),
        ("exact", "6", "6", "same"),
    ],
)
def test_two_values_agree_by_levels(kind: str, left: str, right: str, said: str) -> None:
    compare, names = LEVELS[kind]
    found, back = level(compare, left, right), level(compare, right, left)
    assert found is not None
    assert names[found] == said
    assert back == found


def test_a_missing_value_and_documents_of_two_kinds_say_nothing() -> None:
    compare, _names = LEVELS["document"]
    assert level(compare, None, "document:ric:aa") is None
    assert level(compare, ("document:ric:aa",), ("document:passport:bb",)) is None
    assert level(compare, ("document:ric:aa", "document:passport:bb"), ("document:passport:bb",)) == 0


@pytest.mark.parametrize(("word", "code"), [("Robert", "r163"), ("Rupert", "r163"), ("Ashcraft", "a261"), ("Tymczak", "t522"),
                                            ("Pfister", "p236"), ("Honeyman", "h555"), ("王", "")])  # fmt: skip
def test_soundex_gives_the_codes_of_the_national_archives(word: str, code: str) -> None:
    assert soundex(word) == code


def test_chinese_names_sound_by_the_first_letters_of_their_pinyin() -> None:
    assert initials("王小明") == "wxm"
    assert sound("李晓明") == sound("李小明") == "lxm"
    assert sound("garcia maria") == sound("maria garcia")


def test_a_key_that_too_many_share_makes_no_pairs() -> None:
    block = Pass(key="phone", fixes=frozenset({"phone"}), of=any_of("phone"))
    records = [{"phone": ("1", "9")}, {"phone": ("1",)}, {"phone": ("9",)}, {"phone": None}]
    assert pairs_of(records, block) == ({(0, 1), (0, 2)}, 0)
    assert pairs_of([{"phone": "9"}] * 5, block, largest=4) == (set(), 1)


def test_a_customer_has_keys_by_sound_and_by_place() -> None:
    record = people.record_of(name="王小明", born_on="1990-03-12", points={"address": ["广东省深圳市南山区科技路1号"]})
    assert keys_of(record, people.PASSES) == {
        "name:王小明", "sound_born:wxm|1990-03-12", "sound_place:wxm|广东深圳南山区科技路",
    }  # fmt: skip


def test_the_trace_adds_up_to_the_weight() -> None:
    one = people.record_of(name="王小明", born_on="1990-03-12", points={"phone": ["+8613800138000"]})
    two = people.record_of(name="王晓明", born_on="1990-03-12", points={"phone": ["+8613800138000"]})
    levels = people.GIVEN.levels(one, two)
    trace = people.GIVEN.trace(levels)
    assert [(term.field, term.level) for term in trace][:3] == [
        ("name", "close"),
        ("born_on", "same"),
        ("phone", "same"),
    ]
    assert {term.weight for term in trace if term.level == "missing"} == {0.0}
    assert people.GIVEN.weight(levels) == pytest.approx(people.GIVEN.start + sum(term.weight for term in trace))
    assert probability(people.GIVEN.weight(levels)) > 0.999


def test_relatives_with_one_telephone_are_not_one_customer() -> None:
    father = people.record_of(name="王建国", born_on="1961-07-25", points={"phone": ["+8613800138000"]})
    daughter = people.record_of(name="王小红", born_on="1990-03-12", points={"phone": ["+8613800138000"]})
    assert people.GIVEN.weight(people.GIVEN.levels(father, daughter)) < people.LOWER


def test_weights_are_learned_without_labels() -> None:
    """Half of the numbers of one person are typed wrong here and none of the names: the model finds out."""
    chance = Random(7)
    records = []
    for _ in range(300):
        name, born = f"{chance.randrange(10**7):x} {chance.randrange(10**7):x}", f"{chance.randrange(1940, 2000)}-01-01"
        number, other = (str(chance.randrange(10**8)) for _ in range(2))
        wrong = other if chance.random() < 0.5 else number
        records += [{"name": name, "born": born, "number": each} for each in (number, wrong)]
    compared = tuple(
        Comparison(field=name, kind=kind) for name, kind in (("name", "name"), ("born", "day"), ("number", "number"))
    )
    passes = tuple(Pass(key=each, fixes=frozenset({each}), of=any_of(each)) for each in ("name", "born", "number"))
    model = learn(records, comparisons=compared, passes=passes)
    assert model.m[0][0] > 0.9
    assert 0.35 < model.m[2][0] < 0.65
    assert model.u[0][0] < 0.01


def test_a_chain_joins_no_strangers() -> None:
    weights = {(0, 1): 9.0, (1, 2): 4.0, (0, 2): -20.0, (3, 4): 5.0, (4, 5): 5.0, (3, 5): -1.0}
    links = {pair: weight for pair, weight in weights.items() if weight > 0}
    found = clusters(links, weigh=lambda one, other: weights[min(one, other), max(one, other)], against=-12.0)
    assert found == [[0, 1], [3, 4, 5]]


@pytest.mark.parametrize(("name", "least"), [("febrl1", 0.99)])
def test_known_duplicates_are_found_without_labels(shared_data: Path, name: str, least: float) -> None:
    records, truth = febrl.read(shared_data / "core" / f"{name}.csv")
    joined = febrl.duplicates(records)
    right = len(joined & truth)
    assert 2 * right / (len(joined) + len(truth)) >= least
