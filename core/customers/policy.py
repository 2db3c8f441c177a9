"""Permissions of customers."""

READ = "customer.read"
CREATE = "customer.create"
WRITE = "customer.write"
CLEAR = "customer.clear"
"""See personal data unmasked (`core.context.CLEAR`)."""
