"""Self-speculation: the denoiser drafts, the causal encoder reads the draft in one pass and keeps what it agrees with.

At every place of the text the encoder's own token is drawn, with the random number of that place. Where the draft has
the same token, the encoder has read on already, and the next place is known without another pass; at the first other
one the encoder's stands, and what was read of the draft behind it is forgotten. So the text is the one that the encoder
would write by itself, token for token, whatever the drafts are: only the number of passes changes. For a draft that is
not drawn but the likeliest it is also the usual rule (arXiv 2211.17192): a token is agreed to with the probability that
the encoder gives it, and otherwise another one is drawn from what is left of the distribution.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dgcli.diffusion import Logits, Predict, denoise
from dgcli.diffusion.belief import believe
from dgcli.events import Canvas
from dgcli.platform.backend import mx
from dgcli.settings import WritingSettings
from dgcli.tasks.engine import Restricted, Session, penalty
from dgcli.tasks.generate.nucleus import next_token, penalised

_COST = 1.2  # passes of the encoder that a step of drafting costs, with what is read in addition (docs/speed.md)
_SHORTEST, _LONGEST = 3, 32  # tokens of a draft
_RECENT, _FEWEST = 8, 3  # drafts that the next one is judged by; before there are so few, it is not
_PAUSES = 16, 64  # rounds without a draft where drafts do not pay: at first, and at most
_SAME = 3, 2  # last tokens that are looked for in what stands before them
_REPEATED = 6  # tokens of a draft that repeats what followed there


@dataclass(frozen=True)
class Proposal:
    """A draft: what may stand behind a text."""

    tokens: tuple[int, ...] = ()
    doubt: tuple[float, ...] = ()  # nats, of the denoiser's distribution at each of them, if it was asked
    steps: int = 0  # of denoising, that it took


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one pass of the encoder settled."""

    tokens: tuple[int, ...]  # the draft as far as it was agreed to, and the encoder's own behind it; at least one
    entropy: tuple[float, ...]  # nats, of the encoder's distribution at each of them
    draft: Proposal  # for the next round to judge; of the last round nothing
    ended: bool
    seconds: float
    sampling: float  # of these: drawing tokens


@dataclass(frozen=True)
class Pace:
    """How many tokens are drafted next: as many as were agreed to lately, and none for a while where that is little."""

    cost: float  # of a draft, in passes of the encoder; each token that is agreed to saves one
    length: int = 4
    recent: tuple[int, ...] = ()  # tokens that were agreed to, of the last drafts
    pause: int = 0  # rounds that go without a draft
    waited: int = 0  # of these: that have gone

    @property
    def wanted(self) -> int:
        """Tokens of the next draft."""
        return self.length if self.waited == self.pause else 0

    def after(self, drafted: int, agreed: int) -> Pace:
        """After a round in which `agreed` of `drafted` tokens stood."""
        if not drafted:
            return replace(self, waited=min(self.waited + 1, self.pause))
        length = min(2 * self.length, _LONGEST) if agreed == drafted else max(_SHORTEST, agreed + 1)
        recent = (*self.recent, agreed)[-_RECENT:]
        pays = len(recent) < _FEWEST or sum(recent) >= self.cost * len(recent)
        first, longest = _PAUSES
        pause = 0 if pays else min(max(first, 2 * self.pause), longest)
        return Pace(self.cost, length, recent, pause)


def write(session: Session, writing: WritingSettings, prompt: Sequence[int], most: int) -> Iterator[Round]:
    """What the encoder writes after `prompt`, round by round, until it ends its turn or there are `most` tokens.

    The text is thought of as canvases of the model's length, one after the other; a draft lies in one of them.
    """
    engine, width = session.engine, session.engine.canvas_length
    never = penalty(session.unused, engine.vocab_size) if session.unused else None
    cache, reading = engine.encode(prompt), None
    logits = engine.following(cache)  # [1 + draft, V]: of the place behind what is read, and those in the draft
    written: list[int] = []
    draft, pace, ended = Proposal(), Pace(_COST * session.settings.schedule.steps), False
    while not ended:
        started = time.perf_counter()
        logits = logits if never is None else logits + never
        tokens = _agreed(session, writing, logits, draft.tokens, written)
        belief = believe(Logits(logits[: len(tokens)]), 1.0)
        sampling = time.perf_counter() - started
        if reading is not None:
            cache = reading.kept(len(tokens))
        written += tokens
        ended = tokens[-1] in session.stop_ids or len(written) == most
        pace = pace.after(len(draft.tokens) if draft.steps else 0, len(tokens) - 1)
        room = min(width - len(written) % width, most - len(written)) - 1  # the last of it is the encoder's own
        draft = Proposal()
        if not ended and room > 0:
            draft = Proposal(repeated((*prompt, *written), min(room, _REPEATED)))
            if not draft.tokens and pace.wanted:
                predict: Predict = engine.predictor(cache)
                predict = predict if never is None else Restricted(predict, never)
                draft = _denoised(session, writing, predict, written, min(pace.wanted, room))
        yield Round(
            tokens=tuple(tokens),
            entropy=tuple(belief.entropy),
            draft=draft,
            ended=ended,
            seconds=time.perf_counter() - started,
            sampling=sampling,
        )
        if not ended:
            reading = engine.read([written[-1], *draft.tokens], cache)
            logits = reading.logits


def _agreed(
    session: Session, writing: WritingSettings, logits: mx.array, draft: Sequence[int], written: Sequence[int]
) -> list[int]:
    """The encoder's own tokens at places [1 + draft], up to the first that is not the draft's, or ends the turn."""
    tokens: list[int] = []
    for row, drafted in enumerate((*draft, None)):
        tokens.append(next_token(logits[row], (*written, *tokens), writing, session.draws))
        if tokens[-1] != drafted or drafted in session.stop_ids:
            break
    return tokens


def repeated(text: Sequence[int], most: int) -> tuple[int, ...]:
    """What followed the last few tokens where they stood before, latest first: a draft that costs nothing."""
    for size in _SAME:
        last = text[-size:]
        for start in range(len(text) - size - 1, -1, -1):
            if text[start : start + size] == last:
                return tuple(text[start + size : start + size + most])
    return ()


def _denoised(
    session: Session, writing: WritingSettings, predict: Predict, written: Sequence[int], length: int
) -> Proposal:
    """What the denoiser puts on a canvas of the text's last token, which is held, and `length` free places behind it.

    What is written is less likely to it too, or it would propose what the encoder will not have.
    """

    def likely(tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None) -> mx.array:
        return penalised(predict(tokens, free, previous), written, writing.repetition_penalty)

    canvas = Canvas(tokens=(written[-1], *(0,) * length), free=(False, *(True,) * length))
    *_, step = denoise(likely, canvas, session.settings, session.draws, len(written))
    return Proposal(step.fill, step.entropy[1:], step.step)
