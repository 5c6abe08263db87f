from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.text.marks import MARK
from dgcli.text.punctuation import MARKS
from dgcli.text.seams import closes_up, fit


def fitted(fill: str, left: str = "a ", right: str = " b", *, inline: bool = True, newline: str = "\n") -> str:
    return fit(fill, left=left, right=right, inline=inline, newline=newline, marker=MARK)


@pytest.mark.parametrize(
    ("left", "fill", "right", "expected"),
    [
        ("The cat ", " sat on", " the mat", "sat on"),  # the spaces are the text's
        ("The cat", " sat on", " the mat", " sat on"),  # the text has none before: the fill's stays
        ("The cat ", " sat ", ".", "sat"),
        ("(", " sat ", ")", "sat"),
        ('He said "', " sit ", '" twice', "sit"),
        ("", " Once ", "", "Once"),
        ("un", "believ", "able", "believ"),
        ("line\n", " sat", "\n", "sat"),
        ("def f():\n", "    return 1", "\n", "    return 1"),  # indentation
        ("def f():\n    ", " return 1", "\n", "return 1"),  # it is there already
        ("line\n", "\n  \n", "\n", ""),
    ],
)
def test_a_space_at_a_seam_belongs_to_one_side(left: str, fill: str, right: str, expected: str) -> None:
    assert fitted(fill, left, right) == expected


@pytest.mark.parametrize(
    ("left", "fill", "right", "expected"),
    [
        ("who ", " walked home.", ". One", "walked home"),
        ("who ", " walked home?!", "? One", "walked home"),
        ("who ", " saw pears, etc.", ", and", "saw pears, etc."),  # a dot of its own
        ("who ", " lives in the U.S.", ".", "lives in the U.S"),
        ("who ", " wept.", ", and", "wept"),
        ("said, ", ", and left", " it", "and left"),
        ("said, ", "... and left", " it", "... and left"),
        ("on the", " the old", " mill", " old"),
        ("on the ", " The old mill", " mill", "old"),
        ("fore", "fore", "fore", "fore"),  # parts of one word
        ("x =", " x", "[1]", " x"),
        ("end\n", "end", "\nend", "end"),  # lines of their own
        ("very ", " very", " good", "very"),  # something has to remain
        ("The cat ", " sat on the mat.", " on the mat.", "sat"),  # with the mark behind it
        ("a\n- ", "- one", "\n", "one"),
        ("1. ", "2. two", "\n", "two"),
        ("## ", "## Head", "\n", "Head"),
        ("## ", "# Head", "\n", "# Head"),  # not what stands there
        ("- ", "5 - 3", "\n", "5 - 3"),
        ("a **", "**b**", "** c", "b"),
        ("a **", "**b** c **d**", "** e", "**b** c **d**"),
        ("a —", "— b —", "— c", " b "),
        ("well-", "-known", " c", "known"),
        ("x -", "-y", " c", "-y"),  # no hyphen
    ],
)
def test_what_stands_at_a_seam_is_not_repeated(left: str, fill: str, right: str, expected: str) -> None:
    assert fitted(fill, left, right) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("a ", " b", True),
        ("a", " b", True),
        ("a ", ", b", True),
        ('"a ', '" b', True),
        ("a ", "b", False),
        ("a", "b", False),
        ("a  ", " b", False),
        ("a\t", " b", False),
        ("", " b", False),
        ("a ", "", False),
        ("a\n", " b", False),
        ("a ", " \nb", False),
        ("(", " b", False),
        ('a "', " b", False),
    ],
)
def test_where_text_may_meet_with_nothing_between(left: str, right: str, expected: bool) -> None:
    assert closes_up(left, right) is expected


def test_newlines_are_the_documents_own() -> None:
    assert fitted("one\ntwo\r\nthree", inline=False, newline="\r\n") == "one\r\ntwo\r\nthree"
    assert fitted("one\ntwo") == "one two"


def test_what_no_fill_may_hold_is_left_out() -> None:
    assert fitted("a\x1b[31mb\x00c\ufffd\x85") == "a[31mbc"
    assert fitted("x [[? y]] z") == "x  z"
    assert MARK.search(fitted("[[[[?]]?]] z")) is None  # taking out the inner mark leaves another


