"""Does an importer fit what its vertical declares: every target exists, a row is known by something, files can be read."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from core.plugin.catalog import LoadedVertical
from core.plugin.importing import Importer
from core.plugin.problems import Problem, one_of

OF_CUSTOMERS = re.compile(
    r"name|kind|phone|email|address|document|country|region|locale|time_zone|born_on|identifier:[a-z][a-z0-9_]*"
)
HOLDER = re.compile(r"holder(:[a-z][a-z0-9_:]*)?")
OF_RECORDS = re.compile(r"state|occurred_at|ends_at|amount|currency|parent(:[a-z][a-z0-9_]*)?")
OF_CONTACTS = re.compile(
    r"reference|channel|direction|purpose|disposition|outcome|next_step|started_at|ended_at|note"
    r"|(queued|ring|talk|hold|wrap)_s"
)
NEEDED = ("channel", "direction", "purpose", "disposition", "started_at")
"""What a contact cannot be without."""
CUSTOMER = "customer:"


def importer_problems(loaded: LoadedVertical) -> Iterator[Problem]:
    kinds = {"customer", "interaction", *(f"record:{each.key}" for each in loaded.record_types)}
    for importer in loaded.importers:
        where = f"importers: {importer.key!r}"
        if importer.on not in kinds:
            yield where, f"its rows are {importer.on!r}, which does not exist", one_of(kinds)
            continue
        for found in (_targets(loaded, importer), _known_by(loaded, importer), _holders(importer), _reading(importer)):
            yield from ((where, problem, fix) for problem, fix in found)


def _targets(loaded: LoadedVertical, importer: Importer) -> Iterator[tuple[str, str]]:
    for column, target in importer.columns.items():
        if not _exists(loaded, importer, target):
            yield (
                f"column {column!r} goes to {target!r}, which does not exist",
                f"name a field on {importer.on} or a core target",
            )
    for target in importer.fixed:
        if not _exists(loaded, importer, target):
            yield f"{target!r} is fixed, which does not exist", f"name a field on {importer.on} or a core target"
        elif target in importer.columns.values():
            yield f"{target!r} is fixed and has a column as well", "keep one of them"
    for column in importer.values:
        if column not in importer.columns:
            yield f"values are given for column {column!r}, which is not mapped", "map the column or drop its values"


def _exists(loaded: LoadedVertical, importer: Importer, target: str) -> bool:
    own = {f"{loaded.key}.{field.key}" for field in loaded.fields if field.on == importer.on}
    people = {f"{loaded.key}.{field.key}" for field in loaded.fields if field.on == "customer"}
    if importer.on == "customer":
        return target in own or OF_CUSTOMERS.fullmatch(target) is not None
    if target in own or HOLDER.fullmatch(target):
        return True
    if target.startswith(CUSTOMER):
        of_customer = target.removeprefix(CUSTOMER)
        return of_customer in people or OF_CUSTOMERS.fullmatch(of_customer) is not None
    if importer.on == "interaction":
        return OF_CONTACTS.fullmatch(target) is not None
    return target in _schemes(loaded, importer) or OF_RECORDS.fullmatch(target) is not None


def _schemes(loaded: LoadedVertical, importer: Importer) -> list[str]:
    """What a record of the type is known by, as targets."""
    kind = next(each for each in loaded.record_types if f"record:{each.key}" == importer.on)
    own = {field.key for field in loaded.fields if field.on == importer.on}
    return [f"{loaded.key}.{each}" if each in own else f"identifier:{each}" for each in kind.identifiers]


def _known_by(loaded: LoadedVertical, importer: Importer) -> Iterator[tuple[str, str]]:
    key, named = importer.identify_by, importer.columns.values()
    if importer.on == "interaction":
        missing = [each for each in NEEDED if each not in named and each not in importer.fixed]
        if missing:
            yield f"nothing says {', '.join(missing)} of a contact", "map a column to each, or give it in `fixed`"
    elif key not in named:
        yield f"no column goes to {key!r}, which identifies a row", "map the identifying column"
    elif importer.on != "customer" and key not in _schemes(loaded, importer):
        yield f"{key!r} is nothing that these records are known by", one_of(_schemes(loaded, importer))


def _holders(importer: Importer) -> Iterator[tuple[str, str]]:
    named = [each for each in importer.columns.values() if HOLDER.fullmatch(each)]
    of_people = [each for each in importer.columns.values() if each.startswith(CUSTOMER)]
    if importer.on != "customer" and len(named) > 1:
        yield f"{' and '.join(named)} both say whose a row is", "keep one of them"
    if importer.on == "interaction" and not named:
        yield "nothing says whose a contact is", "map a column to `holder:external`"
    if importer.makes_customers and named[:1] in ([], ["holder"]):
        yield "a new customer would have no number to be found by again", "map a column to `holder:external`"
    if of_people and not importer.makes_customers:
        yield f"{of_people[0]!r} is of new customers, and none are made", "set makes_customers, or drop the column"


def _reading(importer: Importer) -> Iterator[tuple[str, str]]:
    if (importer.read is None) != (not importer.header):
        yield "`read` and `header` go together", "give both: the function, and the file's columns that it needs"
    if importer.read is None:
        return
    if not inspect.isgeneratorfunction(importer.read):
        yield (
            "`read` is no generator, so a whole file would be held at once",
            "write `def read(lines): ... yield Entry(...)`",
        )
    try:
        inspect.signature(importer.read).bind(None)
    except TypeError:
        yield "`read` does not take the lines", "write `def read(lines):`"
