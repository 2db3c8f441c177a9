"""Permissions of segments and grades."""

READ = "segment.read"
MANAGE = "segment.manage"
GRADE = "grade.manage"
"""Draft a scheme of grades, simulate it, have it activated."""
APPROVE = "grade.approve"
OVERRIDE = "grade.override"
"""Set one customer's grade by hand until a day."""
