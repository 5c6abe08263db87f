from __future__ import annotations

import re
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.errors import UsageError
from dgcli.text.kept import (
    Facts,
    Names,
    babbles,
    compile_named,
    doubts,
    facts,
    kept_spans,
    kept_strings,
    lost,
    negations,
    said_again,
    stutters,
    swaps,
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("On 3 May 2024 or May 3rd, 2024, in May 2024; you may go.", ["3 May 2024", "May 3rd, 2024", "May 2024"]),
        ("At 10:30 on 2024-05-03 or 3/5/24.", ["10:30", "2024-05-03", "3/5/24"]),
        ("It costs $1,200.50, 12 € or 5%, up −5 to 10–12.", ["$1,200.50", "12 €", "5%", "−5", "10–12"]),
        ("The 1st of 3 mp3s for 5kg, 10am, 0x1F.", ["1st", "3", "mp3s", "5kg", "10am", "0x1F"]),
        ("Version v2.0.1 of B2B, GPT-4.", ["v2.0.1", "B2B", "GPT-4"]),
        ("See https://a.b/c_d(e)?f=1&g#h. Or www.a.org/b!", ["https://a.b/c_d(e)?f=1&g#h", "www.a.org/b"]),
        ("(https://a.b/c), 'https://a.b/d' *https://a.b/e*", ["https://a.b/c", "'https://a.b/d'", "https://a.b/e"]),
        ("Write to a.b+c@d-e.co.uk, or <f@g.h>.", ["a.b+c@d-e.co.uk", "<f@g.h>"]),
        ("Run `a  b` or ``c ` d``, not `open.", ["`a  b`", "``c ` d``"]),
        ("A [link](a_b.html 'of 2 words') and [one](<a b>).", ["](a_b.html 'of 2 words')", "](<a b>)"]),
        ("A [link][ref], [two][] and [three].", ["][ref]", "[two][]", "[three]"]),
        ("![an image of 2](a(b).png) of it", ["![an image of 2](a(b).png)"]),
        ("so @[some film](a_b) is", ["@[some film](a_b)"]),
        ("Notes[^1] and [^long]: more.", ["[^1]", "[^long]:"]),
        ("<b class='x'>bold</b><!-- 1 --> &amp; &#35;", ["<b class='x'>", "</b>", "<!-- 1 -->", "&amp;", "&#35;"]),
        ("As $x_1 + y$ and $$z$$ cost $5 or $10.", ["$x_1 + y$", "$$z$$", "$5", "$10"]),
        ("{{ name }} and {% if %} with {#id .class}", ["{{ name }}", "{% if %}", "{#id .class}"]),
        (r"So \emph{some words} and \cite[p. b]{a} it.", [r"\emph{some words}", r"\cite[p. b]{a}"]),
        (r"A \footnote{note of \textbf{some} words} it.", [r"\footnote{note of \textbf{some} words}"]),
        ("Take [[? as in a[b[0]] ]] or [[?]] it.", ["[[? as in a[b[0]] ]]", "[[?]]"]),
        (
            "As <math>a = b</math> is <nowiki>some [[words]]</nowiki>.",
            ["<math>a = b</math>", "<nowiki>some [[words]]</nowiki>"],
        ),
        ('So "it":https://a.b/c is.', ['"it"', ":https://a.b/c"]),
        ("[ ] to do, [x] done", ["[ ]", "[x]"]),
        ("so \u2067words of it\u2069 and\u200f more", ["\u2067words of it\u2069", "\u200f"]),
        ("A <|turn> and <turn|>, <eos> <|a b> <|>", ["<|turn>", "<turn|>", "<eos>"]),
        ("So ``it is,'' she said, ``and so.''", ["``it is,''", "``and so.''"]),
        ("met (due:: 2024-06-10) and [of:: it]", ["(due:: 2024-06-10)", "[of:: it]"]),
        ("<!here>, <@U12> and <#C1|some words>", ["<!here>", "<@U12>", "<#C1|some words>"]),
        ("the ||killer|| is @some code@ here", ["||", "||", "@some code@"]),
        ("as said.<ref>Smith 2020, p. 3.</ref>", ["<ref>Smith 2020, p. 3.</ref>"]),
        ("C'est vrai\u202f? «\u00a0oui\u00a0»", ["\u202f?", "«\u00a0oui\u00a0»"]),
        ("let x be more than z, u know", ["x", "z"]),
        ("a \x1b[1mbold\x1b[0m word", ["\x1b[1m", "\x1b[0m"]),
        ("Nothing at all, a < b.", []),
        ("It can't be we're well-known, no? So ok... yes/no w/o b/c!", ["yes/no"]),
        # technical strings
        ("See HTTPS://A.B/C, tel:+1234 or doi:10.1000/182.", ["HTTPS://A.B/C", "tel:+1234", "doi:10.1000/182"]),
        ("From user@localhost or git@host:a/b.git to me.", ["user@localhost", "git@host:a/b.git"]),
        ("On example.com/a/b?x=1, foo.example.org.", ["example.com/a/b?x=1", "foo.example.org"]),
        ("At 10.0.0.1:8080, fe80::1 or localhost:80.", ["10.0.0.1:8080", "fe80::1", "localhost:80"]),
        ("In /etc/hosts, ~/.bashrc, ./x, ../y and a/b.c.", ["/etc/hosts", "~/.bashrc", "./x", "../y", "a/b.c"]),
        (
            r"In C:\Users\ada, C:\Program Files\x.exe or \\srv\all.",
            [r"C:\Users\ada", r"C:\Program Files\x.exe", r"\\srv\all"],
        ),
        ("Set rgb(1, 2, x) or %(name)s by ⌘K (tm).", ["rgb(1, 2, x)", "%(name)s", "⌘K", "(tm)"]),
        ("Press <kbd>Alt</kbd> in <code>the file</code>.", ["<kbd>Alt</kbd>", "<code>the file</code>"]),
        ("By J. R. R. Tolkien at 52.5° N.", ["J. R. R. Tolkien", "52.5° N"]),
        ("He said “it goes on, and on", ["“it goes on, and on"]),
        ("Pass --force, -v, --color=always or /Q.", ["--force", "-v", "--color=always", "/Q"]),
        ("Set $HOME, ${HOME} or %PATH%.", ["$HOME", "${HOME}", "%PATH%"]),
        ("In $GIT_DIR/info/some-words, $HOME. or $a.b.", ["$GIT_DIR/info/some-words", "$HOME", "$a.b"]),
        (r"Of %APPDATA%\some\words, and $(pwd)/some.", [r"%APPDATA%\some\words", "$(pwd)/some"]),
        ("By ada@a.b/home or of(x).some(y).words, a->b.c.", ["ada@a.b/home", "of(x).some(y).words", "a->b.c"]),
        ("All src/**/words, some/*.txt and more/*.", ["src/**/words", "some/*.txt", "more/*"]),
        ("It needs words>=1.2,<2 and C-x M-f or Ctrl-x.", ["words>=1.2,<2", "C-x", "M-f", "Ctrl-x"]),
        (
            "Of fooBar, FooBar, foo_bar, FOO_BAR, foo(x), a.b.",
            ["fooBar", "FooBar", "foo_bar", "FOO_BAR", "foo(x)", "a.b"],
        ),
        ("In Foo::bar, x->y, C++, C#, .NET and deadbeef.", ["Foo::bar", "x->y", "C++", "C#", ".NET", "deadbeef"]),
        ("Use v1.2.3-beta.1 of 550e8400-e29b-41d4.", ["v1.2.3-beta.1", "550e8400-e29b-41d4"]),
        ("See #12, GH-77, a/b#12, CVE-2024-1, !5.", ["#12", "GH-77", "a/b#12", "CVE-2024-1", "!5"]),
        ("Ask @octocat, @a/words in #general :tada: now.", ["@octocat", "@a/words", "#general", ":tada:"]),
        ("A 🎉 and 👩\u200d👧 or 👍🏽!", ["🎉", "👩\u200d👧", "👍🏽"]),
        ("Press ++ctrl+c++ or Ctrl+C.", ["++ctrl+c++", "Ctrl+C"]),
        ("Press Ctrl + C or Shift + Alt + F4 now.", ["Ctrl + C", "Shift + Alt + F4"]),
        ("Plan B is at gate B 22, and so am I, OK.", ["B", "B", "22"]),
        ("So plan A is good, and A man got an A.", ["A", "A"]),
        ("Either (a) it goes or (iii) not, as it is (so).", ["(a)", "(iii)"]),
        ("Of foo[0] and word[^1], as in it[so](y).", ["foo[0]", "[^1]", "](y)"]),
        ("So p < .001, or .5 of it, and i.e. 3.", ["p < .001", ".5", "i.e", "3"]),
        ("Ask @ada:matrix.org, or @bob: he knows.", ["@ada:matrix.org", "@bob"]),
        ("So H₂O and r² or ¹⁴C, an A+ and a B-.", ["H₂O", "r²", "¹⁴C", "A+", "B-"]),
        ("See p. 3, Fig. 2a, art. 12(3)(b) and 5(a).", ["p. 3", "Fig. 2a", "art. 12(3)(b)", "5(a)"]),
        ("He is 5 ft 10 in tall, with n = 12 of it.", ["5 ft 10 in", "n = 12"]),
        ("See \\@ref(intro) and B<bold words> and C<x>.", ["\\@ref(intro)", "B<bold words>", "C<x>"]),
        (
            "Say {n, plural, one {# word} other {# words}} {x!r:>3}.",
            ["{n, plural, one {# word} other {# words}}", "{x!r:>3}"],
        ),
        ("Go on -> shaking and <$button a=b>so</$button>.", [" shaking", "<$button a=b>", "</$button>"]),
        (
            "She said &ldquo;so it is&rdquo; &amp; &quot;don't go&quot;.",
            ["&ldquo;so it is&rdquo;", "&amp;", "&quot;don't go&quot;"],
        ),
        ('"These words go on in the next paragraph.', ['"These words go on in the next paragraph.']),
        ("THE BOY'S and BRICK’S room.", ["THE", "BOY'S", "BRICK’S"]),
        ("{==some words==}{>>a remark<<} {++new++}", ["{==some words==}", "{>>a remark<<}", "{++new++}"]),
        ("H~2~O, x^2^ and ==marked words==.", ["H~2~O", "x^2^", "==marked words=="]),
        ("NASA and the PDFs, LOL, ASAP.", ["NASA", "PDFs"]),
        (f"A key {'ab/+' * 10}==.", [f"{'ab/+' * 10}=="]),
        # quantities
        ("5 km, 20 kg/m³, 10 °C, 3 GB at 60 km/h.", ["5 km", "20 kg/m³", "10 °C", "3 GB", "60 km/h"]),
        ("For $5m, 10 million USD, US$ 5 or £3.50.", ["$5m", "10 million USD", "US$ 5", "£3.50"]),
        ("At 5 pm, 5 p.m., 17:30 Uhr or 5 o'clock.", ["5 pm", "5 p.m.", "17:30 Uhr", "5 o'clock"]),
        ("Take ½ or 1½ or 2 ¾ cups.", ["½", "1½", "2 ¾ cups"]),
        ("Call +1 (555) 123-4567 or 030 1234567.", ["+1 (555) 123-4567", "030 1234567"]),
        ("Pay DE89 3704 0044 0532 0130 00.", ["DE89 3704 0044 0532 0130 00"]),
        ("Am 3. Mai 2024, le 3 mai, el 3 de mayo va.", ["3. Mai 2024", "3 mai", "3 de mayo"]),
        ("我们在2024年5月3日用foo_bar函数跑了5公里。", ["2024年5月3日", "foo_bar", "5公里"]),
        ("Sign: ________ here.", ["________"]),
        # speech
        ('He said "so it is", she «oui, «oui»».', ['"so it is"', "«oui, «oui»»"]),
        ("„Ja“, »nein«, ‘don’t go’, 'it isn't'.", ["„Ja“", "»nein«", "‘don’t go’", "'it isn't'"]),
        ("彼は「はい」と『いいえ』", ["「はい」", "『いいえ』"]),
        ("'Twas late, and the dogs' bowl had 'em.", []),
        ("So ![some words][pic] and ![words][].", ["![some words][pic]", "![words][]"]),
        ("The dogs' bowl isn't the cats' bowl, 'cause.", []),
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
    with pytest.raises(UsageError, match="of keep is not"):
        compile_named(["("])


def test_line_ends_in_kept_strings_are_blanks() -> None:
    assert kept_strings("on 3\n  May") == kept_strings("on 3 May")
    assert kept_strings("`a  b`") != kept_strings("`a b`")


def test_lost_are_dropped_and_made_up_strings() -> None:
    assert lost(kept_strings("1, 2 and 2 of `x`"), kept_strings("`x` of 2 or 3")) == ("1", "2", "3")
    assert lost(kept_strings("1 of `x`"), kept_strings("in `x`, 1")) == ()


@pytest.mark.parametrize(
    "character",
    [
        *"aA1 .,:;-_/\\'\"‘“«»「`$%@#&+=~^|*<>()[]{}!?。ก五é",
        "a-",
        "a'",
        "a#",
        "a.",
        "a/",
        "'a ",
        "{==",
        "{{",
        "<!--",
        "1 ",
        "hey a ",
        "A ",
        "``a ",
        "\u00a0",
        "@a ",
    ],
)
def test_no_pattern_takes_for_ever(character: str) -> None:
    """Whatever is repeated, and however often: the time grows as the text does."""
    text = character * (20_000 // len(character))
    before = time.process_time()
    kept_spans(text)
    facts(text)
    stutters(text)
    said_again(text)
    Names.of(text)
    Names.beside(text)
    assert time.process_time() - before < 10


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
        ("i dunno, it wont work w/o it", "I do not know; it will not work without it."),
        ("we're outta milk", "We are without milk."),
        ("Don't forget it.", "Please remember it."),
        ("oh no, no worries", "Well, it is fine."),
    ],
)
def test_the_same_said_no(one: str, other: str) -> None:
    assert negations(one) == negations(other)
    assert not any("says no" in doubt for doubt in doubts(one, other))


