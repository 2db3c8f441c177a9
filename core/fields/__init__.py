"""One declaration, all surfaces: what a `Field` says becomes reading, checking, storing, showing and masking.

1. `FieldSet.of(view, target=...)` gathers the fields of the enabled verticals and the core's own for one target.
2. `FieldSet.parse` reads what people type and what files hold into typed values, or says field by field what is wrong.
3. `FieldSet.changes` and `merge_attributes` bring typed values into the stored document; `schema` does so for the API.
4. `controls`, `display` and `masks` take values out: into forms, onto pages, and past people who may not see them.
"""

from core.fields.fieldset import FieldSet
from core.fields.storage import merge_attributes, stored, typed

__all__ = ["FieldSet", "merge_attributes", "stored", "typed"]
