"""Which of four fills belongs in a text: what the encoder is asked."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from dgcli.cli.choose import BUNDLED

pytestmark = pytest.mark.reference

WORDS = re.findall(r"\w+", "the old man saw a river and went over it with his dog while the children sang about rain")


def sampler() -> Any:
    """Two texts of sixty sentences, no two of which are the same."""
    np = pytest.importorskip("numpy")
    from pack import Packed
    from tokenizers import Tokenizer

    from examples import Sampler

    rng = random.Random(0)
    tokenizer = Tokenizer.from_file(str(BUNDLED / "tokenizer.json"))
    texts = [
        tokenizer.encode(
            " ".join(" ".join(rng.choices(WORDS, k=rng.randint(6, 12))).capitalize() + "." for _ in range(60)),
            add_special_tokens=False,
        ).ids
        for _ in range(2)
    ]
    lengths = np.array([len(text) for text in texts])
    return Sampler(
        Packed(
            tokens=np.concatenate(texts),
            start=np.cumsum(lengths) - lengths,
            length=lengths,
            source=np.zeros(2, int),
            held_out=np.zeros(2, bool),
            names=("one",),
            shares=np.ones(1),
        )
    )


@pytest.mark.parametrize("kind", ["word", "phrase", "sentence"])
def test_the_first_of_four_is_what_the_text_says(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    np = pytest.importorskip("numpy")
    import choices

    monkeypatch.setattr(choices, "_KINDS", {kind: 1.0})
    made = choices.ChoiceExamples(sampler(), BUNDLED)
    whole = " ".join(made.sampler.packed.tokens.astype(str))
    groups = [made.group(np.random.default_rng(seed), 64, 32) for seed in range(40)]
    found = [group for group in groups if group]
    assert len(found) > 20
    for group in found:
        said = [" ".join(np.concatenate(option[:3]).astype(str)) for option in group]
        assert said[0] in whole
        assert len(group) == choices.OPTIONS
        assert len(set(said)) == choices.OPTIONS
        assert len({(tuple(option.before), tuple(option.behind), option.opening) for option in group}) == 1


def test_no_wrong_sentence_stands_in_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    np = pytest.importorskip("numpy")
    import choices

    monkeypatch.setattr(choices, "_KINDS", {"sentence": 1.0})
    monkeypatch.setattr(choices, "_SAME_TEXT", 1.0)
    made = choices.ChoiceExamples(sampler(), BUNDLED)
    found = [group for seed in range(60) if (group := made.group(np.random.default_rng(seed), 64, 32))]
    assert len(found) > 20
    for right, *others in found:
        shown = " ".join(np.concatenate(right[:3]).astype(str))
        assert not any(" ".join(other.fill.astype(str)) in shown for other in others)


def test_each_fill_by_itself_is_as_in_its_text() -> None:
    np = pytest.importorskip("numpy")
    import choices

    made = choices.ChoiceExamples(sampler(), BUNDLED)
    batch = made(np.random.default_rng(1), np.random.default_rng(2), 8)
    places = zip(batch.rows, batch.begin, batch.end, batch.alone, batch.length, strict=True)
    for row, begin, end, alone, length in places:
        assert alone[1 : 1 + end - begin].tolist() == row[begin:end].tolist()
        assert begin < end < length