@pytest.mark.parametrize(
    ("text", "faithful", "swapped"),
    [
        ("Send it to me.", "Please send it to myself.", "Please send it to him."),
        ("my mom called", "My mother telephoned.", "My father telephoned."),
        ("see u in the morning", "I will see you in the morning.", "I will see you in the evening."),
        ("come after lunch", "Come following lunch.", "Come before lunch."),
        ("all of the cups broke", "Every one of the cups broke.", "Most of the cups broke."),
        ("it is legal", "It is permitted, and legal.", "It is illegal."),
        ("he's unhappy", "He is sad and unhappy.", "He is happy."),
        ("No one knows it.", "It is known to nobody.", "It is known to all."),
    ],
)
def test_a_thing_for_another_of_its_kind_is_in_doubt(text: str, faithful: str, swapped: str) -> None:
    assert not [*swaps(text, faithful)]
    assert [*swaps(text, swapped)] or negations(text) != negations(swapped)
    assert not [*swaps(text, text)]


def test_words_for_something_else_are_named_in_the_order_of_the_texts() -> None:
    assert [*swaps("You lost it.", "We lost it.")] == [("you", "we")]
    assert [*swaps("We lost it.", "You lost it.")] == [("we", "you")]
    assert doubts("It was legal.", "It was illegal.") == ("it says 'illegal' instead of 'legal'",)


