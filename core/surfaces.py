"""What the application shows: every feature's pages, in the order of the menus, and the resources of its REST interface."""

from __future__ import annotations

from core.approvals import api as approvals_api
from core.approvals import views as approval_pages
from core.attachments import wiring as attachments
from core.audit import api as audit_api
from core.audit import views as audit_pages
from core.cases import api as cases_api
from core.cases import bulk_api as case_bulk_api
from core.cases import bulk_views as case_bulk_pages
from core.cases import desk_views as desk_pages
from core.cases import views as case_pages
from core.clocks import views as clock_pages
from core.configuration import api as configuration_api
from core.configuration import parameter_api, parameter_views, transfer_views, workflow_views
from core.configuration import views as configuration_pages
from core.contacts import wiring as contacts
from core.customers import api as customers_api
from core.customers import views as customers
from core.duplicates import wiring as duplicates
from core.engagements import wiring as engagements
from core.exports import wiring as export_wiring
from core.fields import views as field_pages
from core.gate import api as gate_api
from core.gate import finding_api
from core.gate import views as gate_pages
from core.identity import account_views as account_pages
from core.identity import policy_views as sign_in_policy_pages
from core.identity import screens as people_screens
from core.identity import token_views as token_pages
from core.identity import views as identity
from core.imports import api as imports_api
from core.imports import views as import_pages
from core.insights import views as insights
from core.interactions import api as interactions_api
from core.interactions import views as interaction_pages
from core.joining import views as joining
from core.leaving import views as leaving
from core.lists import wiring as lists
from core.metrics import api as metrics_api
from core.metrics import views as metrics
from core.notify import views as notify_pages
from core.privacy import wiring as privacy_wiring
from core.records import api as records_api
from core.records import views as record_pages
from core.relationships import wiring as relationships
from core.scim import setting_views as scim_settings
from core.scim import views as scim_edge
from core.search import wiring as search_wiring
from core.segments import wiring as segments
from core.sso import setting_views as sso_settings
from core.sso import views as sso_pages
from core.tenants import wiring as tenant_wiring
from core.undo import wiring as undo_wiring
from core.webhooks import api as webhooks_api
from core.webhooks import views as webhook_pages

PAGES = (
    insights.pages,
    metrics.pages,
    identity.pages,
    account_pages.pages,
    sso_pages.pages,
    sso_settings.pages,
    scim_edge.pages,
    scim_settings.pages,
    token_pages.pages,
    webhook_pages.pages,
    *people_screens.PAGES,
    sign_in_policy_pages.pages,
    *engagements.PAGES,
    *tenant_wiring.PAGES,
    joining.pages,
    leaving.pages,
    field_pages.pages,
    customers.pages,
    *contacts.PAGES,
    *relationships.PAGES,
    *attachments.PAGES,
    *lists.PAGES,
    *segments.PAGES,
    *duplicates.PAGES,
    import_pages.pages,
    interaction_pages.pages,
    case_pages.pages,
    desk_pages.pages,
    clock_pages.pages,
    case_bulk_pages.pages,
    record_pages.pages,
    gate_pages.pages,
    configuration_pages.pages,
    parameter_views.pages,
    workflow_views.pages,
    transfer_views.pages,
    approval_pages.pages,
    notify_pages.pages,
    audit_pages.pages,
    *privacy_wiring.PAGES,
    *search_wiring.PAGES,
    *export_wiring.PAGES,
    *undo_wiring.PAGES,
)

RESOURCES = (
    tuple(
        module.endpoints
        for module in (
            customers_api,
            gate_api,
            finding_api,
            interactions_api,
            records_api,
            cases_api,
            case_bulk_api,
            approvals_api,
            metrics_api,
            *tenant_wiring.RESOURCES,
            parameter_api,
            configuration_api,
            audit_api,
            imports_api,
            webhooks_api,
            *privacy_wiring.API,
        )
    )
    + people_screens.RESOURCES
    + contacts.RESOURCES
    + relationships.RESOURCES
    + attachments.RESOURCES
    + search_wiring.RESOURCES
    + export_wiring.RESOURCES
    + engagements.RESOURCES
    + duplicates.RESOURCES
    + lists.RESOURCES
    + segments.RESOURCES
)
"""The REST interface, in the order of its description."""
