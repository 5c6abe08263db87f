"""The model that a run begins with."""

from __future__ import annotations

from dataclasses import dataclass, field

from dgcli.model.network import Network


@dataclass(frozen=True)
class Base:
    """A network that stays as it is, with the adapters that it has already, and how its denoiser is noised."""

    network: Network = field(repr=False)
    noise_id: int | None
    """The token that all noise is, as the checkpoint says; None: noise is any token of the vocabulary."""
    name: str
    """What the adapter's configuration names as its base: a folder, or a name on the Hub."""
