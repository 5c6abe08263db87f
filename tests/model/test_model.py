"""What the model promises whatever its weights are."""

from __future__ import annotations

import pytest

from dgcli.engine.engine import Engine
from dgcli.errors import ArgumentError
from dgcli.model.cache import Cache
from dgcli.model.denoiser import Wanted, denoise_at
from dgcli.platform.backend import mx
from tests.metal import expanding
from tests.model.comparing import furthest

ROUNDING = 1e-3  # logits reach 30; batch width and chunks change their last digits
PROMPT = [2, 5, 300, 301, 17, 44, 260, 99, 310, 12, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 350]
CANVAS = [(7 * place) % 400 for place in range(32)]
ROWS = [CANVAS, CANVAS[::-1], [(11 * place + 3) % 400 for place in range(32)]]
FREE = [3, 4, 5, 20]


@pytest.fixture
def cache(model: Engine) -> Cache:
    return model.encode(PROMPT)


def contents(cache: Cache) -> list[object]:
    arrays = [array for layer in cache.layers for array in layer]
    return [cache.length, *(array.tolist() for array in (*arrays, cache.hidden))]


@pytest.mark.parametrize("chunk", [1, 5, 16, 17])
def test_the_size_of_chunks_changes_nothing_but_rounding(model: Engine, cache: Cache, chunk: int) -> None:
    chunked = model.encode(PROMPT, chunk=chunk)
    assert chunked.length == cache.length == len(PROMPT)
    assert furthest(chunked.hidden, cache.hidden) < ROUNDING
    assert furthest(model.denoise(CANVAS, chunked), model.denoise(CANVAS, cache)) < ROUNDING


def test_encoding_in_two_calls_is_encoding_in_one(model: Engine, cache: Cache) -> None:
    continued = model.encode(PROMPT[6:], model.encode(PROMPT[:6]))
    assert continued.hidden.shape == (len(PROMPT) - 6, model.config.hidden_size)
    assert furthest(continued.hidden, cache.hidden[6:]) < ROUNDING


def test_sliding_layers_keep_what_a_later_token_can_see(tiny: Engine) -> None:
    kept = [keys.shape[2] for keys, _ in tiny.encode(PROMPT).layers]
    assert kept == [tiny.config.sliding_window - 1 if layer.sliding else 21 for layer in tiny.config.layers]


def test_nothing_that_reads_a_cache_changes_it(model: Engine, cache: Cache) -> None:
    before = contents(cache)
    logits = model.denoise(CANVAS, cache)
    model.denoise(ROWS, cache)
    model.denoise(CANVAS, cache, logits)
    model.score(CANVAS, cache)
    longer = model.encode(CANVAS, cache)
    assert longer.length == len(PROMPT) + 32
    assert contents(cache) == before
    assert model.denoise(CANVAS, cache).tolist() == logits.tolist()


def test_logits_at_some_positions_are_those_of_all(model: Engine, cache: Cache) -> None:
    full = model.denoise(CANVAS, cache)
    assert full.shape == (32, model.vocab_size)
    assert furthest(model.denoise(CANVAS, cache, positions=FREE), full[mx.array(FREE)]) < ROUNDING
    previous = full / 0.6
    conditioned = model.denoise(CANVAS, cache, previous)
    some = model.denoise(CANVAS, cache, previous, positions=FREE)
    assert furthest(some, conditioned[mx.array(FREE)]) < ROUNDING


def test_held_positions_are_conditioned_on_their_own_token(model: Engine, cache: Cache) -> None:
    previous = model.denoise(CANVAS, cache, positions=FREE) / 0.6
    some = model.denoise(CANVAS, cache, previous, positions=FREE)
    one_hot = mx.where(mx.arange(model.vocab_size)[None] == mx.array(CANVAS)[:, None], 1e4, 0.0)
    one_hot[mx.array(FREE)] = previous
    assert furthest(some, model.denoise(CANVAS, cache, one_hot, positions=FREE)) < ROUNDING


def test_a_batch_over_one_cache_is_its_rows(model: Engine, cache: Cache) -> None:
    batch = model.denoise(ROWS, cache)
    conditioned = model.denoise(ROWS, cache, batch, positions=FREE)
    assert batch.shape == (3, 32, model.vocab_size)
    for index, row in enumerate(ROWS):
        assert furthest(batch[index], model.denoise(row, cache)) < ROUNDING
        alone = model.denoise(row, cache, batch[index], positions=FREE)
        assert furthest(conditioned[index], alone) < ROUNDING


