"""Permissions of calendars."""

MANAGE = "calendar.manage"
