"""Seeds for runs that were not given one."""

from __future__ import annotations

import os


def fresh_seed() -> int:
    """A new seed, short enough to type again."""
    return int.from_bytes(os.urandom(4), "big")
