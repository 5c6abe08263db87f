from __future__ import annotations

import itertools
import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.errors import InputError
from dgcli.tasks.infill.layout import Gap, lay_out_gap
from dgcli.tune.data.asking import Asking
from dgcli.tune.data.pages import Page, holes, page_examples, read_pages, split_pages
from dgcli.tune.data.rough import rough
from tests.tune.data import BARE, CHAT, RELEASED, folder_of_texts, page


def a_page(text: str) -> Page:
    return Page("page", text, ((0, len(text.rstrip())),))


def test_what_is_no_prose_is_not_learned(tmp_path: Path) -> None:
    """Code and headings of texts are passed over, and so are hidden files and folders, and files that are no texts."""
    folder = folder_of_texts(tmp_path / "texts")
    (folder / "below").mkdir()
    (folder / "below" / "more.txt").write_text(page(11))
    (folder / ".git").mkdir()
    (folder / ".git" / "note.md").write_text(page(12))
    (folder / "program.py").write_text("pass\n")
    (folder / "latin.txt").write_bytes("é".encode("latin-1"))
    found = read_pages(folder)
    assert [each.name for each in found.pages][-2:] == ["09.md", "below/more.txt"]
    assert (found.files, len(found.skipped)) == (11, 2)
    assert all("restyled" not in said for said in found.skipped)
    prose = " ".join(each.text[start:end] for each in found.pages for start, end in each.prose)
    assert "code" not in prose
    assert "#" not in prose
    assert prose.count("wrote to nobody") == 11 * 12


def test_adapters_below_a_folder_are_none_of_its_texts(tmp_path: Path) -> None:
    """An adapter that is kept beside the texts has a report with some of them; a run that goes on has the same data."""
    before = read_pages(folder_of_texts(tmp_path))
    folder_of_texts(tmp_path / "mine" / "more")
    (tmp_path / "mine" / "tune.json").write_text("{}")
    assert read_pages(tmp_path) == before


def test_a_long_text_is_parted_between_paragraphs(tmp_path: Path) -> None:
    """So that whole parts can be held out; together they are the text."""
    text = "\n\n".join(page(number) for number in range(30))
    (tmp_path / "book.txt").write_text(text)
    found = read_pages(tmp_path / "book.txt")
    assert found.files == 1
    assert len(found.pages) >= 8
    assert "".join(each.text for each in found.pages) == text
    for each in found.pages:
        assert all(each.text[start:end].startswith("On day") for start, end in each.prose)


def test_too_little_prose_and_folders_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="words of prose"):
        read_pages(folder_of_texts(tmp_path / "few", 1))
    with pytest.raises(InputError, match="does not exist"):
        read_pages(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="0 words"):
        read_pages(tmp_path / "empty")


@given(st.lists(st.integers(1, 400), min_size=2, max_size=20), st.integers(0, 3))
def test_whole_pages_are_held_out_and_some_are_left(sizes: list[int], seed: int) -> None:
    pages = [Page(str(number), "w " * size, ((0, 2 * size),)) for number, size in enumerate(sizes)]
    learned, held_out = split_pages(pages, seed)
    assert learned
    assert held_out
    assert {*learned, *held_out} == {*pages}
    assert len(learned) + len(held_out) == len(pages)


@given(st.integers(0, 30))
def test_holes_are_whole_words_of_one_line_and_apart(seed: int) -> None:
    text = page(3).replace(", and", ",\nand")
    found = holes(a_page(text), 8, random.Random(seed))
    assert found
    for start, end in found:
        assert "\n" not in text[start:end]
        assert text[start - 1 : start].strip() == ""
        assert text[end : end + 1].strip() == ""
    assert all(a[1] < b[0] for a, b in itertools.pairwise(found))


def test_pieces_of_a_text_without_blanks_are_holes() -> None:
    text = "海风从北方吹来我们今天不能出发大家都在家里等我们。" * 4
    found = holes(a_page(text), 5, random.Random(1))
    assert found
    assert all(end - start < len(text) // 2 for start, end in found)


@pytest.mark.parametrize("shape", [RELEASED, BARE])
def test_a_fill_is_laid_out_as_infill_lays_out_its_hole(shape: Asking) -> None:
    """Prompt and canvas are those of the hole; what is learned is the fill, and all around it is held."""
    text = page(2)
    start = text.index("nobody")
    gap = Gap(left=text[:start], right=text[start + len("nobody") :])
    found = shape.fill(gap, "nobody")
    layout = lay_out_gap(gap, CHAT, shape.canvas_length, 192, shape.holes)
    assert found.ids[: found.given] == layout.prompt
    assert len(found.ids) - found.given == layout.width(len(" nobody"))
    assert CHAT.tokenizer.decode([found.ids[place] for place in found.learned]) == " nobody"
    assert len(found.learned) + len(found.held) == len(found.ids) - found.given


def test_running_text_is_learned_by_an_encoder_that_reads_texts_as_they_stand() -> None:
    found = page_examples(a_page(page(2)), BARE, None, 0)
    running = [each for each in found if each.kind == "continuation"]
    assert "".join(CHAT.tokenizer.decode(each.ids) for each in running) == page(2).rstrip()
    assert {each.modes for each in running} == {("encoder",)}
    assert {each.modes for each in found if each.kind == "infill"} == {("denoiser",)}


def test_how_a_text_goes_on_is_learned_as_a_hole_at_its_end() -> None:
    """Whole sentences, up to the end of a paragraph; nothing is read that comes behind."""
    several = Page("page", page(2, 48), tuple((a, a + len(part)) for a, part in parts_of(page(2, 48))))
    found = [each for each in page_examples(several, RELEASED, None, 0) if each.kind == "continuation"]
    assert found
    for each in found:
        learned = CHAT.tokenizer.decode([each.ids[place] for place in each.learned])
        assert learned.startswith(" On day")
        assert learned.endswith("nobody.")
        assert CHAT.tokenizer.decode(each.ids).endswith(learned)


def parts_of(text: str) -> list[tuple[int, str]]:
    return [(found.start(), found.group()) for found in re.finditer(r"[^\n]+", text)]


def test_sentences_are_learned_from_what_is_rough() -> None:
    found = [
        each for n in range(9) for each in page_examples(a_page(page(n)), RELEASED, "Write it the way I write.", n)
    ]
    rewritten = [each for each in found if each.kind == "restyle"]
    assert rewritten
    for each in rewritten:
        answer = CHAT.tokenizer.decode(each.ids[each.given :])
        assert rough(answer) != answer
        assert rough(answer) in CHAT.tokenizer.decode(each.ids[: each.given])


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ("She wrote; nobody came. “Don't!” he said.", "she wrote nobody came dont he said"),
        ("The ferry — late again — left at 10:30, not 9,5.", "the ferry late again left at 10:30 not 9,5"),
        ("NASA wrote. I did not.", "NASA wrote I did not"),
    ],
)
def test_rough(text: str, noted: str) -> None:
    assert rough(text) == noted
