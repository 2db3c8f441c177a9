"""Permissions of interactions."""

READ = "interaction.read"
RECORD = "interaction.record"
