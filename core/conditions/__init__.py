"""One typed tree for rules, segments, guards and row scopes, with two compilers that agree.

1. `parse` checks a JSON tree against the types of the fields it may name; what is wrong is refused when it is saved.
2. `compile_predicate` gives a Python closure over a flat mapping of values.
3. `compile_sql` gives the same test as an SQL expression over columns and the `attributes` document.

A value that is absent, null, empty or of the wrong type is *missing*. Any comparison with it is false, `ne` included;
`not` turns that false into true. So there are two truth values everywhere and the two forms cannot drift apart.
"""

from core.conditions.predicate import Predicate, compile_predicate, flatten
from core.conditions.sql import compile_sql, value_sql
from core.conditions.tree import DEPTH_LIMIT, NODE_LIMIT, All, Any_, Leaf, Node, Not, fields_of, parse
from core.conditions.values import ConditionError, ValueType

__all__ = [
    "DEPTH_LIMIT",
    "NODE_LIMIT",
    "All",
    "Any_",
    "ConditionError",
    "Leaf",
    "Node",
    "Not",
    "Predicate",
    "ValueType",
    "compile_predicate",
    "compile_sql",
    "fields_of",
    "flatten",
    "parse",
    "value_sql",
]
