"""Permissions of identity."""

TOKENS = "api_token.manage"
PEOPLE = "people.read"
MANAGE = "people.manage"
"""Invite, give and take roles, end access: on one's own side, and no more than one may do oneself."""
ROLES = "role.manage"
UNITS = "unit.manage"
