"""The permission of this feature."""

MANAGE = "identity.manage"
