from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.errors import InputError
from dgcli.tune.data.fills import FilledHole
from dgcli.tune.data.lines import FEWEST, Line, held_apart, named, read_lines
from dgcli.tune.data.pairs import Pair
from tests.tune.data import file_of_pairs

TEXTS = st.integers(0, 12).map("text {}".format)
LINES = st.lists(
    st.builds(Pair, TEXTS, TEXTS, st.none()) | st.builds(FilledHole, TEXTS, TEXTS, TEXTS),
    min_size=2,
    max_size=40,
    unique=True,
)


def test_a_pair_is_read_as_it_is_written(tmp_path: Path) -> None:
    """Fields of other names, empty lines and pairs that come twice are passed over; a mark of byte order is none."""
    path = file_of_pairs(tmp_path / "pairs.jsonl")
    more = '\n{"source": " a  b ", "target": "c", "note": 1}\n{"source": "a  b", "target": "c"}\n'
    path.write_text("\ufeff" + path.read_text() + more)
    pairs = read_lines(path)
    assert len(pairs) == 41
    assert pairs[0].register == "ship's log"
    assert pairs[-1] == Pair("a  b", "c", None)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('["a", "b"]', "is not a JSON object"),
        ('{"source": "a"}', '"target"'),
        ('{"source": " ", "target": "b"}', '"source"'),
        ('{"source": "a", "target": 2}', '"target"'),
        ('{"source": "a", "target": "b", "register": 1}', '"register"'),
        ('{"source": "a", "target": "b", "register": ""}', '"register"'),
        ('{"source": "a", "target": "\\ud800"}', "half a character"),
        ('{"source": "a", "target": "b", "register": "\\ud800"}', "half a character"),
        ('{"fill": " "}', '"fill"'),
        ('{"fill": "a", "before": 1}', '"before"'),
        ('{"fill": "a", "behind": null}', '"behind"'),
        ('{"fill": "a", "hint": ["b"]}', '"hint"'),
        ('{"fill": "\\ud800"}', "half a character"),
    ],
)
def test_a_line_that_is_no_pair_and_no_fill_is_named(line: str, said: str, tmp_path: Path) -> None:
    path = file_of_pairs(tmp_path / "pairs.jsonl")
    path.write_text(f"{path.read_text()}{line}\n")
    with pytest.raises(InputError, match="line 41") as raised:
        read_lines(path)
    assert said in raised.value.problem


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85"])
def test_only_a_newline_ends_a_line(end: str, tmp_path: Path) -> None:
    """Programs write other ends of lines as they are, as JSON allows it."""
    path = file_of_pairs(tmp_path / "pairs.jsonl")
    path.write_text(f'{path.read_text()}{{"source": "a{end}b", "target": "c"}}\r\n', newline="")
    assert read_lines(path)[-1].source == f"a{end}b"


def test_too_few_pairs_and_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{FEWEST - 1} pairs, each counted once"):
        read_lines(file_of_pairs(tmp_path / "few.jsonl", FEWEST - 1))
    with pytest.raises(InputError, match="cannot be read"):
        read_lines(tmp_path / "none.jsonl")
    (tmp_path / "latin.jsonl").write_bytes("{é}".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_lines(tmp_path / "latin.jsonl")


def test_a_fill_is_read_as_it_is_written(tmp_path: Path) -> None:
    """Its blanks too, which tell where words end."""
    path = file_of_pairs(tmp_path / "pairs.jsonl")
    more = '{"before": "One ", "fill": " two", "behind": "\\n", "hint": "a number", "time": 3}\n{"fill": "x"}\n'
    path.write_text(path.read_text() + more)
    lines = read_lines(path)
    assert lines[-2:] == (FilledHole("One ", " two", "\n", "a number"), FilledHole("", "x", ""))
    assert named(lines) == "40 pairs and 2 fills"
    assert (named(lines[-1:]), named(lines[:1])) == ("1 fill", "1 pair")


@given(LINES, st.integers(0, 5))
def test_what_is_held_out_shares_no_text_and_no_hole_with_what_is_learned(lines: list[Line], seed: int) -> None:
    learned, held_out = held_apart(lines, seed)
    assert sorted([*learned, *held_out], key=repr) == sorted(lines, key=repr)
    texts = [{text for line in part for text in _texts(line)} for part in (learned, held_out)]
    assert not texts[0] & texts[1]
    assert held_apart(lines, seed) == (learned, held_out)


def _texts(line: Line) -> tuple[object, ...]:
    return (line.source, line.target) if isinstance(line, Pair) else ((line.before, line.behind),)


def test_a_tenth_is_held_out(tmp_path: Path) -> None:
    pairs = read_lines(file_of_pairs(tmp_path / "pairs.jsonl", 300))
    learned, held_out = held_apart(pairs, 0)
    assert (len(learned), len(held_out)) == (270, 30)
