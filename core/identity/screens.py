"""The pages and the REST resources of people, roles, units and invitations, in their order: `app.py` takes them from here."""

from __future__ import annotations

from core.identity import invitation_views, people_api, people_views, role_api, role_views, unit_views

PAGES = (invitation_views.pages, people_views.pages, role_views.pages, unit_views.pages)
RESOURCES = (people_api.endpoints, people_api.asked, role_api.endpoints, role_api.tree)