@given(st.text(alphabet="aimewous' ’", max_size=30), st.text(alphabet="aimewous' ’", max_size=30))
def test_a_text_that_only_loses_or_gains_words_has_no_swaps(text: str, more: str) -> None:
    assert not [*swaps(text, f"{text} {text}")]
    assert {pair[::-1] for pair in swaps(text, more)} == {*swaps(more, text)}


def test_a_full_stop_behind_a_unit_is_no_fact() -> None:
    assert not Facts.of("come at 3 pm, it's 5 ft").changed_in("It is 5 ft. Please come at 3 pm.")


def test_a_name_may_get_its_capital() -> None:
    named = Names.of("hey omar, is it done?").pattern()
    assert named is not None
    known = Facts.of("hey omar, is it done?", (named,))
    assert not known.changed_in("Dear Omar, is it done?")
    assert known.changed_in("Dear Omar, is it done, Omar?")
    assert known.changed_in("Dear Tom, is it done?")


def test_bucks_are_dollars_and_twice_is_two_times() -> None:
    assert not Facts.of("it cost me 15 bucks, twice").changed_in("It cost me 15 dollars on two occasions.")


def test_doubts() -> None:
    source = "We will not come to the meeting, since we have too much to do at home this week."
    assert doubts(source, source) == ()
    assert doubts(source, source.replace("not ", "")) == ("it says no 0 times instead of 1",)
    assert doubts(source, "We will not.") == ("it has 3 words instead of 18",)
    assert doubts("Thank you.", "Many thanks to you, my dear.") == ()
    assert doubts("Thank you.", "") == ("it has 0 words instead of 2",)
    assert doubts("It is bad luck.", "It is a load of shit.") == ("it swears ('shit')",)
    assert doubts("It is a load of shit.", "It is Shit.") == ()
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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("two of them by friday", "2 of them by Friday"),
        ("twenty-five or two hundred and five", "25 or 205"),
        ("a dozen of them, the third", "12 of them, the 3rd"),
        ("send the pdf to maria", "Send the PDF to Maria"),
        ("no one knows one of them", "Nobody knows any of them"),
        ("see it today, or on friday", "SEE IT TODAY, OR ON FRIDAY"),
        ("half of it tmrw", "½ of it tomorrow"),
        ("1,500 people came", "1500 people came"),
    ],
)
def test_the_same_facts_however_they_are_written(before: str, after: str) -> None:
    assert Facts.of(before).changed_in(after) == ()


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("two of them", "three of them", ("2", "3")),
        ("by friday", "by then", ("friday",)),
        ("come soon", "come tomorrow", ("tomorrow",)),
        ("it is 5 km away", "it is 5 miles away", ("5 km", "5 miles")),
        ("one and one, 7 and 7", "two and 7", ("7", "2")),  # how often counts
        ("ask him", "ask Omar", ("Omar",)),
        ("see the page", "see a.b/c", ("a.b/c",)),
        ("see it", "see NASA", ("NASA",)),
    ],
)
def test_facts_that_are_lost_or_made_up(before: str, after: str, changed: tuple[str, ...]) -> None:
    assert Facts.of(before).changed_in(after) == changed


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("hey bob, can u call?", {"bob"}),
        ("hey bob can u call?", {"bob"}),
        ("hey bob, quick question", {"bob"}),
        ("hi bob and maria! all well?", {"bob", "maria"}),
        ("Dear Ms Smith, thank you.", {"smith"}),
        ("Sehr geehrte Frau Müller, danke.", {"müller"}),
        ("Bonjour Jean-Luc, merci.", {"jean-luc"}),
        ("we met mr jones and Dr. Lee", {"jones", "lee"}),
        ("thanks bob!", {"bob"}),
        ("See you soon. Cheers, anna", {"anna"}),
        ("that is all. - anna", {"anna"}),
        ("so we asked Anna Lee of Paris about it", {"anna", "lee", "paris"}),
        *((text, set()) for text in ("hi all, so", "hey, can you", "hi there!", "hey quick question", "hey what's up")),
        *((text, set()) for text in ("Hello again. Words follow. The end.", "thanks again!", "hi just checking in")),
    ],
)
def test_a_text_shows_its_names(text: str, names: set[str]) -> None:
    assert Names.of(text).in_any_case == names


