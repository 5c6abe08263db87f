"""Teach the encoder to write what stands between two texts, as an adapter of its own; stop and go on at any time.

    python -m training.patch.between PACKED_FOLDER RUN_FOLDER --minutes 60

Teacher forcing on running text: a stretch of it is parted into what precedes, a fill and what follows, and laid out as
`dg infill` does (`dgcli.checkpoint.suffix_first`). A fill begins with a word and ends before one, three in ten with
their sentence; a third of the fills come with a wish, words that they hold or that mean nearly the same, and a quarter
with the number of their words. What precedes is learned as well, at a small weight: it leads up to what follows, too.
The run's folder is as that of `training.patch.train`, whose options these are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional as F

from dgcli.checkpoint.suffix_first import Marks, suffix_first, wish
from training.patch.examples import BEGIN, Texts
from training.patch.network import Patched
from training.patch.options import PACKED, options, parsed
from training.patch.teach import teach
from training.patch.text import load_texts
from training.patch.train import Run, factor

RANK = 16
WARM_UP = 20  # steps
MARKS = Marks(begin=BEGIN, prefix=13, wish=12, end=2)  # of a turn: rows that were never trained are all alike
LEFTS = (16, 24, 32, 48, 64, 80)  # tokens before a fill; the same in all rows of a step
RIGHTS = (6, 28)  # tokens behind it, from and below
MOST = 30  # tokens of a fill
LEFT_WEIGHT = 0.15  # of the loss on what precedes a fill
SENTENCES, HINTS, LENGTHS = 0.3, 0.35, 0.25  # shares: fills that end a sentence, have a hint, are told their words
MEASURED_EVERY = 600.0  # seconds
NO_CONTENT = {  # words of more than three letters that tell nothing
    *("about", "also", "been", "before", "being", "could", "does", "down", "from", "have", "here", "into", "just"),
    *("might", "more", "most", "much", "must", "only", "other", "over", "shall", "should", "some", "such", "than"),
    *("that", "their", "them", "then", "there", "these", "they", "this", "those", "very", "were", "what", "when"),
    *("where", "which", "while", "will", "with", "would", "your"),
}


class Words:
    """What the vocabulary tells of words."""

    def __init__(self, tokenizer: Tokenizer, embedding: torch.Tensor) -> None:
        names = [tokenizer.id_to_token(token) or "" for token in range(len(embedding))]
        self.tokenizer, self.names = tokenizer, names
        self.begins = np.array([name[:1] == "Ġ" and name[1:2].isalnum() for name in names])
        self.parts = np.array([not name[:1].isalnum() for name in names])  # a word or a mark begins, or nothing goes on
        self.ends = np.array([name in {".", "!", "?", '."', '?"', '!"'} for name in names])
        self.breaks = np.array(["Ċ" in name for name in names])
        self._directions = F.normalize(embedding, dim=-1)

    def near(self, word: str, rng: np.random.Generator) -> str:
        """A word that means nearly the same, by the embedding; the word itself where it is in pieces."""
        ids = self.tokenizer.encode(f" {word}").ids
        if len(ids) != 1:
            return word
        nearest = (self._directions @ self._directions[ids[0]]).topk(12).indices.tolist()
        others = [self.names[token][1:] for token in nearest if self.begins[token]]
        others = [other for other in others if other.isalpha() and other[:3].lower() != word[:3].lower()]
        return str(rng.choice(others[:3])) if others else word

    def wish(self, fill: np.ndarray, rng: np.random.Generator) -> list[int]:
        """What a mark could say of a fill; often nothing."""
        words = self.tokenizer.decode(fill.tolist()).split()
        hint = ""
        if rng.random() < HINTS:
            content = [word.strip(".,;:!?\"'()") for word in words]
            content = [word for word in content if len(word) > 3 and word.lower() not in NO_CONTENT]
            chosen = rng.permutation(content)[: int(rng.integers(1, 4))] if content else []
            hint = ", ".join(self.near(word, rng) if rng.random() < 0.5 else word for word in chosen)
        asked = wish(hint, len(words) if rng.random() < LENGTHS else None)
        return self.tokenizer.encode(f" {asked}").ids if asked else []


@dataclass(frozen=True)
class Rows:
    """Examples of one length."""

    tokens: np.ndarray  # [B, L]
    weight: np.ndarray  # [B, L], of the loss on each; 0 where it is given


def rows(texts: Texts, words: Words, rng: np.random.Generator, count: int) -> Rows:
    left = int(rng.choice(LEFTS))
    examples = [_example(texts, words, rng, left) for _ in range(count)]
    width = max(len(given) + len(text) + len(fill) for given, text, fill in examples)
    tokens, weight = np.zeros((count, width), np.int64), np.zeros((count, width), np.float32)
    for row, (given, text, fill) in enumerate(examples):
        start, end = len(given) + len(text), len(given) + len(text) + len(fill)
        tokens[row, :end] = (*given, *text, *fill)
        weight[row, len(given) + 1 : start] = LEFT_WEIGHT
        weight[row, start:end] = 1
    return Rows(tokens, weight)


def _example(
    texts: Texts, words: Words, rng: np.random.Generator, left: int
) -> tuple[tuple[int, ...], np.ndarray, np.ndarray]:
    """What is given, what precedes the fill, and the fill with its end."""
    right = int(rng.integers(*RIGHTS))
    while True:
        text = texts.stretch(rng, left + right + 40)
        start = left + int(rng.integers(6))
        while start < len(text) - MOST and not words.begins[text[start]]:
            start += 1
        end = start + int(min(24, 1 + rng.geometric(0.14)))
        if rng.random() < SENTENCES:
            while end < min(len(text) - right, start + MOST - 4) and not words.ends[text[end - 1]]:
                end += 1
        while end < len(text) - 1 and not words.parts[text[end]]:
            end += 1
        fill, behind = text[start:end], text[end : end + right]
        one_text = not (text[start - left : end + right] == BEGIN).any()
        if one_text and len(fill) <= MOST and len(behind) == right and not words.breaks[fill].any():
            break
    before = text[start - left : start]
    whole = suffix_first(MARKS, before, behind, words.wish(fill, rng))
    return whole[: len(whole) - left], before, np.array([*fill, MARKS.end])


def loss(model: Patched, made: Rows) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross-entropy of what is learned, in nats, and the weight of each; [N]."""
    device = model.embedding.device
    tokens, weight = (torch.as_tensor(array, device=device) for array in (made.tokens, made.weight))
    learned = weight[:, 1:] > 0
    states, _ = model.encode(tokens, scale=model.scale)
    logits = F.linear(states[:, :-1][learned], model.embedding)
    each = F.cross_entropy(logits.float(), tokens[:, 1:][learned], reduction="none")
    return each, weight[:, 1:][learned]


