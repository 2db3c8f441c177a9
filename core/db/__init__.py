"""Public: bases of tables, composite references and the tenant scope. Verticals build their own tables on these."""

from core.db.base import Model, TenantModel, db, new_id, one_of, references
from core.db.merging import REPOINT, Merge
from core.db.relations import belongs_to
from core.db.walls import Walls

__all__ = ["REPOINT", "Merge", "Model", "TenantModel", "Walls", "belongs_to", "db", "new_id", "one_of", "references"]