def test_a_batch_of_prompts_is_its_rows(model: Engine) -> None:
    prompts = [PROMPT, PROMPT[::-1]]
    batch = model.encode(prompts)
    assert batch.hidden.shape == (2, len(PROMPT), model.config.hidden_size)
    logits = model.denoise(ROWS[:2], batch)
    for index, prompt in enumerate(prompts):
        alone = model.encode(prompt)
        assert furthest(batch.hidden[index], alone.hidden) < ROUNDING
        assert furthest(logits[index], model.denoise(ROWS[index], alone)) < ROUNDING


@pytest.mark.parametrize("continued", [[1], [2, 0], [0, 1, 2]])
def test_rows_that_are_read_on_from_are_as_if_there_were_no_others(model: Engine, continued: list[int]) -> None:
    rows, more = [[5, 6], [7, 8], [9, 10]], [11, 12, 13]
    after = model.encode_rows([more for _ in continued], model.encode_rows(rows, model.encode(PROMPT)), continued)
    following, canvases = model.following(after), model.denoise(ROWS[:1] * len(continued), after)
    for index, row in enumerate(continued):
        alone = model.encode([*PROMPT, *rows[row], *more])
        assert furthest(following[index], model.following(alone)[0]) < ROUNDING
        assert furthest(canvases[index], model.denoise(ROWS[0], alone)) < ROUNDING


def test_free_positions_may_differ_from_row_to_row(model: Engine, cache: Cache) -> None:
    places = [[3, 4], [], [0, 9, 31]]
    predict = model.predictor(cache)
    first = predict(ROWS, places, None)
    second = predict(ROWS, places, mx.softmax(first / 0.7, axis=-1))
    assert second.shape == (5, model.vocab_size)
    start = 0
    for row, row_places in zip(ROWS, places, strict=True):
        part = slice(start, start + len(row_places))
        if row_places:
            alone = predict([row], [row_places], None)
            assert furthest(first[part], alone) < ROUNDING
            assert furthest(second[part], model.denoise(row, cache, first[part] / 0.7, row_places)) < ROUNDING
        start += len(row_places)


def test_the_first_step_is_the_references_where_all_is_free(model: Engine, cache: Cache) -> None:
    first = model.predictor(cache)(ROWS[:1], [range(32)], None)
    assert furthest(first, model.denoise(ROWS[0], cache)) < ROUNDING


def test_held_tokens_are_certain_from_the_first_step_on(tiny: Engine) -> None:
    """A held position is conditioned on its own embedding, a free one on zeros."""
    cache, canvas, free = tiny.encode(PROMPT), mx.array(ROWS[:1]), [[3, 4]]
    soft = tiny.network.embed(canvas)
    soft[0, 3:5] = 0.0
    expected = denoise_at(tiny.network, canvas, Wanted.of(free, 32), soft, cache).array()
    assert furthest(tiny.predictor(cache)(ROWS[:1], free, None), expected) < ROUNDING
    assert furthest(tiny.denoise(ROWS[0], cache, positions=[3, 4]), expected) > ROUNDING


def test_what_follows_a_cache_is_what_the_next_id_is_scored_by(model: Engine, cache: Cache) -> None:
    for one, rows in ((cache, [CANVAS[:1]]), (model.encode(ROWS, cache), [[3], [4], [5]])):
        logits = model.following(one)
        assert logits.shape == (len(rows), model.vocab_size)
        logged = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
        expected = [logged[index, row[0]] for index, row in enumerate(rows)]
        assert furthest(model.score(rows, one)[:, 0], mx.stack(expected)) < ROUNDING
    with pytest.raises(ArgumentError, match="an empty cache predicts nothing"):
        model.following(model.encode([]))


def test_a_row_of_scores_is_what_each_id_gets_after_those_before_it(model: Engine, cache: Cache) -> None:
    continuations = [CANVAS[:6], CANVAS[6:12]]
    scores = model.score(continuations, cache)
    assert scores.shape == (2, 6)
    for index, row in enumerate(continuations):
        assert furthest(scores[index], model.score(row, cache)) < ROUNDING
        one_by_one = [model.score([token], model.encode(row[:at], cache))[0] for at, token in enumerate(row)]
        assert furthest(scores[index], mx.stack(one_by_one)) < ROUNDING


