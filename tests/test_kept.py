from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.errors import UsageError
from dgcli.kept import compile_named, doubts, kept_spans, kept_strings, lost, negations, said_again


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("On 3 May 2024 or May 3rd, 2024, in May 2024; you may go.", ["3 May 2024", "May 3rd, 2024", "May 2024"]),
        ("At 10:30 on 2024-05-03 or 3/5/24.", ["10:30", "2024-05-03", "3/5/24"]),
        ("It costs $1,200.50, 12 € or 5%, up −5 to 10–12.", ["$1,200.50", "12 €", "5%", "−5", "10–12"]),
        ("The 1st of 3 mp3s for 5kg, 10am, 0x1F.", ["1", "3", "mp3s", "5", "10", "0x1F"]),
        ("Version v2.0.1 of B2B, GPT-4.", ["v2.0.1", "B2B", "4"]),
        ("See https://a.b/c_d(e)?f=1&g#h. Or www.a.org/b!", ["https://a.b/c_d(e)?f=1&g#h", "www.a.org/b"]),
        ("(https://a.b/c), 'https://a.b/d' *https://a.b/e*", ["https://a.b/c", "https://a.b/d", "https://a.b/e"]),
        ("Write to a.b+c@d-e.co.uk, or <f@g.h>.", ["a.b+c@d-e.co.uk", "<f@g.h>"]),
        ("Run `a  b` or ``c ` d``, not `open.", ["`a  b`", "``c ` d``"]),
        ("A [link](a_b.html 'of 2 words') and [one](<a b>).", ["](a_b.html 'of 2 words')", "](<a b>)"]),
        ("A [link][ref], [two][] and [three].", ["][ref]", "[two][]", "[three]"]),
        ("![an image of 2](a(b).png) of it", ["![an image of 2](a(b).png)"]),
        ("Notes[^1] and [^long]: more.", ["[^1]", "[^long]:"]),
        ("<b class='x'>bold</b><!-- 1 --> &amp; &#35;", ["<b class='x'>", "</b>", "<!-- 1 -->", "&amp;", "&#35;"]),
        ("As $x_1 + y$ and $$z$$ cost $5 or $10.", ["$x_1 + y$", "$$z$$", "$5", "$10"]),
        ("{{ name }} and {% if %} with {#id .class}", ["{{ name }}", "{% if %}", "{#id .class}"]),
        ("[ ] to do, [x] done", ["[ ]", "[x]"]),
        ("A <|turn> and <turn|>, <eos> <|a b> <|>", ["<|turn>", "<turn|>", "<eos>"]),
        ("Nothing at all, a < b.", []),
    ],
)
def test_what_has_to_be_kept(text: str, kept: list[str]) -> None:
    assert kept_strings(text) == Counter(kept)
    assert [text[start:end] for start, end in kept_spans(text)] == kept


def test_named_strings_and_spans_that_overlap() -> None:
    named = compile_named(["Anna( Smith)?", "x*"])
    text = "Anna Smith of https://Anna.org met Anna."
    assert kept_strings(text, named) == Counter({"Anna Smith": 1, "https://Anna.org": 1, "Anna": 2})
    assert [text[start:end] for start, end in kept_spans(text, named)] == ["Anna Smith", "https://Anna.org", "Anna"]


def test_a_named_expression_that_is_none() -> None:
    with pytest.raises(UsageError, match="--keep"):
        compile_named(["("])


def test_line_ends_in_kept_strings_are_blanks() -> None:
    assert kept_strings("on 3\n  May") == kept_strings("on 3 May")
    assert kept_strings("`a  b`") != kept_strings("`a b`")


def test_lost_are_dropped_and_made_up_strings() -> None:
    assert lost(kept_strings("1, 2 and 2 of `x`"), kept_strings("`x` of 2 or 3")) == ("1", "2", "3")
    assert lost(kept_strings("1 of `x`"), kept_strings("in `x`, 1")) == ()


@given(st.text(alphabet="ab1.`[](){}<>$@/:&;!%^ \n-", max_size=80))
def test_spans_are_in_order_apart_and_hold_every_kept_string(text: str) -> None:
    end = 0
    spans = kept_spans(text, compile_named(["a+"]))
    for start, stop in spans:
        assert end <= start < stop <= len(text)
        end = stop
    assert all(any(start <= match.start() < stop for start, stop in spans) for match in re.finditer(r"a|\d", text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I can't go.", "I cannot go."),
        ("I don't have any.", "I have no such thing."),
        ("He isn’t able to.", "He is unable to."),
        ("It is not possible.", "It is impossible."),
        ("Not only that, but no doubt more.", "That and surely more."),
        ("Nobody came without it.", "No one came, never with it."),
    ],
)
def test_the_same_said_no(one: str, other: str) -> None:
    assert negations(one) == negations(other)
    assert not any("says no" in doubt for doubt in doubts(one, other))


def test_doubts() -> None:
    source = "We will not come to the meeting, since we have too much to do at home this week."
    assert doubts(source, source) == ()
    assert doubts(source, source.replace("not ", "")) == ("it says no 0 times instead of 1",)
    assert doubts(source, "We will not.") == ("it has 3 words instead of 18",)
    assert doubts("Thank you.", "Many thanks to you, my dear.") == ()
    assert doubts("Thank you.", "") == ("it has 0 words instead of 2",)
    assert doubts("When would you go?", "When would you would you go?") == ("it stutters at 'would you'",)
    assert doubts("It was, so to say, so so", "It was, so to say, so so.") == ()  # that it did before
    assert doubts("So it ends..", "So it ends...") == ("it stutters at '...'",)
    assert doubts("Come!", "It's it's own.") == ('it stutters at "it\'s"',)


def test_said_again() -> None:
    assert said_again("Of the day, of the night.") == set()
    assert said_again("The end of the day, at the end of the night.") == {"the end of", "end of the"}
    assert said_again("I can't say", "that I can't say it") == {"i can't say"}
    assert said_again("the dog, who sees the dog who") == {"the dog who"}
    assert said_again("a.b.c + a.b.c", "one, two, three; one, two, three") == set()
