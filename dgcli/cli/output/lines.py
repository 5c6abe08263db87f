"""What machines read from stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def to_json(value: Mapping[str, Any]) -> bytes:
    """One line of JSON, as UTF-8; a byte of a file's name that is none is a half character, such as \\udce9."""
    return (json.dumps(value, ensure_ascii=False) + "\n").encode(errors="backslashreplace")
