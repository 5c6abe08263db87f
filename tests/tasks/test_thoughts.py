"""What a model thinks is no answer: where it does nothing else, it is asked again, not to think."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from dgcli.diffusion import Predict
from dgcli.errors import DgError, ExitCode
from dgcli.events import CanvasStart, Event
from dgcli.platform.backend import mx
from dgcli.settings import WritingSettings
from dgcli.tasks.generate.generate import generate
from dgcli.tasks.generate.generated import Generated
from dgcli.tasks.generate.thoughts import spoken
from tests.fakes import Letters, Parrot, Read, finished, session_of

STOP = 6
NO_THOUGHT = "<|channel>thought\n<channel|>"
NO_THINK = "<think>\n\n</think>\n\n"


class Marked(Letters):
    """It reads the names of its control tokens in a template, as a real one does."""

    def encode_template(self, text: str) -> tuple[int, ...]:
        parts = re.split("|".join(f"({re.escape(name)})" for name in self.names), text)
        return tuple(
            token
            for part in parts
            if part
            for token in ([self.names.index(part)] if part in self.names else self.encode(part))
        )

    def shown(self, ids: Sequence[int]) -> str:
        return "".join(self.names[token] if token in self.control else self.decode([token]) for token in ids)


@dataclass
class Thinker(Parrot):
    """It answers by how its prompt ends, and says `says` where nothing of `after` does. Both modes say the same."""

    says: str = "word"
    after: Mapping[str, str] = field(default_factory=dict)  # type: ignore[assignment]
    canvas_length: int = 24

    def answer(self, cache: Sequence[int]) -> tuple[int, ...]:
        read = self.tokenizer.shown(cache)  # type: ignore[attr-defined]
        ending = next((words for end, words in self.after.items() if end in read), self.says)
        return (*self.tokenizer.encode_template(ending), STOP)

    def written(self, cache: Sequence[int]) -> int:
        """How much of the answer is read already."""
        answer = self.answer(cache)
        return max(
            length for length in range(len(answer) + 1) if not length or tuple(cache[-length:]) == answer[:length]
        )

    def predictor(self, cache: tuple[int, ...]) -> Predict:
        rest = self.answer(cache)[self.written(cache) :]

        def predict(
            tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
        ) -> mx.array:
            wanted = [rest[place] if place < len(rest) else 0 for row in free for place in row]
            return mx.array([[30.0 * (token == one) for token in range(self.vocab_size)] for one in wanted])

        return predict

    def following(self, cache: tuple[int, ...]) -> mx.array:
        wanted = (*self.answer(cache), 0)[self.written(cache)]
        return mx.array([[30.0 * (token == wanted) for token in range(self.vocab_size)]])

    def read(self, ids: Sequence[int], cache: tuple[int, ...]) -> Read:
        text = (*cache, *ids)
        ends = range(len(cache) + 1, len(text) + 1)
        return Read(mx.concatenate([self.following(text[:end]) for end in ends]), cache, ids)


def asked(engine: Thinker, *, writes: bool = False, most: int = 200) -> tuple[list[Event], Generated]:
    session = replace(session_of(engine), writing=WritingSettings(temperature=0.0) if writes else None)
    return finished(generate(session, "a cat", most))


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize(
    ("says", "empty"),
    [
        ("<|channel>thought\nI have to write about", NO_THOUGHT),  # it never comes to an end
        ("<|channel>thought\nI have to write.<channel|>", NO_THOUGHT),
        ("<think>I have to write about", NO_THINK),
        ("<think>I have to write about a cat </think>\n", NO_THINK),
    ],
)
def test_where_a_model_only_thinks_it_is_asked_again_behind_an_empty_thought(
    writes: bool, says: str, empty: str
) -> None:
    engine = Thinker(Marked(), says=says, after={empty: "A cat sat."})
    events, result = asked(engine, writes=writes)
    assert (result.text, result.again, result.stop_reason) == ("A cat sat.", True, "stop")
    starts = [event for event in events if isinstance(event, CanvasStart)]
    assert [start.canvas for start in starts] == list(range(len(starts)))  # other noise than before
    prompts = [engine.tokenizer.shown(start.prompt) for start in starts]  # type: ignore[attr-defined]
    assert empty not in prompts[0]
    assert prompts[-1].endswith(f"a cat<turn|><|turn>{empty}")
    assert result.steps_used > asked(replace(engine, says="A cat sat."), writes=writes)[1].steps_used


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("opens", ["<|channel>thought\n", "<think>"])
def test_a_model_that_thinks_again_has_failed(writes: bool, opens: str) -> None:
    """No empty answer is passed off as one."""
    never = {"<channel|>": "<think>Again", "</think>": "<think>Again"}
    with pytest.raises(DgError, match="The model thought and gave no answer") as raised:
        asked(Thinker(Marked(), says=f"{opens}On and on", after=never), writes=writes)
    assert raised.value.exit_code is ExitCode.FAILED


def test_a_thought_that_the_token_limit_cuts_is_but_a_thought() -> None:
    engine = Thinker(
        Marked(), says="<|channel>thought\nThis goes on.<channel|>A cat.", after={NO_THOUGHT: "A cat sat."}
    )
    assert asked(engine, most=12)[1].text == "A cat sat."
    assert (asked(engine)[1].text, asked(engine)[1].again) == ("A cat.", False)


@pytest.mark.parametrize("writes", [False, True])
def test_an_answer_that_is_empty_without_a_thought_is_one(writes: bool) -> None:
    assert asked(Thinker(Marked(), says=""), writes=writes)[1].text == ""


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("<|channel>thought\nHm.<channel|>A cat.", "A cat."),
        (" <think>Hm.</think>A cat.", "A cat."),
        ("A cat.<|channel>thought\nHm.", "A cat."),
        ("The tag <think> opens a thought.", "The tag <think> opens a thought."),
    ],
)
def test_what_is_said_is_the_answer_without_its_thoughts(answer: str, said: str) -> None:
    assert spoken(Marked().encode_template(answer), Marked()).text == said


def test_signs_of_a_thought_that_are_control_tokens_are_seen_too() -> None:
    class Signs(Marked):
        names = (*Letters.names[:3], "<think>", "</think>", *Letters.names[5:])

    assert spoken(Signs().encode_template("<think>Hm.</think>A cat."), Signs()).text == "A cat."
