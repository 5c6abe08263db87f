"""How a person allows Metal more memory than macOS does by default."""

from __future__ import annotations

from dataclasses import dataclass

_MEBIBYTE = 2**20
_STEP = 256  # mebibytes that values are whole multiples of
_SYSTEM = 4 * 2**30  # bytes that macOS and all other programs need at least


@dataclass(frozen=True)
class WiredLimit:
    """A value of `iogpu.wired_limit_mb` on a machine with so many bytes of memory."""

    mebibytes: int
    total: int

    @property
    def nbytes(self) -> int:
        """What Metal may keep then, in bytes."""
        return self.mebibytes * _MEBIBYTE

    @property
    def left(self) -> int:
        """What all else has, in bytes."""
        return self.total - self.nbytes

    @property
    def command(self) -> str:
        """It lasts until the next start."""
        return f"sudo sysctl iogpu.wired_limit_mb={self.mebibytes}"


def enough_for(needed: int, total: int) -> WiredLimit | None:
    """The least value that allows `needed` of `total` bytes; None where it would leave too little for all else."""
    steps = -(-needed // (_STEP * _MEBIBYTE))
    limit = WiredLimit(mebibytes=steps * _STEP, total=total)
    return limit if limit.left >= _SYSTEM else None


def most(total: int) -> int:
    """Bytes that Metal can be allowed at most."""
    return total - _SYSTEM
