"""What machines read from stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def to_json(value: Mapping[str, Any]) -> bytes:
    """One line of JSON, as UTF-8."""
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()
