"""Arrays that count the bytes which are read and written to compute with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dgcli.platform.backend import mx


@dataclass
class Traffic:
    """Bytes that have been moved so far."""

    nbytes: int = 0

    def read(self, *arrays: Any) -> None:
        self.nbytes += sum(array.nbytes for array in arrays if isinstance(array, mx.array))

    wrote = read


@dataclass(eq=False)
class Counted:
    """An array, each operation on which reads what goes in and writes what comes out. Slices cost nothing."""

    array: mx.array
    traffic: Traffic

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.array, name)
        if not callable(found):
            return found
        if name in ("tolist", "reshape"):
            return lambda *args, **keywords: _wrapped(found(*args, **keywords), self.traffic)
        if name == "astype":
            return lambda dtype: (
                self if dtype == self.array.dtype else counted(mx.array.astype, self.traffic)(self, dtype)
            )
        return lambda *args, **keywords: counted(getattr(mx.array, name), self.traffic)(self, *args, **keywords)

    def __getitem__(self, key: Any) -> Counted:
        return Counted(self.array[key], self.traffic)

    def __setitem__(self, key: Any, part: Counted) -> None:
        self.traffic.read(part.array)
        self.traffic.wrote(part.array)
        self.array[key] = part.array


def _operator(name: str) -> None:
    def operate(self: Counted, other: Any) -> Any:
        return counted(getattr(mx.array, name), self.traffic)(self, other)

    setattr(Counted, name, operate)


for _name in ("add", "sub", "mul", "truediv", "le"):
    _operator(f"__{_name}__")


def counted(function: Callable[..., Any], traffic: Traffic) -> Callable[..., Any]:
    """`function` in one pass: counted arrays in it are read, and what it returns is written."""

    def call(*args: Any, **keywords: Any) -> Any:
        plain = [_plain(arg) for arg in args]
        found = function(*plain, **keywords)
        if any(isinstance(arg, Counted) for arg in args):
            results = found if isinstance(found, tuple) else (found,)
            traffic.read(*(results if function is mx.take_along_axis else plain))
            traffic.wrote(*results)
            return _wrapped(found, traffic)
        return found

    return call


@dataclass(frozen=True)
class Operations:
    """`mlx.core`, whose functions count."""

    traffic: Traffic

    def __getattr__(self, name: str) -> Any:
        function = getattr(mx, name)
        if name == "eval":
            return lambda *arrays: mx.eval([_plain(array) for array in arrays])
        if name in ("zeros", "array"):
            return lambda *args, **keywords: self._made(function(*args, **keywords))
        return counted(function, self.traffic) if callable(function) and not isinstance(function, type) else function

    def _made(self, array: mx.array) -> Counted:
        self.traffic.wrote(array)
        return Counted(array, self.traffic)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.array if isinstance(value, Counted) else value


def _wrapped(value: Any, traffic: Traffic) -> Any:
    if isinstance(value, tuple):
        return tuple(_wrapped(each, traffic) for each in value)
    return Counted(value, traffic) if isinstance(value, mx.array) else value