@pytest.mark.parametrize(
    ("left", "fill", "right", "whole"),
    [
        ("今天", "我们很高兴。", "。明天再来。", "今天我们很高兴。明天再来。"),
        ("昨日は", "晴れ。", "、今日は", "昨日は晴れ、今日は"),
        ("真的", "吗?", "？", "真的吗？"),  # half and full width are one mark
        ("今天，", "，很好", "明天", "今天，很好明天"),
        ("هل هذا ", "صحيح؟", "؟", "هل هذا صحيح؟"),
        ("او گفت، ", "، بیا", " و", "او گفت، بیا و"),
        ("वह घर ", "गया।", "। फिर", "वह घर गया। फिर"),
        ("Is it ", "really?", "؟", "Is it really؟"),
        ("我……", "……走了", "。", "我……走了。"),
        ("wait ", "... for it", " now", "wait ... for it now"),
        ("C'est ", "très bien !", " ! Et puis", "C'est très bien ! Et puis"),
        ("C'est ", "bien\u00a0!", "\u00a0! Et", "C'est bien\u00a0! Et"),
        ("Alors ! ", "! Et puis", " non", "Alors ! Et puis non"),
        ("It was ", "great.", " :) and", "It was great. :) and"),  # no mark
        ("¿", "¿Qué tal", "?", "¿Qué tal?"),
        ("Hola. ", "Bien. ¿", "¿Y tú?", "Hola. Bien. ¿Y tú?"),
        ("", "¿Cómo estás?", "?", "¿Cómo estás?"),
    ],
)
def test_a_mark_of_any_script_stands_once(left: str, fill: str, right: str, whole: str) -> None:
    assert left + fitted(fill, left, right) + right == whole


@pytest.mark.parametrize(
    ("left", "fill", "right", "whole"),
    [
        ("今天", " 我们 ", "，明天再来。", "今天我们，明天再来。"),
        ("今天", " 我们 很 高兴 ", "明天", "今天我们很高兴明天"),
        ("今 天 我 们 ", "很 高 兴", " 明 天", "今 天 我 们 很 高 兴 明 天"),  # the text has blanks
        ("今天\n明天", " 我们\n高兴", "后天", "今天\n明天我们高兴后天"),
        ("「", " nice ", "」と言った", "「nice」と言った"),
        ("『", " 本 ", "』", "『本』"),
        ("（", " 注 ", "）", "（注）"),
        ("读了《", " 红楼梦 ", "》", "读了《红楼梦》"),
        ("他说“", " 你好 ", "”。", "他说“你好”。"),
        ("他说", " “ 你好 ” ", "，走了", "他说“你好”，走了"),
        ("我用", " Python ，", "和C", "我用 Python，和C"),  # beside another script it is a matter of taste
        ("그는 ", " 「책」 을 ", " 읽었다", "그는 「책」 을 읽었다"),  # Korean has blanks
        ("ฉันไป", " ตลาด", "ทุกวัน", "ฉันไปตลาดทุกวัน"),
        ("10", "\u00a0000", " euros", "10\u00a0000 euros"),
        ("C'est vrai", "ment bon\u00a0", "!", "C'est vraiment bon\u00a0!"),
        ("« ", "\u00a0mot\u00a0", "\u00a0»", "« mot\u00a0»"),
        ("Er sagte »", " ja ", "« und", "Er sagte »ja« und"),
        ("Il dit « oui »", " et", " part", "Il dit « oui » et part"),
        ("Er sagte „Ja“", " und", " ging", "Er sagte „Ja“ und ging"),
        ("Er sagte „", " Ja ", "“ und", "Er sagte „Ja“ und"),
    ],
)
def test_blanks_stand_where_the_script_has_them(left: str, fill: str, right: str, whole: str) -> None:
    assert left + fitted(fill, left, right) + right == whole


