"""Passages with a hole of the answer's own length: what the experiments with samplers denoise, and how it is judged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.common.passages import compare, fill_ids, holes, text_of, tokens
from dgcli.diffusion import DenoiseSettings, Draws, Predict, denoise
from dgcli.events import Canvas
from dgcli.platform.backend import mx
from dgcli.tasks.engine import Cache, Session, without
from dgcli.tasks.infill.hole import Hole
from dgcli.tasks.infill.judge import AHEAD
from dgcli.tasks.infill.layout import Gap, lay_out_gap

FIGURES = ("f1", "rouge_l", "judge", "repeats", "steps", "settled")


@dataclass(frozen=True)
class Passage:
    """A hole as long as its answer, in tokens."""

    session: Session
    hole: Hole
    gap: Gap
    answer: str
    canvas: Canvas
    cache: Cache  # what the denoiser reads before the canvas
    number: int  # of the canvas: every setting gets the same noise

    def fill(
        self, settings: DenoiseSettings, predict: Predict | None = None, draws: Draws | None = None
    ) -> dict[str, float]:
        """Denoise it: token F1 and ROUGE-L against the answer, the encoder's mean log-probability of the fill and the
        next tokens (nats), the share of its words and signs that repeat the one before, the steps that were used, and
        1 if it settled before they ran out, else 0.

        `predict` and `draws` take the place of the passage's own.
        """
        for step in denoise(predict or self.predict, self.canvas, settings, draws or self.session.draws, self.number):
            last = step
        (judged,) = self.hole.judge.judged([last.fill])
        ahead = len(self.hole.layout.right[:AHEAD])
        whole = judged.own * len(last.fill) + judged.ahead * ahead
        text = text_of(self.session, self.gap, last.fill)
        scores, words = compare(text, self.answer), tokens(text)
        return {
            "f1": scores["f1"],
            "rouge_l": scores["rouge_l"],
            "judge": whole / (len(last.fill) + ahead),
            "repeats": sum(a == b for a, b in pairwise(words)) / max(1, len(words) - 1),
            "steps": last.step,
            "settled": float(last.settled),
        }

    @cached_property
    def predict(self) -> Predict:
        return FirstOnce(self.restricted(self.session.engine.predictor(self.cache)))

    def restricted(self, predict: Predict) -> Predict:
        """A denoiser that proposes only what a fill may hold."""
        tokenizer = self.session.chat.tokenizer
        forbidden = tokenizer.control | (tokenizer.line_breaking if self.gap.inline else frozenset())
        return without(predict, forbidden, self.session.engine.vocab_size)


@dataclass
class FirstOnce:
    """A denoiser that computes the first step of a canvas once, as all settings begin with the same noise."""

    predict: Predict
    known: dict[tuple[int, ...], mx.array] = field(default_factory=dict)

    def __call__(
        self, tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
    ) -> mx.array:
        if previous is not None:
            return self.predict(tokens, free, previous)
        key = tuple(tokens[0])
        if key not in self.known:
            self.known[key] = self.predict(tokens, free, previous)
        return self.known[key]


def passages(session: Session, files: Iterable[Path], limit: int | None) -> Iterable[Passage]:
    """Every hole of at most `limit` lines of each file, the answers before it given."""
    engine, number = session.engine, 0
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines()[:limit]:
            item: dict[str, Any] = json.loads(line)
            for gap, answer in holes(item):
                layout = lay_out_gap(gap, session.chat, engine.canvas_length, engine.context_length, session.holes)
                hole = Hole(session, gap, layout, 1, 1, 0)
                length = min(max(1, len(fill_ids(session, gap, answer))), layout.longest_hole)
                canvas, cache = layout.canvas(length), engine.encode(layout.prompt)
                yield Passage(session, hole, gap, answer, canvas, cache, number)
                number += 1
