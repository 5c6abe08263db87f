from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.errors import InputError
from dgcli.tasks.restyle.manner import rewrite_request
from dgcli.tasks.restyle.registers import Register
from dgcli.tasks.restyle.score import ANY
from dgcli.tune.data.pairs import FEWEST, LONGEST, Pair, pair_examples, passages, read_pairs, split_pairs
from tests.tune.data import BARE, CHAT, RELEASED, file_of_pairs

LOG = Register("log", "Write a log.")
TEXTS = st.integers(0, 12).map("text {}".format)
PAIRS = st.lists(st.builds(Pair, TEXTS, TEXTS, st.none()), min_size=2, max_size=40, unique=True)


def test_a_pair_is_read_as_it_is_written(tmp_path: Path) -> None:
    """Fields of other names, empty lines and pairs that come twice are passed over; a mark of byte order is none."""
    path = file_of_pairs(tmp_path / "pairs.jsonl")
    more = '\n{"source": " a  b ", "target": "c", "note": 1}\n{"source": "a  b", "target": "c"}\n'
    path.write_text("\ufeff" + path.read_text() + more)
    pairs = read_pairs(path)
    assert len(pairs) == 41
    assert pairs[0].register == "ship's log"
    assert pairs[-1] == Pair("a  b", "c", None)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('["a", "b"]', "is no JSON object"),
        ('{"source": "a"}', '"target"'),
        ('{"source": " ", "target": "b"}', '"source"'),
        ('{"source": "a", "target": 2}', '"target"'),
        ('{"source": "a", "target": "b", "register": 1}', '"register"'),
        ('{"source": "a", "target": "b", "register": ""}', '"register"'),
        ('{"source": "a", "target": "\\ud800"}', "half a character"),
        ('{"source": "a", "target": "b", "register": "\\ud800"}', "half a character"),
    ],
)
def test_a_line_that_is_no_pair_is_named(line: str, said: str, tmp_path: Path) -> None:
    path = file_of_pairs(tmp_path / "pairs.jsonl")
    path.write_text(f"{path.read_text()}{line}\n")
    with pytest.raises(InputError, match="line 41") as raised:
        read_pairs(path)
    assert said in raised.value.problem


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85"])
def test_only_a_newline_ends_a_line(end: str, tmp_path: Path) -> None:
    """Programs write other ends of lines as they are, as JSON allows it."""
    path = file_of_pairs(tmp_path / "pairs.jsonl")
    path.write_text(f'{path.read_text()}{{"source": "a{end}b", "target": "c"}}\r\n', newline="")
    assert read_pairs(path)[-1].source == f"a{end}b"


def test_too_few_pairs_and_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{FEWEST - 1} different pairs"):
        read_pairs(file_of_pairs(tmp_path / "few.jsonl", FEWEST - 1))
    with pytest.raises(InputError, match="cannot be read"):
        read_pairs(tmp_path / "none.jsonl")
    (tmp_path / "latin.jsonl").write_bytes("{é}".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_pairs(tmp_path / "latin.jsonl")


@given(PAIRS, st.integers(0, 5))
def test_what_is_held_out_shares_no_text_with_what_is_learned(pairs: list[Pair], seed: int) -> None:
    learned, held_out = split_pairs(pairs, seed)
    assert sorted([*learned, *held_out], key=repr) == sorted(pairs, key=repr)
    texts = [{text for pair in part for text in (pair.source, pair.target)} for part in (learned, held_out)]
    assert not texts[0] & texts[1]
    assert split_pairs(pairs, seed) == (learned, held_out)


def test_a_tenth_is_held_out(tmp_path: Path) -> None:
    pairs = read_pairs(file_of_pairs(tmp_path / "pairs.jsonl", 300))
    learned, held_out = split_pairs(pairs, 0)
    assert (len(learned), len(held_out)) == (270, 30)


def test_a_pair_is_asked_for_as_restyle_asks() -> None:
    (found,) = pair_examples(Pair("We cannot go.", "Bound in port.", "log"), LOG, BARE)
    asked = CHAT.prompt(rewrite_request("We cannot go.", "Write a log."))
    assert found.ids == (*asked, *CHAT.tokenizer.encode("Bound in port."), 6)
    assert (found.given, found.held, found.kind) == (len(asked), frozenset(), "restyle")
    (other,) = pair_examples(Pair("We cannot go.", "Bound in port.", "log"), LOG, RELEASED)
    assert CHAT.tokenizer.decode(other.ids).startswith("Rewrite this text. Answer with")


def test_sides_with_as_many_sentences_are_parted_as_restyle_parts_a_paragraph() -> None:
    """No part is longer than a passage, but for a sentence that is; together they are the pair."""
    source = "The wind is in the north. We cannot go today. They wait for us at home."
    target = "Wind N. Bound in port. Awaited."
    found = list(passages(Pair(source, target, None), BARE))
    assert len(found) == 3
    assert [" ".join(side) for side in zip(*found, strict=True)] == [source, target]
    assert list(passages(Pair(source, target, None), RELEASED)) == [(source, target)]
    assert list(passages(Pair(source, "Bound in port. Awaited.", None), BARE)) == [(source, "Bound in port. Awaited.")]


def test_what_is_too_long_is_left_out() -> None:
    assert pair_examples(Pair("a " * LONGEST, "b", None), LOG, BARE) == ()


def test_a_pair_is_asked_back_as_restyle_asks_whether_its_source_can_be_told() -> None:
    """Without the register, or in the one that it is told from."""
    pair = Pair("We cannot go.", "Bound in port.", "log")
    for register, said in (
        (LOG, ANY),
        (Register("log", "Write a log.", unlike="Say it as it is."), "Say it as it is."),
    ):
        (found,) = pair_examples(pair, register, BARE, back=True)
        asked = CHAT.prompt(rewrite_request("Bound in port.", said))
        assert found.ids == (*asked, *CHAT.tokenizer.encode("We cannot go."), 6)