def test_the_probabilities_of_all_tokens_add_up_to_one(tiny: Engine) -> None:
    cache = tiny.encode(PROMPT)
    every = tiny.score([[token] for token in range(tiny.vocab_size)], cache)
    assert mx.exp(every).sum().item() == pytest.approx(1, abs=1e-5)


def test_nothing_encoded_is_a_cache_too(tiny: Engine) -> None:
    empty = tiny.encode([])
    assert (empty.length, empty.hidden.shape) == (0, (0, tiny.config.hidden_size))
    assert tiny.denoise(CANVAS, empty).shape == (32, tiny.vocab_size)
    assert furthest(tiny.encode(PROMPT, empty).hidden, tiny.encode(PROMPT).hidden) == 0
    same = tiny.encode([], tiny.encode(PROMPT))
    assert (same.length, same.hidden.shape[0]) == (len(PROMPT), 0)
    assert tiny.score([7], same).tolist() == tiny.score([7], tiny.encode(PROMPT)).tolist()
    assert tiny.score([], same).shape == (0,)


def test_logits_are_softcapped(tiny: Engine) -> None:
    logits = tiny.denoise(CANVAS, tiny.encode(PROMPT))
    assert 20 < mx.abs(logits).max().item() <= tiny.config.softcap  # type: ignore[operator]


def test_lists_tuples_and_arrays_are_the_same(tiny: Engine) -> None:
    hidden = tiny.encode(PROMPT).hidden.tolist()
    assert tiny.encode(tuple(PROMPT)).hidden.tolist() == hidden
    assert tiny.encode(mx.array(PROMPT)).hidden.tolist() == hidden
    assert tiny.encode(mx.array(PROMPT, dtype=mx.int64)[None]).hidden[0].tolist() == hidden


def test_wrong_arguments_are_refused(tiny: Engine) -> None:
    cache = tiny.encode(PROMPT)
    two = tiny.encode([PROMPT, PROMPT])
    logits = tiny.denoise(CANVAS, cache)
    for token in (-1, tiny.vocab_size):
        with pytest.raises(ValueError, match="vocabulary"):
            tiny.encode([1, token])
        with pytest.raises(ValueError, match="vocabulary"):
            tiny.denoise(mx.array([1, token]), cache)
    with pytest.raises(ValueError, match="chunk"):
        tiny.encode(PROMPT, chunk=0)
    with pytest.raises(ValueError, match="empty cache"):
        tiny.score([1], tiny.encode([]))
    with pytest.raises(ValueError, match="canvas of 32"):
        tiny.denoise(CANVAS, cache, positions=[32])
    with pytest.raises(ValueError, match="hold 31 positions"):
        tiny.denoise(CANVAS, cache, logits[1:])
    with pytest.raises(ValueError, match="previous probabilities"):
        tiny.denoise(CANVAS, cache, logits[:, 1:])
    with pytest.raises(ValueError, match="cache of 2"):
        tiny.denoise(ROWS, two)
    with pytest.raises(ValueError, match="cache of 2"):
        tiny.encode(PROMPT, two)
    with pytest.raises(ValueError, match="cache of 2"):
        tiny.score(PROMPT, two)


def test_a_model_knows_itself(tiny: Engine) -> None:
    assert (tiny.name, tiny.vocab_size, tiny.canvas_length) == ("tiny", 416, 32)
    assert tiny.nbytes == 4 * tiny.parameters


def test_packed_weights_take_less_memory(packed: Engine, four_bit: Engine) -> None:
    expanding()
    assert packed.parameters == four_bit.parameters
    assert packed.nbytes < four_bit.nbytes / 2


def test_rows_of_any_lengths_are_scored_as_if_each_were_alone(model: Engine) -> None:
    cache = model.encode(list(range(20, 40)))
    rows = [[5, 6, 7, 8, 9], [10], [11, 12, 13]]
    for row, scores in zip(rows, model.score_rows(rows, cache), strict=True):
        assert len(scores) == len(row)
        assert furthest(mx.array(scores), model.score(row, cache)) < ROUNDING
