"""Ids that a vocabulary has in reserve (`<unused7>`) are in no text, whoever writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

import dgcli
from dgcli.api import generate
from dgcli.checkpoint.tokenizer import FileTokenizer
from dgcli.events import CanvasStart, Event, Step
from tests import checkpoints

KEPT = range(266, 330)  # of the vocabulary's ordinary tokens, those that stay
RESERVED = [token for token in range(266, 400) if token not in KEPT]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights, which choose any id as often as any other."""
    return checkpoints.reserved(tmp_path_factory.mktemp("reserved") / "checkpoint", RESERVED)


def test_the_vocabulary_tells_which_they_are(folder: Path) -> None:
    tokenizer = FileTokenizer.load(folder)
    assert tokenizer.unused == set(RESERVED)
    assert tokenizer.unused < tokenizer.control
    assert tokenizer.decode(RESERVED) == ""
    assert FileTokenizer.load(checkpoints.TINY).unused == frozenset()


def test_numbers_may_be_missing(tmp_path: Path) -> None:
    """Some were given other names later."""
    folder = checkpoints.reserved(tmp_path / "checkpoint", RESERVED)
    path = folder / "tokenizer.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"<unused7>"', '"<|tool>"'), encoding="utf-8")
    assert FileTokenizer.load(folder).unused == set(RESERVED) - {RESERVED[7]}


def test_their_names_in_a_text_are_characters(folder: Path) -> None:
    tokenizer = FileTokenizer.load(folder)
    for text in ("a <unused0> b", "<unused12><unused12>", "<unused99999>", "<unused>"):
        assert tokenizer.unused.isdisjoint(tokenizer.encode(text))
        assert tokenizer.decode(tokenizer.encode(text)) == text
    assert RESERVED[3] in tokenizer.encode_template("a<unused3>b")
    assert tokenizer.encode_template("a<unused99999>b") == tokenizer.encode("a<unused99999>b")


def test_their_names_count_as_the_characters_that_they_are(folder: Path) -> None:
    """Where a text is cut to a number of tokens."""
    tokenizer = FileTokenizer.load(folder)
    text = "the <unused0> and <unused12><unused3> the"
    whole = len(tokenizer.encode(text))
    assert tokenizer.head(text, whole) == tokenizer.tail(text, whole) == text
    for limit in range(1, whole):
        for part in (tokenizer.head(text, limit), tokenizer.tail(text, limit)):
            assert 0 < len(tokenizer.encode(part)) <= limit
        assert text.startswith(tokenizer.head(text, limit))
        assert text.endswith(tokenizer.tail(text, limit))


@pytest.mark.parametrize("speculation", [False, True])
def test_none_is_generated(folder: Path, tmp_path: Path, speculation: bool) -> None:
    """By the denoiser, or by the encoder with the denoiser's drafts."""
    own = checkpoints.copy(tmp_path / "checkpoint", folder)
    checkpoints.edit_json(
        own / "generation_config.json",
        lambda config: config.update(self_speculation=speculation, temperature=5.0, top_k=400),
    )
    seen: list[Event] = []
    model = dgcli.load(own)
    for seed in range(3):
        generate(model, "rain", max_tokens=30, seed=seed, show=seen.append)
    written = {token for step in seen if isinstance(step, Step) for token in step.argmax}
    assert written - {0}
    assert written.isdisjoint(RESERVED)
    if not speculation:
        assert all(set(RESERVED) <= set(start.forbidden) for start in seen if isinstance(start, CanvasStart))
