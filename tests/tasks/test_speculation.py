"""Self-speculation: the text is the encoder's own, whatever the drafts are worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dgcli.checkpoint.chat_template import Chat
from dgcli.diffusion import PhiloxDraws
from dgcli.errors import InputError
from dgcli.events import CanvasStart, Step
from dgcli.platform.backend import mx
from dgcli.settings import DenoiseSettings, WritingSettings
from dgcli.tasks.engine import Session
from dgcli.tasks.generate.generate import generate
from dgcli.tasks.generate.nucleus import next_token, nucleus, penalised, repeating
from dgcli.tasks.generate.speculation import Pace, repeated, write
from tests.fakes import Bigrams, Letters, finished

SIZE, STOP, PAD = 12, 1, 0
NEVER = -100.0
PROMPT = (2, 3)
GREEDY = WritingSettings(temperature=0.0)
WARM = WritingSettings(temperature=0.8, top_k=8, top_p=0.9, repetition_penalty=1.2, no_repeat_ngram_size=3)
COST = 1.2


def table(seed: int, size: int = SIZE, spread: float = 3.0, ends: float = -4.0) -> list[list[list[float]]]:
    """Logits that anything can follow from; those of the turn's end have `ends` added."""
    found = mx.random.normal((size, size, size), key=mx.random.key(seed)) * spread
    found[..., STOP] += ends
    rows = found.tolist()
    assert isinstance(rows, list)
    return rows


def session(engine: Bigrams, writing: WritingSettings | None, seed: int = 1, steps: int = 1) -> Session:
    return Session(
        engine=engine,
        chat=Chat(tokenizer=Letters(), before=(2, 5), after=(6, 5)),
        settings=DenoiseSettings().with_steps(steps),
        draws=PhiloxDraws(seed, engine.vocab_size),
        stop_ids=frozenset({STOP}),
        pad_id=PAD,
        writing=writing,
    )


def plain(session: Session, writing: WritingSettings, most: int) -> list[int]:
    """Causal decoding, one token after the other."""
    cache, written = session.engine.encode(PROMPT), list[int]()
    while len(written) < most and STOP not in written:
        logits = session.engine.following(cache)[0]
        written.append(next_token(logits, written, writing, session.draws))
        cache = session.engine.encode(written[-1:], cache)
    return written


def speculated(session: Session, writing: WritingSettings, most: int) -> list[int]:
    return [token for each in write(session, writing, PROMPT, most) for token in each.tokens]


@hypothesis_settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 5),
    st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=7),
    st.sampled_from([GREEDY, WARM, replace(GREEDY, no_repeat_ngram_size=4)]),
    st.integers(0, 2**32),
    st.integers(1, 40),
)
def test_the_text_is_that_of_plain_decoding_whatever_is_drafted(
    number: int, drafts: list[int], writing: WritingSettings, seed: int, most: int
) -> None:
    run = session(Bigrams(table(number), drafts), writing, seed, steps=1 + seed % 2)
    assert speculated(run, writing, most) == plain(run, writing, most)


def test_a_draft_that_is_right_saves_passes() -> None:
    blind = session(Bigrams(table(3, ends=NEVER), [STOP]), GREEDY)
    text = plain(blind, GREEDY, 24)
    assert STOP not in text
    knowing = Bigrams(table(3, ends=NEVER), [0] * len(PROMPT) + text)
    assert speculated(session(knowing, GREEDY), GREEDY, 24) == text
    assert 3 * knowing.passes <= 24


def test_each_text_is_as_likely_as_the_encoder_makes_it() -> None:
    writing = WritingSettings(temperature=0.9, top_k=3, top_p=0.95)
    logits, runs, length = table(4, size=5, spread=1.0), 600, 3
    expected: dict[tuple[int, ...], float] = {}
    for text in product(range(5), repeat=length):
        probability = 1.0
        for *before, last in ((*PROMPT, *text[: end + 1]) for end in range(length)):
            ids, shares = nucleus(mx.array(logits[before[-2]][before[-1]]), writing)
            probability *= dict(zip(ids.tolist(), shares.tolist(), strict=True)).get(last, 0.0)  # type: ignore[arg-type]
            if last == STOP:
                break
        else:
            expected[text] = probability
    found: Counter[Sequence[int]] = Counter()
    for seed in range(runs):
        run = session(Bigrams(logits, [4, 2, 3]), writing, seed)
        found[tuple(speculated(run, writing, length))] += 1
    assert all(expected.get(tuple(text), 1.0) > 0 for text in found)
    for text, probability in expected.items():
        off = abs(found[text] - runs * probability)
        assert off <= 4.5 * sqrt(runs * probability * (1 - probability)) + 1


