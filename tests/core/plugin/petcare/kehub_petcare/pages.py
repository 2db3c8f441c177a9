"""The page of visits."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from core.db import db
from kehub_petcare.models import Visit


def visits(context, values):
    count = db.session().scalar(select(func.count()).select_from(Visit))
    return "petcare/visits.html", {"title": "Visits", "count": count, "asked": values.get("of", "")}


def add_visit(context, values):
    db.session().add(Visit(customer_id=UUID(values["customer"]), visited_on=date.fromisoformat(values["on"])))
    return "visits"


def elsewhere(context, values):
    return "shell.html", {}
