"""The limit of `list`: bare WSGI, one connection, one prepared statement, orjson. No login, no isolation, no framework.

A provider's page goes from lease to lease in the order of their index and fetches each customer by its key, whatever the
planner knows of the tables: from the customers it reads ten for each that is leased, or sorts all that are. `noop` answers
the same bytes, made once: what the server and the client cost without any work.
"""

import base64
import os

import orjson
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

from core.fields.masks import mask

MASKS = (("name", "name"), ("phone", "phone"), ("email", "email"), ("address", "address"))
COLUMNS = """id, number, state, name, kind, salutation, born_on, phone, email, address, country, region, time_zone,
 locale, currency, grade, owner_id, unit_id, merged_into_id, attributes, version, created_at, updated_at"""
CLIENT = f"SELECT {COLUMNS} FROM customer WHERE tenant_id = %(tenant)s AND state = 'active' ORDER BY number LIMIT 51"
PROVIDER = f"""SELECT {COLUMNS} FROM
 (SELECT customer_id, customer_number FROM lease WHERE tenant_id = %(tenant)s AND engagement_id = %(engagement)s
  AND ended_at IS NULL AND expires_at > now() ORDER BY customer_number OFFSET 0) l,
 LATERAL (SELECT * FROM customer WHERE tenant_id = %(tenant)s AND id = l.customer_id AND state = 'active' OFFSET 0) c
 ORDER BY customer_number LIMIT 51"""
STATEMENTS = {"client": CLIENT, "provider": PROVIDER}

set_json_loads(orjson.loads)
settings = {"autocommit": True, "row_factory": dict_row, "options": "-c timezone=UTC"}
connection = psycopg.connect(os.environ["LIMIT_DATABASE"], **settings)
values = {"tenant": os.environ["LIMIT_TENANT"], "engagement": os.environ["LIMIT_ENGAGEMENT"]}


def page(party):
    rows = connection.execute(STATEMENTS[party], values, prepare=True).fetchall()
    following = None
    if len(rows) > 50:
        del rows[50:]
        key = orjson.dumps([rows[-1]["number"], rows[-1]["id"]])
        following = base64.urlsafe_b64encode(key).decode().rstrip("=")
    if party == "provider":
        for row in rows:
            row["born_on"] = row["born_on"] and "****"
            for name, kind in MASKS:
                row[name] = row[name] and mask(kind, row[name])
    return orjson.dumps({"data": rows, "next": following}, option=orjson.OPT_UTC_Z)


ready = {}


def app(environ, start_response):
    _, kind, party = environ["PATH_INFO"].split("/")
    body = page(party) if kind == "limit" else ready.get(party) or ready.setdefault(party, page(party))
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
