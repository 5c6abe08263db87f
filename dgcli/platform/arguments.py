"""Checks of the arguments of the Python interface, so that nonsense is refused with a sentence."""

from __future__ import annotations

from typing import Any

from dgcli.errors import ArgumentError, InputError, UsageError


def check_whole(name: str, value: Any, least: int, most: int | None = None) -> None:
    """Raises ArgumentError where a value is not a whole number from `least` to `most`."""
    if type(value) is not int or value < least or (most is not None and value > most):
        bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ArgumentError(f"{name} is {_shown(value)}, not a whole number {bounds}.")


def check_share(name: str, value: Any) -> None:
    """Raises ArgumentError where a value is not a number from 0 to 1."""
    if type(value) not in (int, float) or not 0 <= value <= 1:
        raise ArgumentError(f"{name} is {_shown(value)}, not a number from 0 to 1.")


def check_kind(name: str, value: Any, *kinds: type) -> None:
    """Raises ArgumentError where a value is of none of these types."""
    if not isinstance(value, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise ArgumentError(f"{name} is {_shown(value)}, of type {type(value).__name__}, not {wanted}.")


def check_method(name: str, value: Any, method: str) -> None:
    """Raises ArgumentError where a value has no such method."""
    if isinstance(value, type) or not callable(getattr(value, method, None)):
        raise ArgumentError(f"{name} is {_shown(value)}, which has no method `{method}`.")


def require(holds: bool, problem: str, advice: str) -> None:
    """Raises UsageError with the problem and the advice where something does not hold."""
    if not holds:
        raise UsageError(f"{problem}.", advice)


def check_text(name: str, value: Any) -> None:
    """Raises ArgumentError where a value is not text, and InputError where no file could hold it."""
    check_kind(name, value, str)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{name} has half a character (a lone surrogate): no file can hold it.", "Take it out."
        ) from None


def _shown(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
