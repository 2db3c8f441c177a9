"""The page of visits."""


def visits(context, values):
    return "petcare/visits.html", {"title": "Visits"}
