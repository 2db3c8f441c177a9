"""Permissions of a tenant's settings: the client's people only."""

READ = "configuration.read"
MANAGE = "configuration.manage"
"""Change a workflow's settings; bring a whole configuration in from a file, or take it out."""
ASK = "parameter.override"
"""Ask for another value of a parameter."""
APPROVE = "parameter.approve"
"""Decide on what somebody else asked for."""
