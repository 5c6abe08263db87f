"""Examples laid out by the command line's own code: holes of a document, passages to rewrite, prompts to answer.

A training batch is of one kind. Beside the tasks there are bare stretches of text, in which far more positions
carry loss, and batches for the encoder alone, which reads prompt and finished canvas as `dg infill` judges fills.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from model import CANVAS_LENGTH
from pairs import Pairs
from rewrites import Rewrites

from dgcli.canvas import Canvas
from dgcli.chat import Chat
from dgcli.tasks.layout import LATER_GAP, Gap, end_tokens, lay_out_gap, left_text
from dgcli.tokens import FileTokenizer
from examples import EOS, HOLE_WEIGHT, PAD, Batch, Sampler, collect, hole_level, language, noise, padded_rows

READ = "read "  # batches of a kind that only the encoder reads, as it judges what the denoiser writes
KINDS = {"infill": 0.3, "generate": 0.03, "read infill": 0.12, "language": 0.55}
MOSTLY_RESTYLE = {"infill": 0.14, "restyle": 0.22, "read infill": 0.1, "read restyle": 0.4, "language": 0.14}
PADDED = 0.1  # share of the holes that are longer than their fill
PADDING_WEIGHT = 0.5
NOTHING = 0.03  # share of the holes whose fill is empty
_WORD = re.compile(r"[^\s]+")
_CORE = re.compile(r"[A-Za-z][A-Za-z'-]*[A-Za-z]|[A-Za-z]")
_SENTENCE_END = re.compile(r"[.!?][\"')]*(?=\s|$)")
_RARE = re.compile(r"\b[a-z]{5,}\b")
_CONTINUE = ("Continue this text.", "Continue this story.", "Write what comes next.", "Go on with this text.")
_STORY = (
    "Write a short story about {}.",
    "Tell me a story about {}.",
    "Write about {}.",
    "Write a short text about {}.",
)


@dataclass(frozen=True)
class Example:
    """A prompt, the canvas as it should be, which of its positions are free, and the rest's part in the loss."""

    prompt: tuple[int, ...]
    canvas: Canvas


