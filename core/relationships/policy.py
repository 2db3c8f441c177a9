"""Permissions of relationships: they are part of the customers at both ends."""

READ = "customer.read"
WRITE = "customer.write"
