"""Permissions of customers."""

READ = "customer.read"
CREATE = "customer.create"
WRITE = "customer.write"
