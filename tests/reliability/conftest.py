"""`dg` in this process, as the tests of the commands run it, and in one of its own."""

from __future__ import annotations

from tests.cli.conftest import dg

__all__ = ["dg"]
