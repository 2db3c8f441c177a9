# ruff: noqa: S608 - the parts are column names of our own model, never anything typed
"""The SQL of a batch, compiled once a slice from the core columns that the mapping names.

`import_stage` has a row for each row of the batch, `import_number` one for each number that names a customer. Both live
until the transaction ends. Every statement on a tenant's table names the tenant, so that the planner has its index. Where a
batch would tempt it to read all of a tenant's rows, a scalar or lateral subquery asks the index once a row; what it finds is
kept in the batch's own tables, which are counted (ANALYZE) before they are joined. What changes is written as an upsert of
the rows as they will be: an UPDATE joined with the batch is planned as a walk through all of a new tenant's rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.dialects import postgresql

from core.customers.models import Customer

POINTS = ("phone", "email", "address")
"""Core columns that are also contact points."""
LIVE = "s.outcome IS NULL"
ADD = "s.problems || jsonb_build_array(cast(:said AS jsonb) || jsonb_build_object('at', s.at))"


def _asked(column: str, value: str) -> str:
    """Equality, written so that with `ORDER BY column` only the index that ends in the column will do.

    Where the statistics say that a tenant or a run has one row, the planner finds any index as good as another, and may walk
    all of the run's rows for each key: 100 times slower at 10,000 rows. `service.prepare_planner` lets it expect an average
    tenant, and makes indexes of different height cost the same, so that the order decides.
    """
    return f"{column} >= {value} AND {column} <= {value}"


class Statements:
    """`fill`: what an existing customer already has wins over the file. `clears`: a blank cell takes away what it has.

    `key` is what says which customer a row is about: a scheme of numbers, or `phone`, `email`, `number`. `slots`: what new
    customers have in them, as SQL over `s.attributes`.
    """

    def __init__(
        self, *, core: Sequence[str], fill: bool = False, clears: bool = False, key: str = "", further: bool = False,
        slots: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._core = list(core)
        self._points = [kind for kind in POINTS if kind in core]
        self._fill = fill
        self._clears = clears and not fill
        self._further = further
        self._slots = dict(slots or {})
        self.key = key
        self.stage_columns = [
            "line", "at", "row_id", "new_id", "key", "digest", "outcome", "shown", "name_key", "name_sound", "address_key",
            "missing", "attributes", "problems", *(f"{kind}_id" for kind in self._points), *(f'"{name}"' for name in self._core),
        ]  # fmt: skip
        self.number_columns = ["line", "id", "scheme", "value_key", "value", "shown", "is_sealed"]

    @property
    def make_stage(self) -> str:
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        kinds = {column.name: column.type.compile(dialect) for column in Customer.__table__.columns}
        core = "".join(f', "{name}" {kinds[name]}' for name in self._core)
        points = "".join(f", {kind}_id uuid" for kind in self._points)
        return (
            "CREATE TEMP TABLE IF NOT EXISTS import_stage (line bigint PRIMARY KEY, at bigint, row_id uuid, new_id uuid, key text,"
            " digest text, outcome text, shown text, name_key text, name_sound text, address_key text, missing jsonb,"
            f" attributes jsonb, problems jsonb, customer_id uuid{points}{core}) ON COMMIT DROP"
        )

    make_numbers = (
        "CREATE TEMP TABLE IF NOT EXISTS import_number (line bigint, id uuid, scheme text, value_key text, value text,"
        " shown text, is_sealed boolean, sealed bytea, held_by uuid) ON COMMIT DROP"
    )
    indexes = (
        "CREATE INDEX IF NOT EXISTS import_number_line ON import_number (line)",
        "CREATE INDEX IF NOT EXISTS import_number_key ON import_number (value_key)",
    )
    clear = "TRUNCATE import_stage, import_number"
    count_stage = "ANALYZE import_stage (line, key, customer_id, outcome)"
    count_numbers = "ANALYZE import_number (line, scheme, value_key, held_by)"

    find_holders = (
        "UPDATE import_number n SET held_by = f.customer_id FROM (SELECT m.id, h.customer_id FROM import_number m"
        " CROSS JOIN LATERAL (SELECT i.customer_id FROM customer_identifier i"
        f"  WHERE i.tenant_id = :tenant AND i.scheme = m.scheme AND {_asked('i.value_key', 'm.value_key')}"
        "  ORDER BY i.value_key LIMIT 1) h) f WHERE f.id = n.id"
    )
    follow_merged = (
        "UPDATE import_number n SET held_by = coalesce((SELECT c.merged_into_id FROM customer c"
        f" WHERE c.tenant_id = :tenant AND {_asked('c.id', 'n.held_by')} ORDER BY c.id LIMIT 1), n.held_by)"
        " WHERE n.held_by IS NOT NULL"
    )

    @property
    def find_customers(self) -> str:
        """The customer of each row. A telephone number or address that several have names none of them."""
        if self.key in ("phone", "email"):
            return (
                "UPDATE import_stage s SET customer_id = f.customer_id, outcome = CASE WHEN f.customers > 1 THEN 'rejected' END,"
                " problems = CASE WHEN f.customers > 1 THEN s.problems || jsonb_build_array(cast(:ambiguous AS jsonb)"
                "  || jsonb_build_object('at', s.at, 'params', jsonb_build_object('customers', f.customers)))"
                "  ELSE s.problems END FROM (SELECT k.line, count(*) AS customers, min(h.id::text)::uuid AS customer_id"
                "  FROM import_stage k CROSS JOIN LATERAL (SELECT DISTINCT coalesce(c.merged_into_id, c.id) AS id FROM"
                "   (SELECT p.customer_id FROM contact_point p WHERE p.tenant_id = :tenant AND p.contact_id IS NULL"
                f"    AND p.kind = '{self.key}' AND {_asked('p.value_key', 'k.key')} ORDER BY p.value_key LIMIT 100) p"
                "   JOIN customer c ON c.tenant_id = :tenant AND c.id = p.customer_id AND c.state <> 'erased') h"
                "  WHERE k.outcome IS NULL GROUP BY k.line) f WHERE f.line = s.line"
            )
        if self.key == "number":
            return (
                "UPDATE import_stage s SET customer_id = f.id FROM (SELECT k.line, coalesce(c.merged_into_id, c.id) AS id"
                " FROM import_stage k CROSS JOIN LATERAL (SELECT c.id, c.merged_into_id FROM customer c WHERE c.tenant_id = :tenant"
                f"  AND {_asked('c.number', 'cast(k.key AS bigint)')} ORDER BY c.number LIMIT 1) c WHERE k.outcome IS NULL) f"
                " WHERE f.line = s.line"
            )
        return (
            "UPDATE import_stage s SET customer_id = n.held_by FROM import_number n"
            f" WHERE {LIVE} AND n.line = s.line AND n.scheme = :scheme AND n.held_by IS NOT NULL"
        )

    reject_unknown = (
        f"UPDATE import_stage s SET outcome = 'rejected', problems = {ADD} WHERE {LIVE} AND s.customer_id IS NULL"
    )

    reject_duplicates = (
        "UPDATE import_stage s SET outcome = CASE WHEN s.digest = f.digest THEN 'unchanged' ELSE 'rejected' END,"
        " problems = s.problems || jsonb_build_array("
        "   CASE WHEN s.digest = f.digest THEN cast(:repeated AS jsonb) ELSE cast(:duplicate AS jsonb) END"
        "   || jsonb_build_object('at', s.at, 'params', jsonb_build_object('line', f.line)))"
        " FROM (SELECT DISTINCT ON (m.key) m.key, m.line, m.digest FROM ("
        "   SELECT n.key, r.line, r.digest FROM import_stage n CROSS JOIN LATERAL (SELECT line, digest FROM import_row"
        f"     WHERE tenant_id = :tenant AND run_id = :run AND {_asked('key', 'n.key')} AND outcome <> 'rejected'"
        "     ORDER BY key, line LIMIT 1) r WHERE n.outcome IS NULL"
        "   UNION ALL SELECT key, line, digest FROM import_stage WHERE outcome IS NULL) m ORDER BY m.key, m.line) f"
        f" WHERE {LIVE} AND f.key = s.key AND f.line < s.line"
    )

    reject_same_customer = (
        "UPDATE import_stage s SET outcome = 'rejected', problems = s.problems || jsonb_build_array("
        "cast(:duplicate AS jsonb) || jsonb_build_object('at', s.at, 'params', jsonb_build_object('line', f.line)))"
        " FROM (SELECT customer_id, min(line) AS line FROM import_stage"
        "  WHERE outcome IS NULL AND customer_id IS NOT NULL GROUP BY customer_id) f"
        f" WHERE {LIVE} AND f.customer_id = s.customer_id AND f.line < s.line"
    )

    reject_erased = (
        f"UPDATE import_stage s SET outcome = 'rejected', problems = {ADD}"
        f" WHERE {LIVE} AND s.customer_id IS NOT NULL AND 'erased' = (SELECT c.state FROM customer c"
        f" WHERE c.tenant_id = :tenant AND {_asked('c.id', 's.customer_id')} ORDER BY c.id LIMIT 1)"
    )

    reject_taken = (
        f"UPDATE import_stage s SET outcome = 'rejected', problems = {ADD}"
        f" WHERE {LIVE} AND EXISTS (SELECT 1 FROM import_number n WHERE n.line = s.line AND n.scheme <> :scheme AND ("
        "   n.held_by IS NOT NULL AND n.held_by IS DISTINCT FROM s.customer_id"
        "   OR EXISTS (SELECT 1 FROM import_number o JOIN import_stage e ON e.line = o.line AND e.outcome IS NULL"
        "           WHERE o.value_key = n.value_key AND o.scheme = n.scheme AND o.line < n.line AND e.key <> s.key)))"
    )

    reject_incomplete = (
        "UPDATE import_stage s SET outcome = 'rejected', problems = s.problems || jsonb_build_array("
        "cast(:said AS jsonb) || jsonb_build_object('at', s.at) || s.missing)"
        f" WHERE {LIVE} AND s.customer_id IS NULL AND s.missing IS NOT NULL"
    )

    @property
    def judge_rest(self) -> str:
        """New, changed or the same. A blank cell says nothing, so it changes nothing."""
        differs = [f'c."{name}" IS DISTINCT FROM {self._after(name)}' for name in self._core]
        differs.append(f"c.attributes IS DISTINCT FROM {self._attributes_after}")
        return (
            "UPDATE import_stage s SET customer_id = CASE WHEN :loading THEN coalesce(s.customer_id, s.new_id)"
            " ELSE s.customer_id END, outcome = CASE WHEN s.customer_id IS NULL THEN 'created'"
            f" WHEN (SELECT {' OR '.join(differs)} FROM customer c"
            f"  WHERE c.tenant_id = :tenant AND {_asked('c.id', 's.customer_id')} ORDER BY c.id LIMIT 1)"
            f" OR EXISTS (SELECT 1 FROM import_number n WHERE n.line = s.line AND n.held_by IS NULL){self._more}"
            " THEN 'updated' ELSE 'unchanged' END"
            f" WHERE {LIVE}"
        )

    @property
    def _more(self) -> str:
        return (
            " OR EXISTS (SELECT 1 FROM import_further f WHERE f.line = s.line AND NOT f.held)" if self._further else ""
        )

    def _after(self, name: str) -> str:
        if self._clears and name not in ("name", "kind"):
            return f's."{name}"'
        pair = (f'c."{name}"', f's."{name}"') if self._fill else (f's."{name}"', f'c."{name}"')
        return f"coalesce({', '.join(pair)})"

    @property
    def _attributes_after(self) -> str:
        """Merged vertical by vertical: what the file does not name stays; a null, where blank cells clear, goes."""
        held, given = "coalesce(c.attributes->e.key, '{}'::jsonb)", "e.value"
        merged = f"{given} || {held}" if self._fill else f"{held} || {given}"
        merged = f"jsonb_strip_nulls({merged})" if self._clears else merged
        return (
            f"(c.attributes || (SELECT coalesce(jsonb_object_agg(e.key, {merged}), '{{}}'::jsonb)"
            " FROM jsonb_each(s.attributes) e))"
        )

    count_changes = (
        "SELECT count(*) FILTER (WHERE outcome = 'created') AS created,"
        " count(*) FILTER (WHERE outcome = 'updated') AS updated FROM import_stage"
    )

    @property
    def insert_customers(self) -> str:
        own = [name for name in self._core if name not in ("name", "kind")]
        columns = "".join(f', "{name}"' for name in [*own, *self._slots])
        values = "".join(f", {value}" for value in [*(f's."{name}"' for name in own), *self._slots.values()])
        name = "coalesce(s.name, s.shown)" if "name" in self._core else "s.shown"
        kind = "coalesce(s.kind, 'person')" if "kind" in self._core else "'person'"
        given = "jsonb_strip_nulls(s.attributes)" if self._clears else "s.attributes"
        return (
            "INSERT INTO customer (tenant_id, id, number, name, name_key, name_sound, kind, attributes, created_by"
            f"{columns}) SELECT :tenant, s.new_id, :first - 1 + row_number() OVER (ORDER BY s.line), {name}, s.name_key,"
            f" s.name_sound, {kind}, {given}, cast(:author AS uuid){values} FROM import_stage s WHERE s.outcome = 'created'"
        )

    @property
    def _updated(self) -> str:
        """The rows that change a customer, with the customer as it is now: `c`, which nobody else changes meanwhile."""
        return (
            "import_stage s CROSS JOIN LATERAL (SELECT * FROM customer k WHERE k.tenant_id = :tenant"
            f" AND {_asked('k.id', 's.customer_id')} ORDER BY k.id LIMIT 1 FOR NO KEY UPDATE) c"
        )

    @property
    def update_customers(self) -> str:
        after = {name: f'c."{name}"' for name in ("number", "kind", "name", "name_key", "name_sound")}
        after |= {name: self._after(name) for name in self._core}
        if "name" in self._core:
            for key in ("name_key", "name_sound"):
                after[key] = f"CASE WHEN {self._after('name')} = c.name THEN c.{key} ELSE s.{key} END"
        after["attributes"] = self._attributes_after
        changed = [*self._core, "name_key", "name_sound", "attributes"]
        sets = ", ".join(f'"{name}" = excluded."{name}"' for name in changed)
        columns = ", ".join(f'"{name}"' for name in after)
        return (
            f"INSERT INTO customer AS k (tenant_id, id, {columns}) SELECT c.tenant_id, c.id, {', '.join(after.values())}"
            f" FROM {self._updated} WHERE s.outcome = 'updated'"
            f" ON CONFLICT (tenant_id, id) DO UPDATE SET {sets}, version = k.version + 1, updated_at = now()"
        )

    def insert_points(self, kind: str) -> str:
        """The preferred point of each new customer, its first."""
        return f"{self._points_of(kind)} FROM import_stage s WHERE s.outcome = 'created' AND s.{kind} IS NOT NULL"

    def points_touched(self, kind: str) -> Sequence[str]:
        """Ids of the points of customers that were there before which an update makes the preferred one, or no longer."""
        of_customer = (
            f"SELECT o.id FROM {self._updated} CROSS JOIN LATERAL (SELECT * FROM contact_point p WHERE p.tenant_id = :tenant"
            f"  AND {_asked('p.customer_id', 's.customer_id')} ORDER BY p.customer_id OFFSET 0) o"
        )
        key = "s.address_key" if kind == "address" else f"s.{kind}"
        return (
            f"{of_customer} WHERE {self._moves(kind)} AND o.kind = '{kind}' AND o.preferred",
            f"{of_customer} WHERE {self._brings(kind)} AND o.kind = '{kind}' AND o.value_key = {key} AND NOT o.preferred",
        )

    def prefer_no_point(self, kind: str) -> str:
        """Where an update brings another preferred point, the customer's own is no longer the preferred one."""
        return (
            "INSERT INTO contact_point AS p (tenant_id, id, customer_id, kind, value, value_key)"
            " SELECT o.tenant_id, o.id, o.customer_id, o.kind, o.value, o.value_key"
            f" FROM {self._updated} CROSS JOIN LATERAL (SELECT * FROM contact_point p WHERE p.tenant_id = :tenant"
            f"  AND {_asked('p.customer_id', 's.customer_id')} ORDER BY p.customer_id OFFSET 0) o"  # by the customer's index
            f" WHERE {self._moves(kind)} AND o.kind = '{kind}' AND o.preferred"
            " ON CONFLICT (tenant_id, customer_id, kind, value_key) DO UPDATE SET preferred = false,"
            " version = p.version + 1, updated_at = now()"
        )

    def upsert_points(self, kind: str) -> str:
        """The preferred point that an update brings; the customer may have had it as another one."""
        return (
            f"{self._points_of(kind)} FROM {self._updated} WHERE {self._brings(kind)}"
            " ON CONFLICT (tenant_id, customer_id, kind, value_key) DO UPDATE SET preferred = true, stale_since = NULL,"
            " value = excluded.value, version = p.version + 1, updated_at = now()"
        )

    def _moves(self, kind: str) -> str:
        """The preferred one is another, or, where a blank cell clears, none any more."""
        return f"s.outcome = 'updated' AND {self._after(kind)} IS DISTINCT FROM c.{kind}"

    def _brings(self, kind: str) -> str:
        return f"{self._moves(kind)} AND s.{kind} IS NOT NULL"

    def _points_of(self, kind: str) -> str:
        key = "s.address_key" if kind == "address" else f"s.{kind}"
        return (
            "INSERT INTO contact_point AS p (tenant_id, id, customer_id, kind, value, value_key, preferred, source, created_by)"
            f" SELECT :tenant, s.{kind}_id, s.customer_id, '{kind}', s.{kind}, {key}, true, 'import', cast(:author AS uuid)"
        )

    _new_number = (
        "import_number n JOIN import_stage s ON s.line = n.line"
        " WHERE n.held_by IS NULL AND s.outcome IN ('created', 'updated')"
    )
    new_sealed_numbers = (
        "SELECT m.id, m.line, m.scheme, m.customer_id, c.data_key FROM"
        f" (SELECT n.id, n.line, n.scheme, s.customer_id FROM {_new_number} AND n.is_sealed) m"
        " JOIN customer c ON c.tenant_id = :tenant AND c.id = m.customer_id ORDER BY m.line"
    )
    give_data_key = (
        "UPDATE customer SET data_key = :key WHERE tenant_id = :tenant AND id = :customer AND data_key IS NULL"
    )
    put_sealed = "UPDATE import_number SET sealed = :sealed WHERE id = :id"
    insert_numbers = (
        "INSERT INTO customer_identifier (tenant_id, id, customer_id, scheme, value_key, value, sealed, shown, source,"
        " created_by) SELECT :tenant, n.id, s.customer_id, n.scheme, n.value_key, n.value, n.sealed, n.shown, 'import',"
        f" cast(:author AS uuid) FROM {_new_number}"
    )

    keep_outcomes = (
        "INSERT INTO import_row (tenant_id, id, run_id, line, outcome, customer_id, key, digest, problems, created_by)"
        " SELECT :tenant, row_id, :run, line, outcome, customer_id, CASE WHEN outcome <> 'rejected' THEN key END,"
        " CASE WHEN outcome <> 'rejected' THEN digest END, problems, cast(:author AS uuid) FROM import_stage"
    )
    """Of a rejected row no number is kept: nobody is compared with it, and an erasure finds rows by their customer."""
    count_outcomes = (
        "SELECT outcome, count(*) AS rows, count(*) FILTER (WHERE problems <> '[]' AND outcome <> 'rejected') AS warned"
        " FROM import_stage GROUP BY outcome"
    )