def test_names_that_are_words_are_kept_as_they_are_written() -> None:
    pattern = Names.of("Hi Will, will you come?").pattern()
    assert pattern is not None
    assert pattern.findall("Will will come") == ["Will"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ada Lovelace wrote it.", ["Ada Lovelace"]),
        ("(Ada Lovelace) said it.", ["Ada Lovelace"]),
        ("we went to New York and to the World Bank.", ["New York", "World Bank"]),
        ("we met O'Brien, van der Berg and de la Cruz there.", ["O'Brien", "van der Berg", "de la Cruz"]),
        ("it was said by (Ada) and by *Bob* to all of us.", ["Ada", "Bob"]),
        ("Yesterday Bob came. Unfortunately Carol did not.", ["Bob", "Carol"]),
        (
            "so he is at the University of London and at the Bank of the South",
            ["University of London", "Bank of the South"],
        ),
        ("Present: Ada, Bob and Carol", ["Ada", "Bob", "Carol"]),
        ("Ada, Bob and Carol", ["Ada", "Bob", "Carol"]),
        ("Well, Bob came. Note: This is it.", ["Bob"]),
        ("When it rains we stay. Old habits die hard.", []),
    ],
)
def test_names_of_several_words_stay_whole(text: str, names: list[str]) -> None:
    pattern = Names.of(text).pattern()
    assert (pattern.findall(text) if pattern else []) == names


