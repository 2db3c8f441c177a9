"""Table of contents."""

from core.plugin import (
    Field,
    Kpi,
    Panel,
    PersonalData,
    RecordType,
    Route,
    Rule,
    Subscriber,
    Vertical,
    Workflow,
    hookimpl,
)
from kehub_petcare import pages, processes
from kehub_petcare.declared import FIELDS, LABEL, PANELS, PERSONAL_DATA, RULES


@hookimpl
def vertical() -> Vertical:
    return Vertical(key="petcare", label=LABEL, version="1.2.0", requires=">=1.0,<2", icon="star")


@hookimpl
def fields() -> list[Field]:
    return FIELDS + processes.FIELDS


@hookimpl
def panels() -> list[Panel]:
    return PANELS


@hookimpl
def rules() -> list[Rule]:
    return RULES + processes.RULES


@hookimpl
def routes() -> list[Route]:
    return [
        Route(path="visits", view=pages.visits, permission="customer.read", label={"zh-CN": "就诊", "en": "Visits"}),
        Route(path="visits/<of>", view=pages.visits, permission="case.read"),
        Route(path="visits", view=pages.add_visit, permission="customer.write", method="POST"),
        Route(path="elsewhere", view=pages.elsewhere, permission="case.read"),
    ]


@hookimpl
def personal_data() -> list[PersonalData]:
    return PERSONAL_DATA


@hookimpl
def record_types() -> list[RecordType]:
    return [processes.ANIMAL]


@hookimpl
def workflows() -> list[Workflow]:
    return [processes.TREATMENT]


@hookimpl
def kpis() -> list[Kpi]:
    return processes.KPIS


@hookimpl
def subscribers() -> list[Subscriber]:
    return processes.SUBSCRIBERS
