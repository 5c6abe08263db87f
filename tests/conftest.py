"""What holds for all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# A busy machine is no fault of the code; on CI the same examples are tried each time.
settings.register_profile("dg", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("dg")