@torch.no_grad()
def measured(model: Patched, texts: Texts, words: Words, count: int = 12, batches: int = 8) -> dict[str, float]:
    """Nats a token of held-out fills, with their ends."""
    rng = np.random.default_rng(5)
    found = [loss(model, rows(texts, words, rng, count)) for _ in range(batches)]
    each, weight = (torch.cat(parts) for parts in zip(*found, strict=True))
    return {"fills": float(each[weight == 1].mean())}


def main() -> None:
    args = parsed(options(__doc__, ("packed", PACKED), minutes=60, rows=12, rate=1e-3, decay=0.35))
    run = Run(args.run, args.base, args.rate, args.adapter, mode="encoder", rank=RANK)
    words = Words(Tokenizer.from_file(str(args.base / "tokenizer.json")), run.model.embedding.float().cpu())
    texts, held_out = load_texts(args.packed, held_out=False), load_texts(args.packed, held_out=True)
    first = run.step

    def step(elapsed: float) -> tuple[float, int]:
        made = rows(texts, words, np.random.default_rng((args.seed, run.step)), args.rows)
        each, weight = loss(run.model, made)
        run.go_on((each * weight).sum() / weight.sum(), factor(run.step - first, elapsed, args.decay, WARM_UP))
        return float(each.detach()[weight == 1].mean()), made.tokens.size

    teach(run, args.minutes, step, lambda: measured(run.model, held_out, words), measured_every=MEASURED_EVERY)


if __name__ == "__main__":
    main()
