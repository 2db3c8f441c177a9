"""What a maker and its dealers know of customers, vehicles, sales and service, place by place."""

from plugins.auto.fields.buyer import BUYER, DRIVER
from plugins.auto.fields.sales import LEAD, ORDER, TEST_DRIVE
from plugins.auto.fields.service import RECALL, REPAIR, SANBAO, VISIT, WORKSHOP
from plugins.auto.fields.vehicle import VEHICLE

FIELDS = (*BUYER, *DRIVER, *VEHICLE, *REPAIR, *VISIT, *RECALL, *TEST_DRIVE, *ORDER, *LEAD, *SANBAO, *WORKSHOP)

__all__ = ["BUYER", "DRIVER", "FIELDS"]
