"""The four kinds of case: a lead, service at the workshop, a claim for a new car, a recall."""

from plugins.auto.workflows.lead import LEAD
from plugins.auto.workflows.recall import RECALL
from plugins.auto.workflows.sanbao import SANBAO
from plugins.auto.workflows.workshop import WORKSHOP

WORKFLOWS = (LEAD, WORKSHOP, SANBAO, RECALL)

__all__ = ["WORKFLOWS"]
