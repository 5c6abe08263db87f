"""The published MLX conversions of the 26B model, and the short names that `dg` gives them."""

from __future__ import annotations

from dataclasses import dataclass

_REPOSITORY = "mlx-community/diffusiongemma-26B-A4B-it-"


@dataclass(frozen=True)
class Published:
    """A conversion on the Hugging Face Hub."""

    name: str
    repository: str
    weights: int
    """Bytes that the text stack's weights take: its 25,250,986,812 weights in this format, experts apart from the rest.
    The download is about 1 GB larger: it holds the vision tower, which `dg` does not load."""


PUBLISHED = {
    f"26b-{kind}": Published(f"26b-{kind}", f"{_REPOSITORY}{kind}", weights)
    for kind, weights in (
        ("bf16", 50_500_000_000),
        ("8bit", 26_830_000_000),
        ("mxfp8", 26_120_000_000),
        ("6bit", 21_120_000_000),
        ("5bit", 18_260_000_000),
        ("4bit", 15_410_000_000),
        ("nvfp4", 15_410_000_000),
        ("mxfp4", 14_700_000_000),
    )
}
"""By short name, the largest first."""


def repository(name: str) -> str:
    """OWNER/NAME for a short name; any other name is returned as it is."""
    found = PUBLISHED.get(name.lower())
    return name if found is None else found.repository


def largest_within(memory: int, below: int) -> Published | None:
    """The largest conversion whose weights fit into `memory` bytes and take less than `below`."""
    return next((each for each in PUBLISHED.values() if each.weights <= memory and each.weights < below), None)