@pytest.mark.parametrize(
    ("left", "fill", "right", "expected"),
    [
        ("The ", "quick brown fox", " quick brown fox jumps", ""),
        ("The ", "slow and quick brown fox", " Quick brown fox jumps", "slow and"),
        ("He left the old house ", "the old house, and", " slept", ", and"),
        ("He saw one two three four five ", "two three four five six", " x", "six"),
        ("the quick\nbrown ", "quick brown fox", " ran", "fox"),
        ("He left the house. ", "The house was cold", " now", "The house was cold"),
        ("He left the house ", "the House", " now", ""),
        ("what he ", "had", " had before", "had"),  # may stand twice
        ("nous ", "nous levons", " tôt", "nous levons"),
        ("वह घर ", "घर गया", " था", "गया"),
        ("cafe\u0301 ", "café noir", " x", "noir"),  # the same, composed
        ("12 ", "12 apples", " x", "12 apples"),
        ("今天我们", "我们很高兴", "了", "很高兴"),
        ("今", "天", "天气", "天"),  # 天天 is a word
        ("我们", "很高兴见到你", "见到你。", "很高兴"),
        ("ฉันไปตลาด", "ตลาดสด", "แล้ว", "สด"),
        ('He said "', '"yes', '" twice', "yes"),
        ('He said "', '"yes"', '" twice', "yes"),
        ("「", "「はい」", "」と", "はい"),
        ("f(", "(a + b)", " * c)", "(a + b)"),
    ],
)
def test_up_to_four_words_at_a_seam_are_not_repeated(left: str, fill: str, right: str, expected: str) -> None:
    assert fitted(fill, left, right) == expected


@pytest.mark.parametrize(
    ("left", "fill", "right", "expected"),
    [
        ("cafe", "\u0301 noir", " x", " noir"),
        ("👩", "\u200d👧 and", " x", "👧 and"),
        ("👍", "🏽 yes", " x", " yes"),
        ("a ", "👩\u200d", "👧", "👩"),
        ("a ", "👩\u200d👧 b", " x", "👩\u200d👧 b"),
        ("🇩", "🇪 und", " x", " und"),
        ("a ", "b 🇩", "🇪", "b "),
        ("end.", ".\u0301 a", " x", " a"),
        ("(क", "ी है", " x", " है"),
    ],
)
def test_no_character_is_put_together_over_a_seam(left: str, fill: str, right: str, expected: str) -> None:
    assert fitted(fill, left, right) == expected


def test_a_marker_that_can_match_nothing_ends() -> None:
    text = fit("a__b", left="a ", right=" b", inline=True, newline="\n", marker=re.compile("_*"))
    assert text == "ab"


TRICKY = [
    *(" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u202f", "\u3000", "the", "quick", "had", "a", "'", '"', "(", ")"),
    *"。，、！？；：؟،।….,!?;:¿¡«»“”„「」『』（）《》今天我们のคำกา",
    *("e\u0301", "\u0301", "\u200d", "👩‍👧", "🇩", "🇩🇪", "ी", "\u202e", "[[?", "]]", "...", "한국", "x"),
]
tricky = st.lists(st.sampled_from(TRICKY), max_size=9).map("".join) | st.text(max_size=12)


@given(tricky, tricky, tricky, st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_fitting_again_changes_nothing_and_blanks_and_characters_stay_the_texts(
    fill: str, left: str, right: str, inline: bool, newline: str
) -> None:
    text = fitted(fill, left, right, inline=inline, newline=newline)
    assert fitted(text, left, right, inline=inline, newline=newline) == text
    if text and left and left[-1].isspace() and left[-1] != "\n":
        assert not text[0].isspace()
    if text and right and right[0].isspace():
        assert not text[-1].isspace()
    if text and left:
        assert not unicodedata.category(text[0]).startswith("M")
        assert text[0] != "\u200d"
    if text.strip() and right[:1] in MARKS and right[:1] not in ("", ",", ";", ":"):
        assert text[-1] not in MARKS or text[-1] == right[0] == left[-1:]


@given(st.text(max_size=40), st.text(max_size=5), st.text(max_size=5), st.booleans())
def test_a_fill_never_holds_a_mark_or_a_control_character(fill: str, left: str, right: str, inline: bool) -> None:
    text = fitted(fill, left, right, inline=inline)
    assert MARK.search(text) is None
    assert not any(ord(c) < 32 and c not in "\n\t" for c in text)
    assert not (inline and "\n" in text)


def test_lines_of_a_fill_that_stays_in_its_line_become_one() -> None:
    assert fitted("one \n\n  two\r\nthree") == "one two three"
    assert fitted("one\n\ntwo", "", "", inline=False) == "one\n\ntwo"
