"""Regular expressions of a person are compiled, or refused in a sentence; Python says nothing besides."""

from __future__ import annotations

import warnings

import pytest

from dgcli.errors import UsageError
from dgcli.text.expressions import compiled


def test_python_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled("[[a]", "keep").search("[")


@pytest.mark.parametrize("pattern", ["(", "a{99999999999}", "(" * 2000 + ")" * 2000])
def test_what_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="of --keep is not a regular expression"):
        compiled(pattern, "--keep")
