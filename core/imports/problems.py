"""What can be said about a row: an error rejects it, a warning is told and the row is imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from core.errors import N_
from core.imports.reading import Fault

Problem = dict[str, Any]
"""`level`, `field` (the target), `column` (as the file calls it), `code`, `message` (msgid), `params`, `at` (byte)."""

FAULTS: Mapping[Fault, str] = {
    "quotes": N_("This line is no row: a quotation mark is not closed, or stands inside a cell."),
    "long_line": N_("This line is longer than 1 MB."),
    "long_cell": N_("A cell of this row is longer than 131,072 characters."),
    "nul": N_("This row holds NUL bytes."),
    "unreadable": N_("This line is not in the file's encoding."),
}
COLUMNS = N_("This row has %(found)d cells, the header has %(needed)d.")
BLANK_ROW = N_("Every cell of this row is blank.")
NO_KEY = N_("The number that identifies the customer is blank.")
BLANK_AMOUNT = N_("There is no amount; the row is imported without it.")
FORMULA = N_("This begins like a formula. It is kept as text and never computed.")
REQUIRED = N_("A new customer needs this.")
DUPLICATE = N_("The customer of this row was already on line %(line)d, with other values.")
REPEATED = N_("This row is the same as line %(line)d.")
TAKEN = N_("Another customer already has this number.")
AMBIGUOUS = N_("%(customers)d customers have this, so it does not say which one is meant.")
UNKNOWN = N_("There is no customer with this number; leave it blank for a new one and identify rows by something else.")
NOT_A_NUMBER = N_("This is not a customer number such as 10023.")
NOT_YET = N_("A consent cannot be given in the future.")
NOT_A_CONSENT = N_("Write yes or no, granted, refused or withdrawn.")
ERASED = N_("This customer was erased and is not brought back.")


def problem(
    code: str,
    message: str,
    *,
    level: Literal["error", "warning"] = "error",
    target: str = "",
    column: str = "",
    at: int = 0,
    **params: Any,
) -> Problem:
    return {
        "level": level,
        "field": target,
        "column": column,
        "code": code,
        "message": message,
        "params": params,
        "at": at,
    }
