"""Boot, in order, on one screen; and the only place where features are wired to each other.

1. configuration  2. verticals (all faults in one message)  3. tables: each with its tenant key  4. database: reachable, a weak
login role, migrated  5. keys, web edge, pages, API  6. events, vetoes and fact sources
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path

from flask import Flask, url_for
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError

from core import config as configuration
from core.api.install import install_api
from core.approvals.delegations import delegates_of
from core.approvals.events import ApprovalDecided, ApprovalExpired, ApprovalRequested
from core.audit import keys
from core.audit import wiring as audit_wiring
from core.cases import parts as case_parts
from core.cases import queries as case_queries
from core.cases import record_part as case_record_part
from core.cases import service as cases
from core.cases.checks import workflow_problems
from core.cases.models import Case
from core.cases.notices import CaseSubject
from core.cases.told import ComplaintsTold
from core.cases.wiring import wire as wire_cases
from core.clocks import jobs as clock_jobs
from core.clocks.events import ClockBreached, ClockEscalated, ClockWarned
from core.config import Config
from core.configuration import wiring as configuration_wiring
from core.configuration.view import Views
from core.contacts import parts as contact_parts
from core.contacts import service as contact_points
from core.contacts import wiring as contacts_wiring
from core.contacts.facts import act_customer, customer_facts, data_keys
from core.customers import attached as customer_files
from core.customers import canaries as customer_canaries
from core.customers import parts as customer_parts
from core.customers import placing_parts
from core.customers import service as customer_service
from core.customers.checks import segment_problems
from core.customers.events import CustomerCreated, CustomersChanged, CustomerUpdated
from core.customers.fields import core_fields
from core.customers.models import Customer
from core.db import driver, home, migrate
from core.db.base import db
from core.db.bootstrap import refuse_strong_login
from core.db.check import keyless_tables, misnamed_tables
from core.duplicates import wiring as duplicates_wiring
from core.engagements import wiring as engagements
from core.engagements.directory import DIRECTORY
from core.engagements.events import CustomersLeased, LeasesEnded
from core.events import bus, subscribers
from core.events import jobs as outbox
from core.events.checks import subscriber_problems
from core.exports import forgetting as export_files
from core.exports import wiring as export_wiring
from core.fields import changes as field_changes
from core.fields import filling, slots
from core.fields.checks import field_problems
from core.fields.declared import IndexDeclared
from core.files import service as files
from core.gate import wiring as gate_wiring
from core.gate.checks import rule_problems
from core.gate.events import FindingRaised, GateDecided
from core.gate.models import Finding, GateDecision
from core.identity import accounts, passwords, proving
from core.identity import wiring as identity_wiring
from core.identity.checks import role_problems
from core.identity.loading import load_context, load_token, load_workspaces, note_refusal, who_may
from core.identity.permissions import PERMISSIONS
from core.identity.roles import roles_with
from core.imports import forgetting as import_files
from core.imports import records as record_imports
from core.imports import resembling
from core.imports import service as imports
from core.imports import views as import_pages
from core.imports import wiring as import_wiring
from core.imports.events import CustomersImported
from core.interactions import parts as interaction_parts
from core.interactions import service as interactions
from core.interactions.told import ContactsTold
from core.jobs import service as jobs
from core.leaving import forgetting as tenant_exports
from core.leaving import wiring as leaving_wiring
from core.limits import wiring as limits_wiring
from core.metrics import jobs as counting
from core.metrics.checks import kpi_problems
from core.metrics.following import wire as follow_processes
from core.notify import door as notify_door
from core.notify import heard
from core.notify import people as told_people
from core.notify import views as notify_pages
from core.plugin.catalog import Catalog, LoadedVertical
from core.plugin.host import load, shipped
from core.privacy import wiring as privacy_wiring
from core.records import breaches as record_breaches
from core.records import finding as record_finding
from core.records import parts as record_parts
from core.records.models import Record
from core.records.notices import RecordSubject
from core.relationships import wiring as relationships
from core.search import wiring as search_wiring
from core.segments import grade_views
from core.segments import wiring as segments_wiring
from core.segments.told import SegmentsTold
from core.sso import views as sso_pages
from core.surfaces import PAGES, RESOURCES
from core.tenants import service as tenancy
from core.tenants import wiring as tenant_wiring
from core.tenants.queries import filled_context
from core.timeline import notes as gate_notes
from core.undo import wiring as undo_wiring
from core.web.install import install
from core.web.links import LINKS
from core.web.proxies import trust
from core.web.state import BellPlace
from core.web.vertical_routes import taken_addresses, vertical_pages
from core.webhooks import wiring as webhook_wiring

FEATURES = (
    "undo",
    "tenants", "identity", "sso", "scim", "engagements", "audit", "jobs", "limits", "events", "files", "calendars",
    "parameters", "fields", "approvals", "notify", "clocks", "customers", "contacts", "timeline", "gate", "records",
    "relationships", "attachments",
    "interactions", "cases", "lists", "segments", "search", "exports", "imports", "metrics", "api", "privacy", "joining",
    "leaving", "webhooks",
)  # fmt: skip


COMPUTED = ("match_key", "duplicate_pair", "segment_member", "grade_standing", "grade_change", "search_recent")
"""Tables whose rows follow from others: they do not keep a row that an undone run made."""

UNREACHABLE = """\
The database {url} does not let us in: {reason}
Check KEHUB_DATABASE_URL; a database that Kehub has not seen yet needs `kehub db bootstrap` and `kehub db upgrade` first."""


class BootRefused(RuntimeError):
    """The application does not start. The message says what to do."""


def create_app(config: Config | None = None) -> Flask:
    """The WSGI application. Raises ConfigError, BootError, RoleRefused, EmbeddedServerError or BootRefused, all with a remedy."""
    config = config or configuration.read()
    catalog = load_catalog(config)
    database = home.locate(config)
    owners = migration_owners(catalog)
    app = Flask("core", static_folder=None)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=database.app_url,
        SQLALCHEMY_ENGINE_OPTIONS=driver.options(),
        MAX_CONTENT_LENGTH=config.upload_limit_mb * 1024 * 1024,
        TESTING=config.testing,
    )
    app.extensions["kehub"] = {"config": config, "catalog": catalog, "view_of": Views(catalog)}
    _check_database(database.app_url, owners)
    keys.install(home.secret_key(config))
    files.install(config.data_dir / "files")
    db.init_app(app)
    trust(app, config.trusted_proxies)
    wire(app, catalog)
    return app


def wire(app: Flask, catalog: Catalog) -> None:
    """Pages, API, events, vetoes and fact sources: who hears whom."""
    bus.reset()
    wire_edges(app, catalog)
    wire_audit(app)
    gate_wiring.wire(
        customers=customer_facts,
        tellings=[ContactsTold(), ComplaintsTold(), SegmentsTold()],
        customer=act_customer,
        keys=data_keys,
        view_of=app.extensions["kehub"]["view_of"],
    )
    segments_wiring.wire(app.extensions["kehub"]["view_of"])
    tenant_wiring.wire(app)
    leaving_wiring.wire(app.extensions["kehub"]["view_of"])
    tenancy.VETOES[:] = [cases.veto_open_cases]
    tenancy.SWITCHED[:] = [IndexDeclared(catalog)]
    field_changes.HEARD[:] = [tenancy.count_tailoring]
    slots.MODELS.update(customer=Customer, record=Record, case=Case)
    jobs.register(slots.KIND, filling.fill)
    undo_wiring.wire(computed=COMPUTED)
    contacts_wiring.wire()
    relationships.wire()
    customer_files.wire(case=case_queries.customer_of)
    import_wiring.wire()
    search_wiring.wire()
    engagements.wire(customer_canaries.Maker(app.extensions["kehub"]["view_of"]))
    wire_cases(app.extensions["kehub"]["view_of"])
    configuration_wiring.wire(app.extensions["kehub"]["view_of"])
    record_breaches.wire(app.extensions["kehub"]["view_of"])
    gate_notes.subscribe()
    bus.subscribe(GateDecided, interactions.note_decision)
    jobs.register(clock_jobs.KIND, clock_jobs.Recompute(app.extensions["kehub"]["view_of"]))
    jobs.register(record_imports.KIND, record_imports.RecordImporter(app.extensions["kehub"]["view_of"]))
    jobs.register(imports.KIND, counting.Followed(imports.Importer(app.extensions["kehub"]["view_of"])))
    for event in (CustomerCreated, CustomerUpdated):
        bus.subscribe(event, contact_points.follow_customer)
    for changing in (CustomerCreated, CustomerUpdated, CustomersChanged, CustomersLeased, LeasesEnded):
        bus.subscribe(changing, counting.follow)
    follow_processes(catalog)
    wire_customer_pages()
    privacy_wiring.wire(catalog.everything.personal_data, {
        "import_files": import_files.forget, "export_files": export_files.forget, "tenant_exports": tenant_exports.forget,
    })  # fmt: skip
    wire_notices(catalog)
    export_wiring.wire()
    webhook_wiring.wire()
    subscribers.install(catalog.everything.subscribers, fill=filled_context, deliver=outbox.deliver)
    taken = list(taken_addresses(app, catalog))
    if taken:
        raise BootRefused("\n".join(taken))


def wire_edges(app: Flask, catalog: Catalog) -> None:
    """Pages and REST interface: who may enter, and what is counted at the door."""
    config: Config = app.extensions["kehub"]["config"]
    limits_wiring.install(app, config)
    web = install(
        app,
        pages=[*PAGES, *vertical_pages(catalog)],
        translations=translation_folders(catalog),
        load_context=load_context,
        load_workspaces=load_workspaces,
        who_may=who_may,
        on_refusal=[note_refusal, engagements.note_refused_entry],
        search_endpoint="search.found",
        suggest_endpoint="search.suggest",
        bell=BellPlace(endpoint="notify.index", fragment="notify.bell", count=notify_pages.unread),
    )
    identity_wiring.wire(web, config)
    proving.ELSEWHERE[:] = [sso_pages.door_of]
    install_api(app, resources=RESOURCES, load_token=load_token, catalog=catalog)


def wire_audit(app: Flask) -> None:
    """What the trail asks of features above it: keys of customers, words of permissions and fields, numbers of subjects."""
    view = app.extensions["kehub"]["catalog"].everything
    targets = ("customer", "case", "interaction", *(f"record:{key}" for key in view.record_types))
    declared = {name: each.label for target in targets for name, each in view.fields(on=target).items()}
    audit_wiring.wire(
        app,
        fields={**declared, **{name: each.label for name, each in core_fields("CN").items()}},
        permissions={key: each.label for key, each in PERMISSIONS.items()},
        find_key=customer_service.existing_key,
        make_key=customer_service.data_key,
        directory=DIRECTORY,
        numbered={
            "customer": Customer, "case": Case, "record": Record, "gate_decision": GateDecision, "finding": Finding,
        },
    )  # fmt: skip


def wire_customer_pages() -> None:
    """What higher features add to the list and the page of customers."""
    features = (
        placing_parts, grade_views, contact_parts, relationships, customer_files, interaction_parts, case_parts, record_parts,
    )  # fmt: skip
    customer_parts.PAGE_PARTS[:] = [part for feature in features for part in feature.PAGE_PARTS]
    LINKS["approval"] = lambda approval_id: url_for("approvals.show", approval_id=approval_id)
    LINKS["customer"] = lambda customer_id: url_for("customers.show", customer_id=customer_id)
    LINKS["record"] = lambda record_id: url_for("records.show", record_id=record_id)
    LINKS["finding"] = lambda finding_id: url_for("gate.finding", finding_id=finding_id)
    LINKS["attachment"] = lambda attachment_id: url_for("attachments.save", attachment_id=attachment_id)
    LINKS["case"] = lambda case_id: url_for("cases.show", case_id=case_id)
    customer_parts.LIST_MARKS[:] = [*contact_parts.LIST_MARKS]
    customer_parts.LIST_FILTERS[:] = [*contact_parts.LIST_FILTERS]
    customer_parts.LIST_LINKS[:] = [*import_pages.LIST_LINKS]
    record_parts.RECORD_PARTS[:] = [*case_record_part.RECORD_PARTS]
    record_parts.LIST_LINKS[:] = [*import_pages.LIST_LINKS]
    duplicates_wiring.wire(resembling)
    customer_parts.FINDERS[:] = [contact_parts.by_phone_or_email, record_finding.holders]


def wire_notices(catalog: Catalog) -> None:
    """Who is told of what; the features that tell do not know."""
    told_people.STAND_INS[:] = [delegates_of]
    passwords.ASKED[:] = [notify_door.ask_reset]
    accounts.CHANGED[:] = [notify_door.tell_change]
    heard.SUBJECTS.update(case=CaseSubject(catalog), record=RecordSubject(catalog))
    for event, handler in (
        (ApprovalRequested, heard.on_approval_requested),
        (ApprovalDecided, heard.on_approval_decided),
        (ApprovalExpired, heard.on_approval_expired),
        (ClockWarned, heard.on_clock),
        (ClockBreached, heard.on_clock),
        (ClockEscalated, heard.on_clock),
        (FindingRaised, heard.on_finding),
        (CustomersImported, heard.on_import),
        (CustomersImported, duplicates_wiring.on_import),
    ):
        bus.subscribe(event, handler)
    LINKS["import"] = lambda run_id: url_for("imports.show", run_id=run_id)


def translation_folders(catalog: Catalog) -> Sequence[Path]:
    folders = (vertical.folder / "translations" for vertical in catalog.verticals.values())
    return [folder for folder in folders if folder.is_dir()]


def load_models(catalog: Catalog | None = None) -> None:
    """Import every feature's and every vertical's tables, so that mappers, migrations and walls know them."""
    for feature in FEATURES:
        importlib.import_module(f"core.{feature}.models")
    for vertical in catalog.verticals.values() if catalog else ():
        import_models(vertical)


def import_models(vertical: LoadedVertical) -> None:
    name = f"{vertical.package}.models"
    if importlib.util.find_spec(name) is not None:
        importlib.import_module(name)


def table_check(vertical: LoadedVertical) -> Iterable[str]:
    """A vertical's tables belong to a tenant and carry the vertical's key."""
    import_models(vertical)
    yield from misnamed_tables(vertical.package, vertical.key)
    yield from keyless_tables(vertical.package)


def page_check(vertical: LoadedVertical) -> Iterable[str]:
    """Somebody can open each page of a vertical."""
    for route in vertical.routes:
        if not roles_with(route.permission):
            yield f"{route.path}: no role includes the permission {route.permission}; use one that a role has"


CHECKS = (
    table_check, page_check, rule_problems, workflow_problems, subscriber_problems, field_problems, role_problems,
    segment_problems, kpi_problems,
)  # fmt: skip


def load_catalog(config: Config) -> Catalog:
    load_models()
    return load(allowed=config.verticals if config.verticals is not None else shipped(), checks=CHECKS)


def migration_owners(catalog: Catalog) -> list[migrate.Owner]:
    """The core and every vertical that brings migrations."""
    owners = [migrate.CORE]
    for key, vertical in catalog.verticals.items():
        folder = vertical.folder / "migrations" / "versions"
        if folder.is_dir():
            owners.append(migrate.Owner(key, folder))
    return owners


def _check_database(url: str, owners: list[migrate.Owner]) -> None:
    engine: Engine = create_engine(url)
    try:
        refuse_strong_login(engine)
        with engine.connect() as connection:
            behind = migrate.behind(connection, owners)
    except OperationalError as error:
        shown = engine.url.render_as_string(hide_password=True)
        raise BootRefused(UNREACHABLE.format(url=shown, reason=str(error.orig).strip())) from None
    finally:
        engine.dispose()
    if behind:
        raise BootRefused("The database is not up to date; run `kehub db upgrade`:\n  - " + "\n  - ".join(behind))
