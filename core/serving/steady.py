"""What a process that serves does once after its boot, so that no request pays for it.

Of some 300,000 objects that the boot makes none is ever thrown away, yet each full collection looks at all of them: rare
pauses of several milliseconds. Frozen, they are left out. Before a fork it also keeps their pages shared.
"""

from __future__ import annotations

import gc


def settle() -> None:
    """The application is made: from here on only what requests make is looked at."""
    gc.collect()
    gc.freeze()
