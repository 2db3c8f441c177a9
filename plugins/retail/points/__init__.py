"""Points of members: what may be moved (`moves`), the books (`books`), what books by itself (`upkeep`), the page (`pages`)."""
