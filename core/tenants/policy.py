"""Permissions of a tenant's own settings."""

READ = "vertical.read"
CONFIGURE = "vertical.configure"