class TaskExamples:
    """Makes batches; call it with two generators and a size."""

    def __init__(self, sampler: Sampler, pairs: Pairs, tokenizer: Path, vocabulary: int, kinds: Mapping[str, float]):
        self.sampler, self.vocabulary, self.kinds = sampler, vocabulary, kinds
        self.tokenizer = FileTokenizer.load(tokenizer)
        self.chat = Chat.load(tokenizer, self.tokenizer)
        self.rewrites = Rewrites(pairs, self.chat)

    def __call__(self, shapes: np.random.Generator, rng: np.random.Generator, size: int) -> Batch:
        """One batch; `shapes` draws its kind and length, `rng` the examples in it."""
        kind = str(shapes.choice(list(self.kinds), p=list(self.kinds.values())))
        if kind == "language":
            return language(self.sampler, shapes, rng, size, self.vocabulary)
        if kind == "generate":
            return self._noised(rng, collect(size, lambda: self.answer(rng)), everywhere=1.0)
        if kind.endswith("restyle"):
            examples, everywhere = collect(size, lambda: self.rewrite(rng)), 0.0
        else:
            length = int(shapes.choice([40, 64, 96, 128, 176], p=[0.2, 0.3, 0.25, 0.15, 0.1]))
            examples, everywhere = collect(size, lambda: self.hole(rng, length)), 0.15
        return self._to_read(examples) if kind.startswith(READ) else self._noised(rng, examples, everywhere)

    def hole(self, rng: np.random.Generator, length: int) -> Example | None:
        """A text with a hole in it, of about `length` tokens in all."""
        text = self._text(rng, length)
        words = list(_WORD.finditer(text))
        if len(words) < 8:
            return None
        start, end = _hole(rng, text, words)
        left, answer, right = text[:start], text[start:end], text[end:]
        nothing = left.endswith(" ") and rng.random() < NOTHING
        if nothing:  # the text was complete without the mark
            answer, right = "", f" {text[start:]}"
        if rng.random() < 0.12:
            right = _later_gaps(rng, right)
        gap = Gap(
            left=left,
            right=right,
            hint=_hint(rng, answer) if rng.random() < 0.2 and answer else "",
            words=_about(rng, len(answer.split())) if rng.random() < 0.35 and answer else None,
        )
        layout = lay_out_gap(gap, self.chat, CANVAS_LENGTH)
        fill = self.tokenizer.encode(left[len(left_text(left)) :] + answer) if answer else (PAD,)
        if not fill or len(fill) > layout.longest_hole:
            return None
        if gap.words is None:
            fill = padded(rng, fill, layout.longest_hole)
        return Example(layout.prompt, layout.canvas(len(fill)).filled(fill))

    def rewrite(self, rng: np.random.Generator) -> Example | None:
        """A passage to be put into another register, or one edit of it."""
        hole = self.rewrites.hole(rng)
        if hole is None:
            return None
        fill = padded(rng, hole.fill, hole.layout.longest_hole) or (PAD,)
        return Example(hole.layout.prompt, hole.layout.canvas(len(fill)).filled(fill))

    def answer(self, rng: np.random.Generator) -> Example | None:
        """A request and its answer, which fills one canvas or ends in it."""
        text = self._text(rng, int(rng.choice([80, 120, 180])))
        if rng.random() < 0.6:
            ends = [match.end() for match in _SENTENCE_END.finditer(text)][:-1]
            if not ends:
                return None
            cut = ends[int(rng.integers(min(4, len(ends))))]
            request, text = f"{rng.choice(_CONTINUE)}\n\n{text[:cut]}", text[cut:].lstrip()
        else:
            topics = list(dict.fromkeys(_RARE.findall(text)))
            if len(topics) < 2:
                return None
            chosen = rng.choice(topics, size=int(rng.integers(1, 3)), replace=False)
            request = str(rng.choice(_STORY)).format(" and ".join(chosen))
        close, fill = end_tokens(self.tokenizer)
        ids = (*self.tokenizer.encode(text), close)[:CANVAS_LENGTH]
        ids += (fill,) * (CANVAS_LENGTH - len(ids))
        return Example(self.chat.prompt(request), Canvas(tokens=ids, free=(True,) * CANVAS_LENGTH))

    def _text(self, rng: np.random.Generator, length: int) -> str:
        """Whole sentences from a drawn text, about `length` tokens, from its beginning or from within."""
        ids = self.sampler.draw(rng, min(length, 64))
        start = 0 if rng.random() < 0.35 else int(rng.integers(max(1, len(ids) - length)))
        text = self.tokenizer.decode(ids[max(0, start - 60) : start + length].tolist())
        before = len(self.tokenizer.decode(ids[max(0, start - 60) : start].tolist()))
        ends = [match.end() for match in _SENTENCE_END.finditer(text)]
        if start:
            text = text[next((end for end in ends if end >= before - 40), before) :]
        text = text.lstrip()
        ends = [match.end() for match in _SENTENCE_END.finditer(text)]
        return text[: ends[-1]] if ends else text

    def _noised(self, rng: np.random.Generator, examples: list[Example], everywhere: float) -> Batch:
        """The canvases with noise in their holes, or (in a share `everywhere` of them) at one level throughout."""
        prompt, length, target = self._arrays(examples)
        canvas, held = target.copy(), np.zeros(target.shape, bool)
        weight = np.ones(target.shape, np.float32)
        for row, example in enumerate(examples):
            free = np.zeros(target.shape[1], bool)
            free[: len(example.canvas.free)] = example.canvas.free
            if rng.random() < everywhere:
                canvas[row] = noise(rng, target[row], rng.random(), self.vocabulary)
                first_end = int(np.argmax(target[row] == EOS)) if (target[row] == EOS).any() else target.shape[1]
                weight[row, first_end + 1 :] = 0.1
            else:
                canvas[row, free] = noise(rng, target[row, free], hole_level(rng), self.vocabulary)
                weight[row], held[row] = HOLE_WEIGHT * free, ~free
                weight[row, target[row] == PAD] *= PADDING_WEIGHT
        return Batch(prompt, length, target, canvas, weight, held)

    def _to_read(self, examples: list[Example]) -> Batch:
        """Prompts with their finished canvases as text to read; the canvas itself is empty."""
        joined = [
            Example((*e.prompt, *(token for token in e.canvas.tokens if token != PAD)), Canvas.blank(0))
            for e in examples
        ]
        prompt, length, target = self._arrays(joined)
        return Batch(prompt, length, target, target, target.astype(np.float32), target.astype(bool))

    def _arrays(self, examples: list[Example]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        prompt, length = padded_rows([example.prompt for example in examples], PAD)
        target, _ = padded_rows([example.canvas.tokens for example in examples], EOS)
        return prompt, length, target


def padded(rng: np.random.Generator, fill: Sequence[int], longest: int) -> tuple[int, ...]:
    """A fill, in a share of the cases with padding behind it: the model learns to leave the rest of a hole empty."""
    if rng.random() > PADDED or len(fill) >= longest:
        return tuple(fill)
    spare = 1 + int(rng.geometric(1 / max(3.0, 0.7 * len(fill))))
    return (*fill, *(PAD,) * min(spare, longest - len(fill)))


def _hole(rng: np.random.Generator, text: str, words: list[re.Match[str]]) -> tuple[int, int]:
    """Where a writer might leave a hole: a word, a phrase, a clause, sentences, or the end of the text."""
    kind = rng.random()
    if kind < 0.72:  # 1 to 12 words, without the marks at its ends
        longest = 1 if kind < 0.24 else 5 if kind < 0.6 else 12
        count = min(1 if longest == 1 else int(rng.integers(2, longest + 1)), len(words) - 4)
        first = int(rng.integers(1, len(words) - count))
        start, end = words[first].start(), words[first + count - 1].end()
        if count == 1:
            core = list(_CORE.finditer(text, start, end))
            return (core[0].start(), core[-1].end()) if core else (start, end)
        while end > start + 1 and text[end - 1] in ".,;:!?\"')" and rng.random() < 0.9:
            end -= 1
        return start, end
    if kind < 0.91:  # whole sentences
        ends = [0, *(match.end() for match in _SENTENCE_END.finditer(text))]
        if len(ends) > 2:
            first = int(rng.integers(len(ends) - 1))
            last = min(len(ends) - 1, first + (1 if rng.random() < 0.8 else 2))
            start = ends[first]
            while start < len(text) and text[start].isspace():
                start += 1
            return start, ends[last]
    first = int(rng.integers(max(2, len(words) - 25), len(words)))  # to the end of the text
    return words[first].start(), words[-1].end()


def _later_gaps(rng: np.random.Generator, right: str) -> str:
    """The text behind a hole with one or two more holes in it, still open."""
    for _ in range(int(rng.integers(1, 3))):
        words = list(_WORD.finditer(right))
        if len(words) < 12:
            return right
        first = int(rng.integers(4, len(words) - 6))
        last = first + int(rng.integers(1, 6))
        end = words[last].end()
        while end > words[last].start() + 1 and right[end - 1] in ".,;:!?":
            end -= 1
        right = right[: words[first].start()] + LATER_GAP + right[end:]
    return right


def _hint(rng: np.random.Generator, answer: str) -> str:
    """What a writer might note in the mark: a few of the answer's own words."""
    words = list(dict.fromkeys(_RARE.findall(answer))) or answer.split()[:2]
    chosen = [words[i] for i in sorted(rng.choice(len(words), size=min(len(words), 2), replace=False))]
    return str(rng.choice(["{}", "about {}", "something about {}", "mention {}"])).format(" and ".join(chosen))


def _about(rng: np.random.Generator, words: int) -> int:
    """A number of words as a writer would guess it."""
    return max(1, round(words * float(rng.uniform(0.8, 1.25))))