def test_headers_and_signatures_show_names() -> None:
    assert Names.beside("From: Anna Lee <al@b.c>\nSubject: Words\n").in_any_case == {"anna", "lee"}
    assert Names.beside("Best,\nBob\n").in_any_case == {"bob"}
    assert Names.beside("hi maria,\r\n").in_any_case == {"maria"}
    assert Names.beside("Dear Dr. Lee and Bob!\n").in_any_case == {"lee", "bob"}
    assert not Names.beside("Hello World!\nHi there,\nhello x = 1;\n").in_any_case


def test_titles_stay_with_names() -> None:
    pattern = Names.of("hey smith, come").pattern()
    assert pattern is not None
    assert Facts.of("hey smith, come", [pattern]).changed_in("Dear Mr Smith, come") != ()


@pytest.mark.parametrize("word", ["bandband", "acceptableable", "hahahaha"])
def test_letters_repeated_within_a_word_are_a_stutter(word: str) -> None:
    assert doubts("The music was good.", f"The {word} was good.") == (f"it stutters at {word!r}",)
    assert doubts(f"The {word} was good.", f"A {word} was nice.") == ()


@pytest.mark.parametrize("word", ["murmur", "papa", "couscous", "singing", "alfalfa", "barbarian", "assessment"])
def test_words_that_are_no_stutter(word: str) -> None:
    assert stutters(f"The {word} was good.") == set()


