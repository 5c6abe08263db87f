"""Errors that a person can act on: what is wrong, what to do, and the exit code of the command."""

from __future__ import annotations

from enum import IntEnum

_MEMORY_SIGNS = (  # what the loader, Python, mlx on the CPU and Metal say in errors of other types
    *("failed to map segment", "cannot allocate memory", "can't start new thread", "resource temporarily unavailable"),
    *("unable to allocate", "attempting to allocate", "insufficient memory", "bad_alloc"),
)
_LONGEST = 1200  # characters of a sentence: names from a damaged file may have megabytes


class ExitCode(IntEnum):
    """How a command ends."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    MODEL_UNUSABLE = 3
    INPUT_UNUSABLE = 4
    PARTLY_DONE = 5
    """A part was left as it was, for a reason that was told."""
    INTERRUPTED = 130


class DgError(Exception):
    """Base of every error that `dg` reports on purpose.

    `str(error)` is one sentence that says what is wrong; `advice` is one that says what to do about it. In the advice
    a setting stands as `<in_code>`: the command line writes its option there.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, problem: str, advice: str = "") -> None:
        super().__init__(_shortened(problem))
        self.problem = _shortened(problem)
        self.advice = _shortened(advice)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 200]} … {text[-200:]}"


class UsageError(DgError):
    """The command was called with options that do not fit together."""

    exit_code = ExitCode.USAGE


class ArgumentError(UsageError, ValueError):
    """A function was called with values that mean nothing: out of range, or of another kind."""

    def __init__(self, problem: str, advice: str = "Its documentation says what it takes.") -> None:
        super().__init__(problem, advice)


class ModelError(DgError):
    """The model is missing, damaged, foreign or does not fit this machine."""

    exit_code = ExitCode.MODEL_UNUSABLE


class InputError(DgError):
    """The document cannot be worked on: missing, unreadable, not UTF-8, without a mark, too long."""

    exit_code = ExitCode.INPUT_UNUSABLE


class PackageError(DgError):
    """A package is not installed that only one part of `dg` needs, so that it comes with an extra of its own."""

    exit_code = ExitCode.FAILED

    def __init__(self, needs: str, packages: str, extra: str) -> None:
        super().__init__(f"{needs} needs {packages}, which this Python lacks.", f"Run `pip install 'dgcli[{extra}]'`.")


class PromiseBrokenError(DgError):
    """Text outside the holes would have changed. Nothing is written; this is a fault of `dg` itself."""

    exit_code = ExitCode.FAILED


def lacks_memory(error: Exception) -> bool:
    """Whether it was raised because memory, or room for another thread, was missing."""
    return isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in _MEMORY_SIGNS)
