"""Permissions of identity."""

TOKENS = "api_token.manage"