def test_another_script_or_a_lone_bracket_is_a_doubt() -> None:
    assert doubts("我们今天去公园散步吧", "we go to the park for a walk") != ()
    assert doubts("We go (so they say).", "We go so they say).") == ("it has other brackets or quotation marks",)
    assert doubts("We go :)", "We are going.") == ()


@pytest.mark.parametrize("text", ["see the [the letter](x)", "it is *is* late", "he came (came by bus)"])
def test_words_that_stand_twice_are_seen_through_what_opens_between_them(text: str) -> None:
    assert stutters(text)


@pytest.mark.parametrize(
    "text",
    [
        "I hope my apology. you, but I hope it all. I hope you to the the the the the you you will to see the roof.",
        "I hope you see it. I hope you see it. I hope you see it. I hope you see it.",
    ],
)
def test_a_text_that_is_stuck_in_a_few_words_is_told(text: str) -> None:
    assert babbles(text)


@pytest.mark.parametrize(
    "text", ["Ha ha ha!", "It was very very old and had had a roof.", "We walked and walked, and then we sat down.", ""]
)
def test_what_is_said_twice_may_be_meant(text: str) -> None:
    assert not babbles(text)


def test_a_rewrite_that_forgets_says_no_once_more() -> None:
    """`forget to`, `fail to` and `refuse to` say that something is not done."""
    before = "just wanted to let you know i can't make it on tuesday."
    assert doubts(before, "I have forgotten that I cannot make it on Tuesday.") == ("it says no 2 times instead of 1",)
    assert doubts("i forgot to send it.", "I did not send it.") == ()
    assert doubts("don't forget the keys!", "Please remember the keys.") == ()
