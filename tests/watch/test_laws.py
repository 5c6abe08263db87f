"""What holds for every document, canvas and window."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dgcli.platform.environment import visible
from dgcli.watch.frames import Cell, State
from dgcli.watch.page import hole_runs, lay_out
from dgcli.watch.picture import Look, picture
from dgcli.watch.rows import atoms, wrap
from dgcli.watch.scene import Around, Numbers, Scene, TaggedText
from dgcli.watch.screen import draw
from dgcli.watch.theme import Theme
from dgcli.watch.view import Colors, ThemeName, View
from dgcli.watch.width import columns, graphemes

ODD = ["日", "本", "한", "é", "e\u0301", "👩‍👩‍👧", "❤️", "🇩🇪", "👍🏽", "\u0301", "\u200d", "\ufeff", "\u00ad", "각", "ﷺ"]
HOSTILE = ["\x1b[2J", "\x07", "\x9b", "\u202e", "\x00", "\x7f", "\u2028", "\r", "\x0b"]
WORDS = st.sampled_from(["a", "of", "river", "supercalifragilistic", "-", "…", *ODD, *HOSTILE])
TEXTS = st.lists(st.one_of(WORDS, st.sampled_from([" ", "  ", " ", "\n", "\t"]), st.text(max_size=3)), max_size=60).map(
    lambda parts: "".join(parts).encode(errors="ignore").decode().replace("\r", "")
)
CELLS = st.lists(
    st.builds(Cell, TEXTS.map(lambda text: text[:6]), st.sampled_from(State), st.floats(0, 12)), max_size=30
).map(tuple)
PATCHES = st.lists(st.builds(TaggedText, TEXTS, st.sampled_from(["context", "filled", "mark"])), max_size=4).map(tuple)
SCENES = st.builds(
    Scene,
    around=st.builds(Around, before=PATCHES, after=PATCHES, mark=st.just("[[?]]"), numbered=st.booleans()),
    cells=CELLS,
    numbers=st.builds(
        Numbers,
        step=st.integers(0, 48),
        of=st.just(48),
        entropies=st.lists(st.floats(0, 12), max_size=48).map(tuple),
        free=st.integers(0, 256),
        open=st.integers(0, 256),
        hole=st.integers(0, 20),
        holes=st.integers(0, 20),
        seconds=st.floats(0, 1e6),
        tokens=st.integers(0, 10**6),
        done=st.booleans(),
    ),
)
LOOKS = st.builds(
    Look, width=st.integers(1, 220), height=st.integers(1, 60), view=st.sampled_from(View), signs=st.booleans()
)
OWN = re.compile(r"\x1b\[[\d;]*m")


def harmless(text: str) -> bool:
    return not any(
        unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(c) in BIDI for c in text
    )


BIDI = ("RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI")


@given(SCENES, LOOKS)
def test_a_frame_never_exceeds_its_window(scene: Scene, look: Look) -> None:
    frame = picture(scene, look)
    assert len(frame.rows) <= look.height
    assert all(columns(line) <= look.width for line in frame.lines)


@given(SCENES, LOOKS)
def test_a_frame_has_no_control_character(scene: Scene, look: Look) -> None:
    assert all(map(harmless, picture(scene, look).lines))


@pytest.mark.parametrize("colors", list(Colors))
@pytest.mark.parametrize("name", list(ThemeName))
@given(scene=SCENES, look=LOOKS)
def test_a_terminal_gets_no_other_codes_than_styles(name: ThemeName, colors: Colors, scene: Scene, look: Look) -> None:
    lines = draw(picture(scene, look), Theme.of(name, colors))
    assert all(harmless(OWN.sub("", line.data)) for line in lines)
    assert [OWN.sub("", line.data) for line in lines] == list(picture(scene, look).lines)


@given(SCENES, st.integers(2, 120), st.integers(1, 40), st.booleans())
@example(  # a tab is wider than the window
    Scene(around=Around(before=(), after=(TaggedText("\n\t", "context"),), mark="[[?]]"), cells=(), numbers=Numbers()),
    *(2, 1, False),
)
def test_a_page_has_every_character_of_the_lines_that_it_announces(
    scene: Scene, width: int, height: int, signs: bool
) -> None:
    page = lay_out(scene, width, height, signs=signs)
    around = scene.around
    text = "".join(
        (
            *(patch.text for patch in around.before),
            *(run.text for run in hole_runs(scene)),
            *(patch.text for patch in around.after),
        )
    )
    lines = text.split("\n")
    announced = "".join(bare("\n".join(lines[page.first - 1 : page.last])))
    shown = bare("".join(row.text for row in page.rows if not row.signs))
    if page.cut_above or page.cut_below:
        assert shown in announced
    else:
        assert shown == announced
    assert page.lines in (len(lines), len(lines) - (not lines[-1]))


def test_a_line_break_that_is_the_last_thing_seen_is_not_the_end_of_the_text() -> None:
    around = Around(before=(), after=(TaggedText("seven..\nand more", "context"),), mark="[[?]]")
    page = lay_out(Scene(around=around, cells=(), numbers=Numbers()), 2, 1)
    assert page.lines == 2


def bare(text: str) -> str:
    """What is left without blanks, which stand for breaks and breaks for them."""
    return "".join("".join(visible(part) for part in text.split("\t")).split())


@given(st.lists(st.text("abcxyz", min_size=1, max_size=20), max_size=40), st.integers(2, 60))
def test_words_stand_as_far_to_the_front_as_they_can(words: list[str], width: int) -> None:
    rows = [row.text.rstrip() for row in wrap(atoms(" ".join(words), "context"), width)]
    expected: list[str] = [""]
    for word in words:
        if expected[-1] and len(expected[-1]) + 1 + len(word) > width:
            expected.append("")
        expected[-1] += (" " if expected[-1] else "") + word
        while len(expected[-1]) > width:  # a word that is wider than the window
            expected[-1:] = [expected[-1][:width], expected[-1][width:]]
    assert rows == expected


def test_text_without_blanks_breaks_behind_any_wide_character() -> None:
    rows = wrap(atoms("one 日本語日本語 two", "context"), 9)
    assert [row.text.rstrip() for row in rows] == ["one 日本", "語日本語", "two"]


@given(TEXTS)
def test_graphemes_are_the_text(text: str) -> None:
    assert "".join(piece for piece, _ in graphemes(text)) == text


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("日本", 4),
        ("e\u0301", 1),
        ("👩‍👩‍👧", 2),
        ("❤️", 2),
        ("🇩🇪🇫🇷", 4),
        ("👍🏽", 2),
        ("각", 2),
        ("1️⃣", 2),
        ("\u200b", 0),
    ],
)
def test_widths(text: str, width: int) -> None:
    assert columns(text) == width


def test_widths_are_never_less_than_those_of_a_table() -> None:
    wcwidth = pytest.importorskip("wcwidth")
    for code in range(0x20, 0x30000):
        character = chr(code)
        if unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp", "Cn"):
            assert columns(character) >= wcwidth.wcwidth(character), hex(code)
