"""Seeing one masked value for a reason: reveals, their quotas, how unusual they are, and how many people were seen."""
