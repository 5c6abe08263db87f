"""An approximation: held text is read anew only every so many steps, and in between only the hole is computed.

    python benchmarks/held_refresh.py FILE… [-m MODEL] [--limit N] [--steps 16] [--every 2 4 1000] [--json FILE]

Between two such steps the keys and values of held positions stay what they were, although the noise that they were
computed beside has changed. Files, figures and columns are those of samplers.py, differences are to the exact run with
the same noise; time is the processor's in the denoiser, a step, as a part of the exact run's (median over holes).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tables import difference, table
from true_length import FIGURES, Passage, passages

import dgcli
from dgcli.api import LoadedModel, open_session
from dgcli.backend import mx
from dgcli.cli.choose import BUNDLED
from dgcli.diffusion import Predict
from dgcli.model.denoiser import soft_embeddings
from dgcli.model.layers import KeysValues
from dgcli.settings import DenoiseSettings

HEAD = ["held text is read", "steps", "time", "F1", "ROUGE-L", "judge", "F1 over exact", "ROUGE-L", "judge"]


@dataclass
class Stale:
    """A denoiser of one canvas that reads its held positions every `every` steps."""

    passage: Passage
    model: LoadedModel
    every: int
    number: int = 0  # steps so far
    known: tuple[KeysValues, ...] = ()  # per layer: of the prompt and, as they were, of the held positions

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        ids, places = mx.array([list(tokens[0])]), mx.array(list(free[0]), dtype=mx.int32)
        network, cache = self.model.model.network, self.passage.cache
        length, fresh = ids.shape[1], self.number % self.every == 0
        self.number += 1
        rotations = network.rotations(cache.length, length)
        if fresh:
            soft = soft_embeddings(network, ids, places, previous)
            held = mx.array([place for place in range(length) if place not in free[0]], dtype=mx.int32)
        else:
            ids = ids[:, places]
            rotations = [(cosine[places], sine[places]) for cosine, sine in rotations]
            assert previous is not None
            soft = network.mix(previous)[None]
        x, kept = network.self_conditioning(network.embed(ids), soft), []
        for index, layer in enumerate(network.layers):
            past = cache.layers[index] if fresh else self.known[index]
            x, (keys, values) = layer(x, network.denoiser_scalars[index], rotations[index], past, None)
            if fresh:
                start = past[0].shape[2]
                seen = mx.concatenate([mx.arange(start), start + held])
                kept.append((keys[:, :, seen], values[:, :, seen]))
        if fresh:
            self.known = tuple(kept)
            mx.eval(self.known)
        hidden = x[0, places] if fresh else x[0]
        return network.logits(network.norm(hidden))


@dataclass
class Timed:
    """A denoiser, and the processor time that it took."""

    predict: Predict
    seconds: float = 0.0

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        started = time.process_time()
        logits = self.predict(tokens, free, previous)
        mx.eval(logits)
        self.seconds += time.process_time() - started
        return logits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("-m", "--model", type=Path, default=BUNDLED)
    parser.add_argument("--limit", type=int, help="passages of each file at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--every", type=int, nargs="+", default=[2, 4, 1000])
    parser.add_argument("--json", type=Path, help="write the figures of every hole there")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    model = dgcli.load(options.model)
    session = open_session(model, seed=options.seed)
    settings = replace(DenoiseSettings(), max_steps=options.steps, discount="noise")
    found: dict[int, dict[str, list[float]]] = {
        every: {figure: [] for figure in (*FIGURES, "seconds")} for every in (1, *options.every)
    }
    for passage in passages(session, options.files, options.limit):
        for every, figures in found.items():
            exact = session.engine.predictor(passage.cache)
            timed = Timed(passage.restricted(exact if every == 1 else Stale(passage, model, every)))
            for figure, value in passage.fill(settings, timed).items():
                figures[figure].append(value)
            figures["seconds"].append(timed.seconds / figures["steps"][-1])
        if passage.number % 10 == 9:
            print(f"{passage.number + 1} holes", file=sys.stderr, flush=True)
            print(table(compared(found)), flush=True)
    print(table(compared(found), markdown=options.markdown))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def compared(found: dict[int, dict[str, list[float]]]) -> list[list[str]]:
    """The table."""
    base, rows = found[1], [HEAD]
    for every, figures in found.items():
        name = "at every step" if every == 1 else "at the first step" if every >= 1000 else f"every {every} steps"
        ratio = statistics.median(ours / exact for ours, exact in zip(figures["seconds"], base["seconds"], strict=True))
        means = [f"{statistics.fmean(figures[figure]):.3f}" for figure in ("f1", "rouge_l", "judge")]
        against = [difference(figures[figure], base[figure]) for figure in ("f1", "rouge_l", "judge")]
        rows.append(
            [
                name,
                f"{statistics.fmean(figures['steps']):.1f}",
                f"{ratio:.2f}",
                *means,
                *(against if every != 1 else [""] * 3),
            ]
        )
    return rows


if __name__ == "__main__":
    main()
