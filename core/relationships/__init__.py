"""Who customers are to each other: relationships with roles, and the households they live and pay in."""
