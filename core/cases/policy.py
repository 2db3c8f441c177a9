"""Permissions of cases. Who may take steps may also comment, set severity and title, and take a case over."""

READ = "case.read"
OPEN = "case.open"
TRANSITION = "case.transition"
ASSIGN = "case.assign"
"""Give a case to another person; act on many cases at once."""
APPROVE = "case.approve"
"""Decide on a step that needs a second person."""
