"""Table of contents: what retail declares, and where."""

from __future__ import annotations

from core.plugin import Route, Vertical, declares, label
from plugins.retail.demo import DEMO
from plugins.retail.fields import FIELDS
from plugins.retail.kpis import KPIS
from plugins.retail.panels import PANELS
from plugins.retail.points import pages
from plugins.retail.points.upkeep import SUBSCRIBERS
from plugins.retail.records import RECORD_TYPES
from plugins.retail.rules import RULES
from plugins.retail.scripts import DOCUMENTS
from plugins.retail.segments import SEGMENTS
from plugins.retail.workflows import WORKFLOWS

vertical = declares(
    Vertical(
        key="retail",
        label=label("连锁零售", "Retail"),
        version="0.2.0",
        requires="~=1.0",
        icon="cart",
        summary=label("会员、积分、订单、退换货与预付卡", "Members, points, orders, returns and prepaid cards"),
    )
)
fields = declares(FIELDS)
record_types = declares(RECORD_TYPES)
segments = declares(SEGMENTS)
workflows = declares(WORKFLOWS)
rules = declares(RULES)
kpis = declares(KPIS)
panels = declares(PANELS)
documents = declares(DOCUMENTS)
subscribers = declares(SUBSCRIBERS)
demo = declares([DEMO])
routes = declares(
    [
        Route(
            path="points/<uuid:record_id>",
            view=pages.ledger,
            permission="record.read",
            on="record:membership",
            label=label("积分账簿", "Books of points"),
            icon="star",
        )
    ]
)
