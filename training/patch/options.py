"""The arguments that all trainers have."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from training.patch.base import FOLDER

PACKED = "folder that `training.patch.text` wrote"


def options(
    doc: str | None,
    material: tuple[str, str],
    *,
    minutes: float,
    rows: int,
    rate: float,
    decay: float,
    row: str = "examples",
) -> argparse.ArgumentParser:
    """A parser of them, with what a trainer takes unless it is told otherwise.

    Args:
        material: the name of the folder that it learns from, and what that is.
        minutes: that a run goes on for.
        rows: of a step.
        rate: the largest learning rate.
        decay: the share of the time, at its end, in which the rate falls.
        row: what the rows of a step are.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(material[0], type=Path, help=material[1])
    parser.add_argument("run", type=Path, help="folder of the run; one that is there goes on")
    parser.add_argument("--minutes", type=float, default=minutes)
    parser.add_argument("--adapter", type=Path, help="folder of an adapter to begin with")
    parser.add_argument("--base", type=Path, default=FOLDER, help="folder of the base")
    parser.add_argument("--rows", type=int, default=rows, help=f"{row} of a step")
    parser.add_argument("--rate", type=float, default=rate)
    parser.add_argument("--decay", type=float, default=decay)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="of a worker")
    return parser


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The arguments of this process; torch takes threads and seed from them."""
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    return args
