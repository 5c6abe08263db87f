"""Regular expressions that a person gives."""

from __future__ import annotations

import re
import warnings

from dgcli.errors import UsageError


def compiled(pattern: str, option: str, flags: int = 0) -> re.Pattern[str]:
    """The regular expression of an option. Raises UsageError where it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a later Python may read in another way
            return re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(
            f"{pattern!r} of {option} is not a regular expression ({error}).", r"Escape brackets, as in '\[TODO\]'."
        ) from error
