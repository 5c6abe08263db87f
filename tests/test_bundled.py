"""The model that comes with the package: it is there, it is small, it has learned something, it does the main job."""

from __future__ import annotations

import random
import re
from math import log
from pathlib import Path
from statistics import fmean

import pytest

import dgcli
from dgcli.cli.choose import BUNDLED, BUNDLED_RESTYLE

DRAFT = Path(__file__).parent.parent / "examples" / "draft.md"
SENTENCES = [
    "The old man sat down by the fire and told the children a story.",
    "She opened the door and went out into the garden to look for her cat.",
    "When the rain stopped, they walked back to the village along the river.",
    "He said that he would come again in the morning if he had time.",
    "You can find more information about the program on the website.",
    "My mother was very happy when she saw that we had cleaned the house.",
]


@pytest.fixture(scope="module")
def model() -> dgcli.LoadedModel:
    return dgcli.load(BUNDLED)


def test_it_is_small_and_says_what_it_is() -> None:
    assert sum(file.stat().st_size for file in BUNDLED.rglob("*")) < 40e6
    card = (BUNDLED / "MODEL_CARD.md").read_text(encoding="utf-8")
    for needed in ("tokens seen", "held-out", "CC BY 4.0", "Public domain", "cannot"):
        assert needed in card


def test_it_has_learned_the_order_of_words(model: dgcli.LoadedModel) -> None:
    """Knowing how often words occur is not enough: the same words in another order are less likely."""
    rng = random.Random(0)
    wins = 0
    for sentence in SENTENCES:
        words = sentence[:-1].split()
        for _ in range(5):
            shuffled = " ".join(rng.sample(words, len(words))) + "."
            wins += log_likelihood(model, sentence) > log_likelihood(model, shuffled)
    assert wins >= 29  # of 30


def log_likelihood(model: dgcli.LoadedModel, text: str) -> float:
    cache = model.encode(model.chat.prompt("Write what comes next."))
    return float(model.score(model.tokenizer.encode(text), cache).sum().item())


def test_it_completes_the_example_draft(model: dgcli.LoadedModel) -> None:
    draft = DRAFT.read_text(encoding="utf-8")
    result = dgcli.infill(model, draft, seed=1)
    around = "(.+)".join(re.escape(part) for part in re.split(r"\[\[\?.*?\]\]", draft))
    assert re.fullmatch(around, result.text, re.DOTALL)
    assert all(re.search(r"[a-z]{2}", fill.text) for fill in result.fills)


def test_a_sequence_with_emoji_and_accents_goes_through(model: dgcli.LoadedModel) -> None:
    text = "Ünïcode — 👩‍👩‍👧 \u202eשלום \x00 <eos>"
    assert model.tokenizer.decode(model.tokenizer.encode(text)) == text


def test_it_expects_words_again_that_were_said(model: dgcli.LoadedModel) -> None:
    """Else it sees no topic and no name: what followed a word once may follow it again."""
    rng = random.Random(0)
    said = rng.sample(range(300, model.vocab_size), 40)
    (row,) = model.score([(*said, *said)], model.encode((2,))).tolist()
    assert fmean(row[:40]) < -log(model.vocab_size)  # they are in no order
    assert fmean(row[41:]) > -2


def test_rewriting_has_weights_of_its_own_for_the_same_model() -> None:
    files = {file.name for file in BUNDLED_RESTYLE.iterdir()}
    assert files == {file.name for file in BUNDLED.iterdir() if file.is_file()} - {"MODEL_CARD.md"}
    for name in files - {"model.safetensors"}:
        assert (BUNDLED_RESTYLE / name).read_bytes() == (BUNDLED / name).read_bytes()
    casual = "hi sam, can u send me the list asap? i gotta sign it before monday\n"
    formal = dgcli.restyle(dgcli.load(BUNDLED_RESTYLE), casual, register="formal", seed=1).text
    assert not re.search(r"\b(?:u|gotta|asap)\b", formal)
    assert re.search(r"\bplease\b", formal)
