"""Permissions of exports."""

ASK = "export.ask"
"""Ask for rows as a file, and take the file that was made."""
APPROVE = "export.approve"
"""Decide on what somebody else asked for: the client's people, also for a provider."""
