"""Every hook of the contract is documented with an example that runs, and says when it is called."""

from __future__ import annotations

import doctest
import inspect

import pytest

from core.plugin import specs
from core.plugin.host import HOOKS, PLANNED

CONTRACT = """
vertical fields record_types segments workflows rules kpis clauses documents importers exporters routes panels
subscribers meters personal_data demo
"""


def test_the_hooks_are_those_of_the_contract_and_no_others() -> None:
    assert {*HOOKS, *PLANNED} == set(CONTRACT.split())


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_takes_nothing_and_says_when_it_is_called(hook: str) -> None:
    spec = getattr(specs, hook)
    assert not inspect.signature(spec).parameters
    assert spec.__doc__.startswith("Called ")


@pytest.mark.parametrize("hook", HOOKS)
def test_the_example_of_a_hook_runs(hook: str) -> None:
    (example,) = doctest.DocTestFinder(recurse=False).find(getattr(specs, hook), hook, globs={})
    assert "@hookimpl" in example.docstring
    result = doctest.DocTestRunner().run(example)
    assert result.attempted > 0
    assert result.failed == 0
