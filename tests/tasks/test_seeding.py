"""Old text as the start of a hole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.diffusion import PhiloxDraws, Site
from dgcli.errors import InputError
from dgcli.events import CanvasStart, Step
from dgcli.settings import DenoiseSettings
from dgcli.tasks.infill.infill import Infilled, infill
from dgcli.tasks.infill.layout import Gap
from dgcli.tasks.infill.seeding import Seeded, old_tokens, started_at
from dgcli.text.marks import choose_matches, choose_span, compile_pattern, find_marks
from tests.fakes import Letters, Parrot
from tests.tasks.test_hole import session

PLAIN = PhiloxDraws(seed=1, vocab_size=10_000)
levels = st.floats(0.01, 0.99)


def seeded(strength: float, length: int = 1000) -> tuple[Seeded, list[Site]]:
    """Draws whose old tokens are far from any noise, and the sites of them, which begin at 7."""
    old = tuple(range(20_000, 20_000 + length))
    return Seeded(PLAIN, old, 7, strength), [Site(0, 7 + place) for place in range(length)]


@pytest.mark.parametrize("strength", [0.1, 0.5, 0.9])
def test_as_many_tokens_are_replaced_as_the_strength_says(strength: float) -> None:
    draws, sites = seeded(strength)
    replaced = [token < 10_000 for token in draws.initial(sites)]
    assert sum(replaced) == pytest.approx(1000 * strength, abs=50)


@given(levels, levels)
def test_noise_is_the_old_text_but_for_the_same_places_at_every_step(one: float, other: float) -> None:
    def kept(strength: float) -> set[int]:
        draws, sites = seeded(strength, length=50)
        places = {place for place, token in enumerate(draws.initial(sites)) if token == draws.old[place]}
        for step in (1, 2, 3):
            for place, (token, noise) in enumerate(
                zip(draws.noise(step, sites), PLAIN.noise(step, sites), strict=True)
            ):
                assert token == (draws.old[place] if place in places else noise)
        return places

    assert kept(max(one, other)) <= kept(min(one, other))


@given(levels, st.integers(1, 64))
def test_the_schedule_goes_on_from_the_strength(level: float, steps: int) -> None:
    whole = DenoiseSettings(max_steps=steps)
    rest = started_at(whole, level)
    assert level * steps <= rest.max_steps < level * steps + 1
    assert rest.temperature(rest.max_steps) == pytest.approx(whole.t_min + (whole.t_max - whole.t_min) * level)


@pytest.mark.parametrize(("left", "text"), [("One ", " two"), ("One\n", "two"), ("", "two"), ("One  ", "two")])
def test_the_old_text_has_the_space_that_a_fill_has(left: str, text: str) -> None:
    assert old_tokens(Gap(left=left, right="", old="two"), Letters()) == Letters().encode(text)


def test_one_canvas_of_the_old_length_starts_from_the_old_text() -> None:
    engine = Parrot(Letters())
    document = choose_span("One two three", "x", "4:7", hint="")
    *events, result = infill(replace(session(engine), settings=DenoiseSettings(max_steps=10)), document, strength=0.01)
    assert isinstance(result, Infilled)
    (start,) = (event for event in events if isinstance(event, CanvasStart))
    (step,) = (event for event in events if isinstance(event, Step))
    assert start.role == "candidate"
    assert (step.step, step.of) == (1, 1)
    assert engine.tokenizer.decode(step.input).startswith("One two three")
    assert result.fills[0].tokens == 4


@given(st.text(alphabet="ab \r\n.é", max_size=30), st.sampled_from(["a", r"\s+", ".+", "é"]))
def test_strength_0_gives_the_text_as_it_was(text: str, pattern: str) -> None:
    try:
        document = choose_matches(text, "x", compile_pattern(pattern, "--match"), hint="", count=None)
    except InputError:
        return
    *events, result = infill(session(Parrot(Letters())), document, strength=0)
    assert isinstance(result, Infilled)
    assert (result.text, result.steps_used, result.converged) == (text, 0, True)
    assert not any(isinstance(event, Step) for event in events)


def test_a_mark_has_no_text_to_start_from() -> None:
    *_, result = infill(session(Parrot(Letters())), find_marks("One [[?]] three", "x"), strength=0.5)
    *_, usual = infill(session(Parrot(Letters())), find_marks("One [[?]] three", "x"))
    assert result == usual


def test_old_text_that_is_longer_than_a_hole() -> None:
    document = choose_span("a " * 200, "x", "20:300", hint="")
    with pytest.raises(InputError, match="281 tokens, but one hole holds"):
        list(infill(session(Parrot(Letters())), document, strength=0.5))