def test_the_nucleus_is_that_of_transformers() -> None:
    logits = mx.log(mx.array([0.05, 0.4, 0.1, 0.3, 0.15]))
    ids, probability = nucleus(logits, WritingSettings(top_p=0.8))
    assert ids.tolist() == [1, 3, 4]
    assert probability.tolist() == pytest.approx([0.4 / 0.85, 0.3 / 0.85, 0.15 / 0.85], abs=1e-5)
    assert nucleus(logits, WritingSettings(top_k=2))[0].tolist() == [1, 3]
    assert nucleus(logits, WritingSettings(top_p=0.01))[0].tolist() == [1]
    assert repeating((1, 2, 3, 1, 2, 4, 1, 2), 3) == {3, 4}
    assert repeating((1, 2, 3, 1, 2), 0) == repeating((), 3) == repeating((1,), 3) == set()
    assert repeating((5, 6), 1) == {5, 6}
    assert penalised(mx.array([2.0, -2.0, 1.0]), [0, 1, 1], 2.0).tolist() == [1.0, -4.0, 1.0]


@hypothesis_settings(max_examples=20, deadline=None)
@given(st.integers(0, 5), st.integers(1, 4), st.integers(0, 2**32))
def test_no_row_of_so_many_tokens_is_written_twice(number: int, size: int, seed: int) -> None:
    writing = WritingSettings(temperature=0.3, no_repeat_ngram_size=size)
    text = speculated(session(Bigrams(table(number), [4, 5]), writing, seed), writing, 40)[: SIZE if size == 1 else 40]
    rows = [tuple(text[start : start + size]) for start in range(len(text) - size + 1)]
    assert len(set(rows)) == len(rows)


def test_drafts_that_do_not_pay_become_rare_and_those_that_do_grow() -> None:
    pace, drafted = Pace(COST), 0
    for _ in range(300):
        drafted += pace.wanted > 0
        pace = pace.after(pace.wanted, 0)
    assert 4 < drafted < 12
    pace, lengths = Pace(COST), list[int]()
    for _ in range(6):
        lengths.append(pace.wanted)
        pace = pace.after(pace.wanted, pace.wanted)
    assert all(one <= other for one, other in pairwise(lengths))
    assert lengths[-1] > lengths[0] > 0


def test_what_followed_the_same_tokens_before_is_a_draft() -> None:
    assert repeated((9, 1, 2, 3, 4, 5, 1, 2, 3), 2) == (4, 5)
    assert repeated((2, 3, 7, 2, 3, 8, 2, 3), 2) == (8, 2)  # the latest
    assert repeated((1, 2, 3, 4), 2) == ()


@pytest.mark.parametrize("most", [5, 12, 30])
def test_a_watcher_sees_each_canvas_settle_from_left_to_right(most: int) -> None:
    run = session(Bigrams(table(3, ends=NEVER), [4, 5, 6, 7]), GREEDY)
    events, end = finished(generate(run, "x", most))
    text: list[int] = []
    for start in (event for event in events if isinstance(event, CanvasStart)):
        assert start.prompt[-len(text) :] == tuple(text) or not text
        steps = [event for event in events if isinstance(event, Step) and event.canvas == start.canvas]
        assert [step.step for step in steps] == list(range(1, len(steps) + 1))
        assert [step.last for step in steps] == [False] * (len(steps) - 1) + [True]
        assert all(len(step.argmax) == start.width == len(step.entropy) for step in steps)
        for before, after in pairwise(steps):
            assert before.next_input == after.input
            settled = sum(before.accepted)
            assert 0 < settled < sum(after.accepted)
            assert before.argmax[:settled] == after.argmax[:settled]
        text += steps[-1].fill
    assert tuple(text) == end.ids
    assert end.steps_used == sum(isinstance(event, Step) for event in events)


def test_a_prompt_that_is_too_long_is_refused_and_one_that_fits_leaves_less_room() -> None:
    for writing, most in ((GREEDY, 13), (None, 2)):  # the denoiser needs a canvas behind it
        engine = Bigrams(table(3), [4], max_positions=14)
        with pytest.raises(InputError, match=f"The prompt has 14 tokens, and the model can read {most}"):
            list(generate(session(engine, writing), "x" * 10, 20))
    _, end = finished(generate(session(Bigrams(table(3, ends=NEVER), [4], max_positions=10), GREEDY), "x", 20))
    assert (len(end.ids), end.stop_reason) == (5, "length")
