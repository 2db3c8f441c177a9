"""Permissions that pages of clocks ask for: the calendar's own."""

from core.calendars.policy import MANAGE as MANAGE
