"""People: accounts, sign-in, and who they are inside each workspace."""
