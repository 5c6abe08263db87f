"""The model that comes with the package: it is there, it is small, it reads, it does the main job."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

import dgcli
from dgcli.checkpoint.folders import ModelFolders, find_folders
from dgcli.cli.choose import BASE, BUNDLED, BUNDLED_RESTYLE

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
    """A wheel of more than 100 MB is refused by PyPI, and adapters are kept in the repository."""
    base, all_of_it = (sum(file.stat().st_size for file in folder.rglob("*")) for folder in (BASE, BASE.parent))
    assert base < 95e6
    assert all_of_it - base < 16e6
    card = (BASE.parent / "MODEL_CARD.md").read_text(encoding="utf-8")
    for needed in ("SmolLM2-135M-Instruct", "Apache-2.0", "What was changed", "What it cannot do"):
        assert needed in card


def test_adapters_stand_for_the_base_with_them() -> None:
    for folder in {BUNDLED, BUNDLED_RESTYLE}:
        assert find_folders(folder) == ModelFolders(BASE.resolve(), folder)


def test_it_has_learned_the_order_of_words(model: dgcli.LoadedModel) -> None:
    """Knowing how often words occur is not enough: the same words in another order are less likely."""
    rng = random.Random(0)
    before = model.encode(model.chat.prompt("Write what comes next."))
    for sentence in SENTENCES:
        words = sentence[:-1].split()
        texts = [sentence, *(" ".join(rng.sample(words, len(words))) + "." for _ in range(2))]
        right, *wrong = (float(model.score(model.tokenizer.encode(text), before).sum().item()) for text in texts)
        assert right > max(wrong)


def test_it_completes_the_example_draft(model: dgcli.LoadedModel) -> None:
    draft = DRAFT.read_text(encoding="utf-8")
    result = dgcli.infill(model, draft, seed=1)
    around = "(.+)".join(re.escape(part) for part in re.split(r"\[\[\?.*?\]\]", draft))
    assert re.fullmatch(around, result.text, re.DOTALL)
    assert all(re.search(r"[a-z]{2}", fill.text) for fill in result.fills)


def test_a_sequence_with_emoji_and_accents_goes_through(model: dgcli.LoadedModel) -> None:
    text = "Ünïcode — 👩‍👩‍👧 \u202eשלום \x00 <eos>"
    assert model.tokenizer.decode(model.tokenizer.encode(text)) == text
