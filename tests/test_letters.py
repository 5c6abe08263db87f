"""Mail, commit messages and plain text: what is not the writer's own prose passes through, however it is read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgcli.text.blocks import Prose, chunks, pieces
from dgcli.text.blocks.endings import Stretch, with_endings
from dgcli.text.blocks.lines import split_lines
from tests.test_blocks import other_words, restyled

FORMATS = ("text", "markdown", "auto")
OWN = "These are words of the writer that may well be said in another way.\n"


def rewritten(text: str, format: Any) -> list[str]:
    """The lines of a text that are prose, without blank ones."""
    found = (piece for chunk in chunks([text], format) for piece in pieces(chunk) if isinstance(piece, Prose))
    return [line for piece in found for line in split_lines(piece.source)]


# --- Passages that end, so that what follows is prose again

PASSAGES = {
    "a remark of a program": "/**\n * these are words of a remark here\n *\n * @param x words of it\n */\n",
    "a docstring": '"""\nthese are words of a docstring\n\nand more of these words\n"""\n',
    "code of Jira": "{code:title=Words.java}\nthese are words of code\n\nand more of these words\n{code}\n",
    "words of others in Jira": "{quote}\nthese are words of others\n\nand more of these words\n{quote}\n",
    "a macro of TiddlyWiki": "\\define words(of it)\nthese are words of a macro\n\nand more of these words\n\\end\n",
    "entries of YAML": "  - name: install the words of it\n    apt:\n      name: words\n  # a remark of words here\n",
    "a section of numpydoc": "Returns\n-------\nm : ndarray of words\n    These are the words of it here.\n",
    "what the kernel prints": " BUG: KASAN: words of it in foo+0x12/0x40\n Read of the words by task words/123\n",
    "a song with chords above it": "C        G\nsome words of a song here\nF        C\nand more words of the song\n",
    "a song with chords in it": "[C]some words of a [G]song that goes on\n[F]and more words of the [C]song\n",
    "verse": '"The time of some words has come,\n    to talk of many things,\nof the shoes and the ships,\n'
    '    of the cabbages and the kings"\n',
    "a stanza": "Two roads of words went on in a wood,\nAnd I could not say both of the words\n"
    "And be one speaker, and long I stood\nAnd looked at words as well as I could,\n",
    "a chat that begins with no speaker": "12/06/2024, 10:11 - Messages of words are encrypted.\n"
    "12/06/2024, 10:12 - Ada: these are words of hers\n",
    "an entry of a chat with several paragraphs": "12/06/2024, 10:11 - Ada: these are words of hers\n\n"
    "and more of these words\n\nand more\n12/06/2024, 10:12 - Bob: these are words of his\n",
    "a chat of Discord as it is exported": "[12-Jun-24 10:11 AM] ada#1234\nthese are words of hers that go on\n",
    "a chat of Slack": "Ada Lovelace\n  10:20 AM\nthese are words of hers that go on\n",
    "a chat of Slack with emoji behind a name": "Ada Lovelace:palm_tree:  10:20 AM\nthese are words of hers\n",
    "a name, a time and what was said": "Ada Lovelace (10:11:12): these are words of hers\n",
    "who came and when": "10:11 Ada joined the channel of all of these words\n",
    "times and what was said": "0:03\nthese are words that a machine has heard\n0:07\nand more of these words\n",
    "what was marked in a book": "Words of it (Ada)\n- Your Highlight on page 12 | Added on Tuesday 10:11:12 AM\n",
    "blocks of Textile": "bc. these are words of some code\nand more of these words\n\n"
    "pre(words). these are words\n   as they stand, all of them\n",
    "rows of cells": "What is it of the words?;Words, of course\nWho wrote these words?;Ada did\nwho;some words\n",
    "rows of more cells": "name,age of it,city\nBob,12 years,Paris in spring\nAnn,13 years,London of old\n",
    "words to learn": "bonjour = hello to you all\nau revoir = see you again then\n",
    "words to learn, with dashes": "bonjour - hello to you all\nau revoir - see you again then\nmerci - thanks a lot\n",
    "code of a wiki": "<code bash>\nthese are words of code\n\nand more of these words\n</code>\n",
    "a head of a table of DokuWiki": "^ Head of words ^ Other of words ^\n| some of words | other words |\n",
    "who commented on GitHub": "@ada commented on this pull request.\n",
    "who commented on GitHub, and where": "*ada* left a comment (words/of-it#12)\n",
    "words of others as a chat has them": "&gt; these are words of others\n&gt; and more of these words\n",
    "a chat of a conference": "10:11:12 From Ada of Words to Everyone: these are words of hers\n"
    "10:12:13 From Bob to Ada(Direct Message): these are words of his\n",
    "a name, what was said, and when": "Ada Lovelace\nthese are words of hers that go on\n3 Jun 2024, 10:11\n",
    "a greeting": "Dear Mr Builder of Words,\n",
    "a greeting with titles": "Dear Prof. Dr. Builder of Words:\n",
    "a greeting with initials": "Dear Mr. J. R. Builder,\n",
    "a time, a date and a speaker": "[10:11, 6/3/2024] bob: these are words of his that go on\n",
    "a date and a number": "3/6/24, 10:11 - +49 170 1234567: these are words of theirs\n",
    "where an answer goes": "##- Please type your reply above this line of words -##\n",
    "where mail of strangers comes from": "CAUTION: This email originated from outside of the words. Do not\n"
    "click on any of these words unless you know them\n",
    "why somebody has a message": "Reply to this email directly, view some words, or leave.\n"
    "You are receiving this because of some words.\n",
    "what was taken out of a letter": "An HTML attachment of words was scrubbed...\n",
    "who has sent a message": "This email is a service from Words of Ada.\n",
    "a part of a song": "[Verse 1]\nthese are some words of a song\n",
    "rows of two cells": 'name,words of it\nbob,"some words, of it."\nann,"more words of it"\n',
    "a greeting of several": "Sehr geehrte Damen und Herren,\n",
    "a reference of engineers": "[1] A. Lovelace, “Words of it,” in Proc. of Words, 1843, pp. 12–34.\n",
    "a reference of physicians": "Builder B, Smith C. Words of it. Nature. 2020;123(4):56-78.\n",
    "a reference to a book": "Knuth, Donald E. The Art of Words. Addison-Wesley, 1968.\n",
    "what a tracker closes": "Fixes #123, refs owner/repo#45 and closes https://example.org/issues/6\n",
    "options": "  -h, --help  show some words of help\n  --all WORDS\n",
    "what vim is told": " vim:tw=78:ts=8:noet:ft=help:norl: some words\n",
    "characters as Unicode lists them": "0250..02AF; IPA Extensions of words\n",
    "a licence with its end": "TERMS AND CONDITIONS FOR USE\n\n   1. Words shall mean the words.\n\n"
    "END OF TERMS AND CONDITIONS\n",
    "a name below a rule": "---\nAda Lovelace\nSenior Engineer who likes words\n",
    "how a command is used": "usage: words [-h] [--all] file of words\n",
    "what Emacs is told": "-*- mode: text; words: of it -*-\n",
    "boxes that hang together": "+-------+     +-------+\n| words | --> | of it |\n+-------+     +-------+\n    |\n"
    "  some words of a box\n",
    "a chat of several lines": "12/03/2024, 10:11 - Ada: these are words of hers\nand more of these words\n"
    "12/03/2024, 10:12 - Messages of words are encrypted.\n",
    "who speaks and when": "Speaker 1 (00:05):\nthese are words that a machine has heard\n",
    "what a tracker of bugs writes": "(In reply to Ada of the words from comment #3)\n",
    "the footer of a list": "_______________________________________________\nsome words mailing list\n"
    "words@example.org\n",
    "the subject of a letter that is answered": "   1. Re: some words of a subject (Ada of words)\n",
    "armour": "-----BEGIN PGP MESSAGE-----\n\nthese words are in some armour\n-----END PGP MESSAGE-----\n",
    "a key": "-----BEGIN RSA KEY-----\nProc-Type: 4\n\nAAAA words of BBBB\n-----END RSA KEY-----\n",
    "quoted armour": "> -----BEGIN PGP MESSAGE-----\n>\n> words of some armour here\n> -----END PGP MESSAGE-----\n",
    "clearsigned": "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nthese are words that were signed\n\n- -- \n"
    "and more\n"
    "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAd\n-----END PGP SIGNATURE-----\n",
    "uuencode": "begin 644 words of a file.txt\nM96YC;V1E9 words of it\n`\nend\n",
    "a calendar": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:words of an event\n\n folded words of it here\nEND:VEVENT\n"
    "END:VCALENDAR\n",
    "a card": "BEGIN:VCARD\nFN:Ada of the many words\nNOTE:words of a note here\nEND:VCARD\n",
    "a page": "<html>\n<body>\n\nwords of a page of HTML\n\n</body>\n</html>\n",
    "a query": "SELECT some, words FROM table\nWHERE words = 'of it';\n",
    "what cron runs": "0 5 * * 1 tar -c /home/ some words\n*/5 1-3 * * * /usr/bin/some words of it\n",
    "the head of a Debian changelog": "foo (1.0-1) unstable; urgency=medium\n",
    "commands": "git commit -m 'some words of it'\nsudo apt install words of it\n",
    "statements": "import words\nwords = some(more, words)\nprint(words)\n",
    "the head of a commit": f"tree {'1' * 40}\nparent {'2' * 40}\nauthor Ada of words <a@b.c> 1717401072 +0200\n"
    "committer Ada of words <a@b.c> 1717401072 +0200\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQEz words of it\n"
    " -----END PGP SIGNATURE-----\n",
    "a patch of git": "diff --git a/x b/x\nindex 123..456 100644\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@ words of it\n"
    " words that stay\n"
    "\n-words that were here\n+words that are here\n",
    "a unified diff": "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-words that were here\n+words that are here\n"
    "\\ No newline at end of file\n",
    "a patch of Subversion": "Index: words/file.c\n"
    + "=" * 67
    + "\n--- words/file.c\t(revision 1)\n+++ words/file.c\t(working copy)\n"
    "@@ -1 +1 @@\n-words that were here\n+words that are here\n",
    "a patch of Mercurial": "# HG changeset patch\n# User Ada of the words\n# Date 1 0\n\n"
    "diff -r 123456 words.c\n--- a/words.c\n+++ b/words.c\n"
    "@@ -1,1 +1,1 @@\n-words that were here\n+words that are here\n",
    "a context diff": "*** words.c\t2024\n--- words.c\t2024\n***************\n*** 1,2 ****\n  words that stay here\n"
    "! words of the old\n"
    "--- 1,2 ----\n  words that stay here\n! words of the new\n",
    "a plain diff": "3c3\n< words that were here before\n---\n> words that are here now\n",
    "a merge's diff": "diff --cc words.c\nindex 1,2..3\n--- a/words.c\n+++ b/words.c\n@@@ -1,1 -1,1 +1,1 @@@\n"
    "- words of one\n -words of two\n"
    "++words of the merge\n",
    "a fence": "```\nwords of some code here\n\nand more words of it\n```\n",
    "a table": "Name of it | Age of it | City of it\n---|---|---\nwords of it | 12 years | Paris in spring\n",
    "HTML": "<div>\nwords of some HTML here\n</div>\n",
    "a comment": "<!-- words of it\n\nand more words of a comment -->\n",
    "indented code": "    some words of code here\n    and more words of code\n",
    "a target": '[the label]: https://example.com/a "words of a title"\n',
    "a heading": "## Some words of a heading\n",
    "a drawn table": "+--------------+-------+\n| words in it  | of it |\n+--------------+-------+\n",
    "columns": "Name      Age of it   City of residence\nBob       12 years    Paris in the spring\n",
    "a drawing": "  /\\_/\\   some words of a cat\n ( o.o )  more words of a cat\n  > ^ <\n",
    "boxes": "┌────────────────┐\n│ words of a box │\n└────────────────┘\n",
    "headers": "Subject: words of a subject that\n goes on in a folded line\nX-Words-Of-It: more of the words\n",
    "headers by their shape": "Auto-Submitted: words of a header\n",
    "headers in another language": "Betreff: Worte eines Betreffs\nGesendet: Montag, der dritte Juni\n",
    "speakers": "Bob: are you coming to the party tonight\nAnn: that I am, with some friends\n",
    "speakers in small letters": "bob: are you coming to the party tonight\n@ann (work): that I am, with some friends\n"
    "    and more of them\n",
    "speakers in bold": "**bob:** are you coming to the party\n**ann:** that I am with friends\n",
    "speakers in brackets": "[bob] are you coming to the party\n[ann] that I am with friends\n",
    "speakers before a bracket": "bob > are you coming to the party\nann > that I am with friends\n",
    "a time and a speaker": "[12:01 PM] bob: are you coming to the party tonight\n",
    "a date and a speaker": "1/2/24, 12:01 - Bob Builder: are you coming to the party tonight\n",
    "a speaker above": "bob — Today at 12:01 PM\nare you coming to the party tonight\nor are you not\n",
    "who came": "--> ann has joined all of us here\n",
    "a chat": "<bob> are you coming to the party\n<ann> that I am with friends\n",
    "a quotation": "> words that were written by others\n> and more of their words\n",
    "a quotation of a quotation": "> > words that were written by others\n>\n> and more of their words\n",
    "a quotation with a name": "bob> words that were written by others\nbob> and more of their words\n",
    "a quotation with bars": "| words that were written by others\n| and more of their words\n",
    "a quotation with colons": "Bob wrote:\n: words that were written by others\n: and more of their words\n",
    "who wrote": "On Mon, 3 Jun 2024 at 10:11, Bob Builder with a long name\n<bob@example.org> wrote:\n\n"
    "> words of Bob are here\n",
    "a log": "Jun  3 10:11:12 host sshd[123]: words of a log are here\n"
    "Jun  3 10:11:13 host sshd[123]: and more of them\n",
    "a console": '$ git commit -m "words of a commit"\n[main 123] words of a commit are here\n',
    "Python's console": '>>> print("words that are printed")\nthe words that are printed\n',
    "a traceback": 'Traceback (most recent call last):\n  File "words.py", line 1, in words of it\n'
    "ValueError: words of an error are here\n",
    "Java's traceback": "Exception in thread main of the words\n\tat words.of.Main(Main.java:1)\n",
    "encoded words": "the caf=C3=A9 is open on monday, and we should all =\ngo there, as it is so nice\n",
    "a footer": "To unsubscribe from all these words, go to https://example.com/leave or ask us.\n",
    "an address": "https://example.com/words/of/an/address\n",
    "a shape of git": "This reverts commit 0123456789abcdef0123456789abcdef01234567, of which words are here.\n",
    "trailers": "Reported-by: Some Body Else <body@example.org>\n  and words in a line that goes on\n"
    "Fixes: words of a thing\n",
    "git's comments": "# Please enter the words of a message. Lines that begin\n"
    "# with this are left out of the words.\n#\n#\tmodified:   words of it\n",
    "a shell's program": 'set -e\nfor word in some words; do\n  echo "$word of it"\ndone\n',
    "a function": "/// Adds some words to what there is.\npub fn add(words: &str) -> i32 {\n    some_words(words)\n}\n",
    "a class": 'class Words\n  def some\n    puts "some words of it"\n  end\nend\n',
    "a block of settings": "server {\n    listen some words of it;\n}\n",
    "a rule of make": "build: some words of it\n\tcp some words of it\n",
    "a notice of copyright": "Copyright (c) 2024 Somebody of the words\nAll rights reserved, and some words.\n",
    "a licence": "Permission is hereby granted, free of charge, to any person with words.\n",
    "terms": "This program is distributed in the hope that it has words, but WITHOUT ANY WARRANTY.\n",
    "a list to rebase": "pick 1234567 words of a commit are here\nexec make the words of it\n",
}
# What has no end: all that follows is of the same kind.
ENDLESS = {
    "a signature": "-- \nAda of the many words\n",
    "a signature without its blank": "--\nAda of the many words\n",
    "what git cuts off": "# ------------------------ >8 ------------------------\n# words of git are here\n",
    "an original message": "-----Original Message-----\nFrom: Bob of the words\nSent: Monday of the words\n"
    "\nwords of Bob are here\n",
    "what was sent on": "Begin forwarded message:\n\n> From: Bob of the words\n\nwords of Bob are here\n",
    "Outlook's rule": "________________________________\nVon: Bob of the words\nGesendet: Montag der Worte\n\n"
    "words of Bob are here\n",
    "Outlook's rule below where it was sent from": f"Get Outlook for iOS\n{'_' * 32}\nFrom: Bob of the words\n"
    "Sent: Monday of the words\n\nwords of Bob are here\n",
    "unmarked words": "Am Mo., 3. Juni 2024 um 10:11 Uhr schrieb Bob <bob@example.org>:\n\nwords of Bob are here\n",
    "a damaged patch": "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a line that was broken by\na mail program, of words\n",
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("passage", [*PASSAGES.values(), *ENDLESS.values()], ids=[*PASSAGES, *ENDLESS])
def test_a_passage_passes_through_whatever_the_text_is_read_as(passage: str, format: Any) -> None:
    for text in (f"{OWN}\n{passage}", f"Dear John,\n\n{OWN}\n{passage}\n", f"{OWN}\n{passage}".replace("\n", "\r\n")):
        assert [line.rstrip() for line in rewritten(text, format)] == [OWN.rstrip()]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("passage", PASSAGES.values(), ids=PASSAGES)
def test_what_follows_a_passage_is_prose(passage: str, format: Any) -> None:
    assert rewritten(f"{OWN}\n{passage}\n{OWN}", format) == [OWN, OWN]


@pytest.mark.parametrize("format", FORMATS)
def test_who_says_a_paragraph_stays_and_nothing_hangs_below_it(format: Any) -> None:
    """However long the words become; a name in a sentence, or more words before a colon, are the writer's."""
    text = f"bob: {OWN}\nAnn Smith (work): {OWN}\nI have one question: {OWN}"
    first, second, third = restyled(text, lambda words: f"{words} {words} of it", format).split("\n\n")
    words = OWN.strip()
    assert first == f"bob: {words} {words} of it"
    assert second == f"Ann Smith (work): {words} {words} of it"
    assert third.split() == f"I have one question: {words} I have one question: {words} of it".split()


def test_what_is_indented_below_the_heading_of_a_wiki_stays_as_it_stands() -> None:
    text = f"== Some heading ==\n\n{OWN}\n some words that stand as they are\n\n * an item of some words\n"
    assert rewritten(text, "text") == [OWN, " * an item of some words\n"]
    assert " some words that stand as they are\n" in rewritten(text, "markdown")


@pytest.mark.parametrize(
    "heading", ["Status of This Memo", "Grandma's Apple Pie", "Steps to Reproduce:", "2.1. Words of it"]
)
def test_a_line_of_words_with_capitals_is_a_heading_of_a_text(heading: str) -> None:
    assert rewritten(f"{OWN}\n{heading}\n\n{OWN}", "text") == [OWN, OWN]


@pytest.mark.parametrize(
    "line",
    [
        "Then Bob came to see us",
        "Bob and Carol went home.",
        "we saw Ada Lovelace in New York",
        "今天天气很好，我们去公园",
    ],
)
def test_a_sentence_with_names_is_no_heading(line: str) -> None:
    assert rewritten(f"{OWN}\n{line}\n\n{OWN}", "text") == [OWN, f"{line}\n", OWN]


@pytest.mark.parametrize("format", FORMATS)
def test_who_has_said_what_stands_above_stays_on_its_line(format: Any) -> None:
    text = "some wise words that were said once\n— Ada Lovelace\n"
    assert restyled(text, other_words, format).endswith("\n— Ada Lovelace\n")
    assert restyled(text, other_words, format) != text


@pytest.mark.parametrize("format", FORMATS)
def test_lines_that_end_in_several_ways_stay_as_they_are(format: Any) -> None:
    text = "some words of a line here\r\nand more words of another\nand words of the last one.\r\n"
    assert rewritten(text, format) == []
    assert rewritten(text.replace("\r", ""), format) != []


def test_boxes_to_be_ticked_are_items_of_a_list() -> None:
    text = "[ ] send some words to all of them\n[x] book some room of many words\n"
    assert rewritten(text, "text") == text.splitlines(keepends=True)
    assert [line[:4] for line in restyled(text, other_words, "text").splitlines()] == ["[ ] ", "[x] "]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "line",
    [
        "Smith, J. & Doe, A. (2020), A paper of some words, Journal of Words, 12(3), 45-67.",
        "- *The words of it* (2019). *Title of some book*. Publisher of words, pp. 12-34. doi:10.1000/182",
        "Smith, John. The Words of the Sea. London: Penguin, 1999.",
        'Doe, Jane. "The grey of the words." Journal of Words 12 (2001): 34-56.',
        "[1] Lovelace A. 1843. Notes of some words on the engine.",
        "CONFIDENTIALITY NOTICE: These words may be privileged.",
        "This e-mail and any words in it are strictly confidential.",
        "Diese E-Mail ist vertraulich und nur für solche Worte bestimmt.",
        "Redistributions in binary form must have some words.",
        "This e-mail of some words is for the intended recipient only.",
    ],
)
def test_references_and_notices_hold_as_they_are_written(line: str, format: Any) -> None:
    assert rewritten(f"{OWN}\n{line}\n\n{OWN}", format) == [OWN, OWN]


def test_a_sentence_with_a_year_is_no_reference() -> None:
    for text in (
        "Ada wrote (as in 1843) that some words of it were right.\n",
        "Well, Bob. It was in the old London of 1999, as some words say.\n",
    ):
        assert rewritten(text, "text") == [text]


def test_a_task_stays_on_its_line() -> None:
    task = "x 2024-06-02 2024-06-01 buy some words of a kind for all of them +shopping @store\n"
    found = restyled(task, lambda text: text.replace("some words", "more words of more kinds than there were"), "text")
    assert found == task.replace("some words", "more words of more kinds than there were")


def test_no_line_of_a_letter_begins_as_a_letter_of_a_mailbox_does() -> None:
    """But where it did before."""
    words = "some words of it that are here. " * 3
    text = f"{words}\n{words}\n\nFrom {words}\n"
    for new in ("From here we go on", f"{'word ' * 14}From here we go on to there and From here"):
        result = restyled(text, lambda _, new=new: new, "text")
        assert {line for line in result.split("\n") if line.startswith("From ")} <= {result.split("\n")[-2]}
    assert restyled(text, lambda _: "From here we go on", "text").endswith("\n\nFrom here we go on \n")


@pytest.mark.parametrize("format", FORMATS)
def test_code_behind_a_remark_goes_on_in_no_list(format: Any) -> None:
    """What a remark's lines begin with is no list's mark."""
    text = f"{OWN}\n{PASSAGES['a remark of a program']}\n{PASSAGES['indented code']}\n{OWN}"
    assert rewritten(text, format) == [OWN] * 2


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("passage", ENDLESS.values(), ids=ENDLESS)
def test_nothing_follows_what_has_no_end(passage: str, format: Any) -> None:
    assert rewritten(f"{OWN}\n{passage}\n{OWN}", format) == [OWN]


@st.composite
def letters(draw: st.DrawFn) -> tuple[str, int]:
    """A text of the writer's words, as many times as said, and passages that are none."""
    parts = draw(st.lists(st.sampled_from([OWN, *PASSAGES.values()]), min_size=1, max_size=8))
    start = draw(st.sampled_from(["", "Dear John,\n\n", "Subject: words of a subject\nTo: all of the words\n\n"]))
    end = draw(st.sampled_from(["", *ENDLESS.values()]))
    return start + "\n".join([OWN, *parts, OWN, end]), parts.count(OWN) + 2


@settings(max_examples=60)
@given(letters(), st.sampled_from(FORMATS))
def test_only_the_words_of_the_writer_are_rewritten(letter: tuple[str, int], format: Any) -> None:
    text, times = letter
    assert rewritten(text, format) == [OWN] * times
    result = restyled(text, other_words, format)
    changed = other_words(OWN.strip())
    assert changed != OWN.strip()
    assert " ".join(result.split()) == " ".join(text.replace(OWN.strip(), changed).split())


# --- Mail in parts


def mail(body: str, head: str = "") -> str:
    return f"From: ada@example.org\nSubject: words of a subject\nMIME-Version: 1.0\n{head}\n{body}"


PLAIN = 'Content-Type: text/plain; charset="utf-8"\n'


@pytest.mark.parametrize(
    "part",
    [
        f"{PLAIN}Content-Transfer-Encoding: quoted-printable\n\nthese words are encoded, and one cannot see it\n",
        f"{PLAIN}Content-Transfer-Encoding: BASE64\n\nthese words take the place of codes\n",
        "Content-Type: text/html\n\n<p>words of a page\n\nand more of its words</p>\n",
        'Content-Type: application/json;\n name="words.json"\n\n{"words": "of it"}\n\nand more of these words\n',
        f"{PLAIN}Content-Disposition: attachment\n\nthese words are in a file\n",
        "Content-Type: message/rfc822\n\nFrom: bob@example.org\nSubject: words of Bob\n\nmore words of Bob are here\n",
    ],
)
def test_a_part_that_is_no_plain_text_is_left(part: str) -> None:
    head, _, body = part.partition("\n\n")
    assert rewritten(mail(body, f"{head}\n"), "auto") == []
    text = mail(
        f"words for programs that are too old\n\n--a=_b\n{PLAIN}\n{OWN}\n--a=_b\n{part}\n--a=_b\n\n"
        f"{OWN}\n--a=_b--\nwords at the end of it\n",
        'Content-Type: multipart/mixed;\n boundary="a=_b"\n',
    )
    for format in FORMATS:
        assert rewritten(text, format) == [OWN, OWN]


def test_all_that_a_signature_is_about_is_left() -> None:
    inner = f"--in\n{PLAIN}\nwords that were signed are here\n--in--\n"
    text = mail(
        f"--out\nContent-Type: multipart/mixed; boundary=in\n\n{inner}\n--out\n{PLAIN}\n"
        f"words of a signature are here\n--out--\n",
        "Content-Type: multipart/signed; boundary=out\n",
    )
    for format in FORMATS:
        assert rewritten(text, format) == []


def test_each_message_of_a_mailbox_begins_anew() -> None:
    line = "From ada@example.org Mon Jun  3 10:11:12 2024\n"
    encoded = f"{PLAIN}Content-Transfer-Encoding: base64\n"
    signed = f"{mail(OWN)}-- \nwords of a signature\n\n"
    text = "".join(line + each for each in (mail("words\n\n", encoded), signed, mail(f">From the words of it, {OWN}")))
    text += f"\n{OWN}"
    for format in FORMATS:
        assert rewritten(text, format) == [OWN, OWN]


# --- Lines of mail programs, in many languages

SENT_FROM = """\
Sent from my iPhone of words
Get Outlook for Android and others
Sent with Proton Mail secure email.
Von meinem iPhone aus gesendet
Gesendet mit der GMX Mail App
Envoyé de mon iPhone à moi
Télécharger Outlook pour iOS
Enviado desde mi iPhone aquí
Enviado do meu iPhone aqui
Inviato da iPhone di casa
Verstuurd vanaf mijn iPhone
Skickat från min iPhone
Sendt fra min iPhone her
Wysłane z mojego iPhone'a
Отправлено с моего iPhone
从我的 iPhone 发送 of some words
words of an iPhoneから送信
נשלח מה-iPhone שלי of words
\u200fتم الإرسال من iPhone of words
Poslano s mojega iPhonea here
Virus-free. www.avast.com is of words
Livre de vírus. www.avast.com de palavras"""


@pytest.mark.parametrize("line", SENT_FROM.split("\n"))
def test_lines_that_say_where_a_letter_was_sent_from(line: str) -> None:
    for format in FORMATS:
        assert rewritten(f"{OWN}\n{line}\n", format) == [OWN]


ATTRIBUTIONS = """\
On 6/3/24 10:11, Bob of the words wrote:
On Mon, Jun 3, 2024 at 10:11 AM Bob Builder <bob@example.org> wrote:
Am 03.06.24 um 10:11 schrieb Bob Baumeister:
Le lun. 3 juin 2024 à 10:11, Bob <bob@example.org> a écrit :
El lun, 3 jun 2024 a las 10:11, Bob (<bob@example.org>) escribió:
Em seg., 3 de jun. de 2024 às 10:11, Bob <bob@example.org> escreveu:
Il giorno lun 3 giu 2024 alle ore 10:11 Bob <bob@example.org> ha scritto:
Op ma 3 jun 2024 om 10:11 schreef Bob <bob@example.org>:
pon., 3 cze 2024 o 10:11 Bob <bob@example.org> napisał(a):
пн, 3 июн. 2024 г. в 10:11, Bob <bob@example.org>:
Den mån 3 juni 2024 kl 10:11 skrev Bob <bob@example.org>:
Bob Builder <bob@example.org> 于2024年6月3日周一 写道：
2024年6月3日(月) 10:11 Bob Builder <bob@example.org>:
בתאריך יום ג׳, 4 ביוני 2024 ב-10:11 מאת בוב <\u202abob@example.org\u202c\u200f>:\u202c
2024년 6월 3일 (월) 오전 10:11, Bob Builder <bob@example.org>님이 작성:
* Bob Builder <bob@example.org> [2024-06-03 10:11]:"""


@pytest.mark.parametrize("line", ATTRIBUTIONS.split("\n"))
def test_lines_that_say_who_wrote_what_follows(line: str) -> None:
    for below in ("> words of Bob are here\n", "\n> words of Bob are here\n", "| words of Bob are here\n"):
        for format in FORMATS:
            assert rewritten(f"{OWN}\n{line}\n{below}\n{OWN}", format) == [OWN, OWN]
    for below in ("words of Bob are here\n", "\nwords of Bob are here\n"):
        assert rewritten(f"{OWN}\n{line}\n{below}\n{OWN}", "auto") == [OWN]


def test_of_a_paragraph_with_a_footer_only_the_footer_is_left() -> None:
    """As mailing lists put it right below a letter."""
    footer = f"{'_' * 47}\nwords mailing list\nTo unsubscribe from words, write to words-leave@example.org\n"
    for format in FORMATS:
        assert rewritten(f"{OWN}{footer}", format) == [OWN]


def test_what_a_paragraph_shows_behind_a_colon_stays() -> None:
    """An example, a quotation, what a program wrote: it is further to the right than the words above, and no list."""
    shown = "  some words that are shown\n  and more of these words\n"
    for format in ("text", "auto"):
        assert rewritten(f"These are words of it:\n\n{shown}\n{OWN}", format) == ["These are words of it:\n", OWN]
        assert len(rewritten(f"These are words of it.\n\n{shown}", format)) == 3
        assert len(rewritten("These are words of it:\n\n  - some words of an item\n", format)) == 2
        assert len(rewritten(f"- These are words of it:\n\n{shown}", format)) == 3


@pytest.mark.parametrize("indent", ["    ", "\t", "        "])
def test_a_paragraph_may_begin_as_typewriters_begin_it(indent: str) -> None:
    """Only its first line is indented, and full of words; a paragraph of one line may follow."""
    first = f"{indent}It was dark when all of them came back to the old house on the hill,\nand nobody was there.\n"
    short = f"{indent}He said some words.\n"
    for format in ("text", "auto"):
        assert rewritten(f"{first}\n{short}", format) == [*first.splitlines(keepends=True), short]
        assert rewritten(short, format) == []
        assert rewritten(f"{indent}some words = of it\nthat are code\n", format) == []
    grown = restyled(f"{first}\n{short}", lambda words: f"{words} {'and some more words ' * 9}there.", "text")
    assert all(line.startswith(indent) == (not above) for above, line in pairwise(["", *grown.split("\n")]) if line)


def test_of_a_sentence_all_lines_pass_through_or_none() -> None:
    """One that has bars in it is no table, but may be one; then so may the words that it goes on with."""
    for end in ("to", "to,", "to that (as it is)", 'to "that"', "to “that”", "to `that`", "to *that*"):
        text = f"These are words of the writer that go on and on up {end}\n|words-of-help| and go on there.\n"
        assert rewritten(text, "text") == [], end
    ended = "These are words of the writer that go on and on up to that.\n|words-of-help| and go on there.\n"
    assert rewritten(ended, "text") == [ended.partition("|")[0]]
    linked = "These are words of the writer about [[Ada Lovelace|Ada]] and <https://a.b/c|a page>.\n"
    for format in FORMATS:
        assert rewritten(linked, format) == [linked]


def test_what_lines_pass_through_take_their_sentence_with_them() -> None:
    """A heading of Org, what announces a literal block, a path that may be a command: whatever is found of them."""
    for text in (
        "These words have a place, which can be a name of it, or really anything\nelse that is some words::\n",
        "** When we allow these words in all of the places, we\n   might want to have more words of it\n",
        "These words are in some folders of it (like /opt,\n/srv or /media) and only there, by\nthe will of all.\n",
    ):
        assert len(rewritten(text, "text")) in (0, text.count("\n"))


def test_a_sentence_of_an_item_goes_on_wherever_its_next_line_begins() -> None:
    text = "- the words are everywhere: they work on all of it (on one, there are\ncurrently some problems)\n"
    hanging = "  -> the words of it should be no problem, since all of them are\n     implemented\n"
    named = "- This release of words is made of all of the earlier ones by some of\n  B. Words and all the others.\n"
    for source in (text, hanging, named):
        found = [piece for chunk in chunks([source], "text") for piece in pieces(chunk) if isinstance(piece, Prose)]
        assert [piece.source for piece in found] == [source]


def test_the_subjects_of_a_digest_stay() -> None:
    subjects = "   1. Re: some words of it (Bob Builder)\n   2. Some other words of a subject (Ada)\n"
    assert rewritten(f"Today's Topics:\n\n{subjects}\n{OWN}", "text") == [OWN]
    assert rewritten(f"Some topics:\n\n{subjects}\n{OWN}", "text") == [subjects.splitlines(True)[1], OWN]


def test_a_command_that_is_shown_below_its_sentence_stays() -> None:
    assert rewritten("To install all of these words, run\n   python ./words.py install it\n", "text") == [
        "To install all of these words, run\n"
    ]


def test_a_paragraph_below_its_title_is_prose_though_it_begins_further_to_the_right() -> None:
    below = "   We have to say these words of it. They are good.\n"
    assert rewritten(f"Say some more words of it\n{below}", "text")[-1] == below


def test_a_heading_with_a_row_of_signs_below_it_stays() -> None:
    for sign in '"^+#=':
        assert rewritten(f"Loading some words of it\n{sign * 24}\n\n{OWN}", "text") == [OWN]


def test_chinese_that_is_wrapped_is_one_paragraph() -> None:
    text = (
        "这种语言是一种功能强大而完善的通用型计算机程序设计语言，\n"
        "已经具有十多年的发展历史，成熟且稳定。这种语言具有\n简捷而清晰的语法特点。\n"
    )
    found = [piece for chunk in chunks([text], "text") for piece in pieces(chunk) if isinstance(piece, Prose)]
    assert [piece.source for piece in found] == [text]


def test_notes_of_a_text_have_their_numbers_before_them() -> None:
    text = f"[1] {OWN}[2] {OWN}\nThese are words of the writer that go on as in\n[1] and as in [2], too.\n"
    found = [piece for chunk in chunks([text], "text") for piece in pieces(chunk) if isinstance(piece, Prose)]
    assert [piece.first for piece in found] == ["[1] ", "[2] ", ""]


@pytest.mark.parametrize("dash", ["— ", "—", "―", "-- "])
def test_who_speaks_behind_a_dash_speaks_on_a_line_of_their_own(dash: str) -> None:
    """A dash with which a sentence goes on begins nothing."""
    first = "Where are you going so late, and why did you not tell anybody of it?"
    for format in ("text", "auto", "markdown"):
        text = f"{dash}{first}\n{dash}{OWN}"
        found = [piece for chunk in chunks([text], format) for piece in pieces(chunk) if isinstance(piece, Prose)]
        assert [(piece.first, piece.text) for piece in found] == [(dash, first), (dash, OWN.strip())]
    for format in ("text", "auto"):
        grown = restyled(f"{dash}{OWN}", lambda words: f"{words} {'and some more words ' * 9}there.", format)
        assert all(not line.startswith(" ") for line in grown.split("\n"))
        text = f"These are words that go on with words of the writer up to a dash\n{dash}and behind it, too.\n"
        assert len([piece for chunk in chunks([text], format) for piece in pieces(chunk)]) == 1


def test_a_colon_defines_nothing_in_plain_text() -> None:
    text = f": some words behind a colon\n\n    some words of code here\n\n{OWN}"
    assert rewritten(text, "text")[1:] == [OWN]
    assert len(rewritten(text, "markdown")) == 3


def test_a_greeting_with_words_behind_it_is_prose() -> None:
    for format in FORMATS:
        assert len(rewritten(f"hi maria,\nthese are words that i wrote to you, as you see\n\n{OWN}", format)) >= 2
        assert len(rewritten("Hello to all of you, these are words of the writer.\n", format)) == 1


def test_a_sentence_that_ends_with_the_name_of_an_emoji_does_not_end_a_letter() -> None:
    text = f"These are the words that you wrote, on 3/6/24. :slight_smile:\n\n{OWN}"
    for format in FORMATS:
        assert len(rewritten(text, format)) == 2


@pytest.mark.parametrize("format", FORMATS)
def test_entries_of_a_diary_are_no_trailers(format: Any) -> None:
    entries = f"07:30 {OWN}08:15 - {OWN}12:00 {OWN}"
    assert rewritten(f"{OWN}\n{entries}", format) == rewritten(f"{OWN}\n{entries}\n{OWN}", format)[:-1]
    assert len(rewritten(f"{OWN}\n{entries}", format)) == 4
    found = [piece for chunk in chunks([entries], format) for piece in pieces(chunk) if isinstance(piece, Prose)]
    assert [piece.source[:5] for piece in found] == ["07:30", "08:15", "12:00"]


def test_a_sentence_that_ends_with_a_colon_does_not_end_a_letter() -> None:
    text = f"{OWN}\nThere are several things that we should talk about:\n\n{OWN}"
    assert len(rewritten(text, "auto")) == 3


def test_an_answer_right_below_a_quotation_is_the_writers() -> None:
    text = f"> words of others are here\n{OWN}\n> and more of their words\n{OWN}"
    assert rewritten(text, "text") == rewritten(text, "auto") == [OWN, OWN]
    assert rewritten(text, "markdown") == []  # there it is a part of the quotation


def test_a_callout_holds_the_words_of_the_writer() -> None:
    text = f"> [!note]\n> {OWN}>\n> {OWN}> > words of others are here\n"
    assert rewritten(text, "markdown") == [f"> {OWN}", f"> {OWN}"]


@pytest.mark.parametrize("title", ["**Note**", "**Warning:**", "**Tip**:"])
def test_a_callout_may_have_its_title_in_bold(title: str) -> None:
    text = f"> {title}\n> {OWN}>\n> {OWN}"
    assert rewritten(text, "markdown") == [f"> {OWN}", f"> {OWN}"]
    assert rewritten(f"> Some words of others are here\n>\n> {title}\n> {OWN}", "markdown") == []


def test_a_name_below_a_sign_off() -> None:
    text = f"{OWN}\nBest regards,\n\nAda of the many words\nHead of all the words\n"
    for format in FORMATS:
        assert rewritten(text, format) == [OWN]
    assert rewritten(f"{OWN}\nBest regards,\n\n{OWN}", "auto") == [OWN, OWN]


@pytest.mark.parametrize(
    ("above", "below", "is_name"),
    [
        ("Best regards,", "A" * 40, True),
        ("Best regards,", "A" * 60, False),
        ("Best regards,", "\n".join(["Ada of words"] * 6), True),
        ("Best regards,", "\n".join(["Ada of words"] * 7), False),
        ("Best regards,", "Ada of words.", False),  # a sentence
        ("Best regards,", f"Ada\n{OWN}", False),
        ("So much for that.\nBest regards,", "Ada of words", True),
        ("Best regards,\nor so they say", "Ada of words", False),
    ],
)
def test_a_name_is_short_lines_right_below_a_sign_off(above: str, below: str, is_name: bool) -> None:
    *_, (text, untouched, _) = with_endings([(f"{above}\n", False, ""), ("\n", False, ""), (f"{below}\n", False, "")])
    assert (text, untouched) == (f"{below}\n", is_name)


# --- Commit messages


def test_trailers_are_the_last_paragraph_and_not_the_first() -> None:
    trailer = "Closes: words of a thing that is done\n"
    for format in FORMATS:
        assert rewritten(f"{OWN}\n{trailer}", format) == [OWN]
        assert rewritten(f"{OWN}\n{trailer}\n{OWN}", format) == [OWN, trailer, OWN]
        assert rewritten(trailer, format) == ([] if format == "markdown" else [trailer])  # there it may be metadata
        for below in (
            "# git says some words here\n# and more of them\n",
            "# ------------------------ >8 ----------\nwords\n",
        ):
            assert rewritten(f"{OWN}\n{trailer}\n{below}", format) == [OWN]


@pytest.mark.parametrize(
    ("below", "ends"),
    [
        ("# A heading", False),
        ("# On branch, nothing to commit", True),
        ("# One\n# Another", True),
        ("# One\nWords", False),
    ],
)
def test_one_line_that_git_would_take_for_a_comment_may_be_a_heading(below: str, ends: bool) -> None:
    message = [(f"{OWN}", False, ""), ("Closes: a thing\n", False, ""), ("\n", True, "> "), (f"{below}\n", False, "")]
    expected = [message[0], ("Closes: a thing\n", ends, ""), *message[2:]]  # what is behind it is as it was
    assert list(with_endings(message)) == expected


def test_what_passes_through_is_not_held_back() -> None:
    """Though it looks like trailers: the next words come at once."""
    code = ("x: int\n", True, "")
    read: list[Stretch] = []
    source = (read.append(stretch) or stretch for stretch in ((OWN, False, ""), code, (OWN, False, "")))
    assert [(stretch, len(read)) for stretch in with_endings(source)][1] == (code, 2)


def test_only_what_may_be_trailers_is_held_back() -> None:
    read: list[str] = []

    def lines() -> Iterator[str]:
        for line in (OWN, "\n", "Note: some words of it\n", "\n", "\n", OWN, "\n"):
            read.append(line)
            yield line

    seen = [(chunk.text.strip()[:4], len(read)) for chunk in chunks(lines())]
    assert seen == [("Thes", 2), ("Note", 7), ("", 7), ("Thes", 7)]


@pytest.mark.parametrize(
    ("subject", "lead"),
    [
        ("Make the words of it work", ""),
        ("fix(parser)!: make the words of it work", "fix(parser)!: "),
        ("net: ethernet: make the words of it work", "net: ethernet: "),
        ("[PATCH v2 1/3] words: make all of it work", "[PATCH v2 1/3] words: "),
        ("fix: make `code` of the words work", "fix: "),
    ],
)
def test_a_subject_stays_one_line_and_keeps_what_stands_before_it(subject: str, lead: str) -> None:
    long = " ".join(["word"] * 40)
    for start in ("", "# words of git: this is a commit\n# and more of them\n\n"):
        for format in ("text", "auto"):
            text = f"{start}{subject}\n\n{OWN}"
            found = [piece for chunk in chunks([text], format) for piece in pieces(chunk) if isinstance(piece, Prose)]
            assert found[0].first == lead
            assert found[0].source == f"{subject}\n"
            assert found[0].rewritten(found[0].text + f" {long}") == f"{subject} {long}\n"
            assert found[0].stopped("It works.") == "It works"
            assert found[0].stopped("It works. So do these.") == "It works. So do these."
            assert found[1].stopped("It works.") == "It works."


def test_a_subject_that_ends_with_a_full_stop_may_keep_it() -> None:
    found = [
        piece for chunk in chunks(["Fix this thing.\n"], "text") for piece in pieces(chunk) if isinstance(piece, Prose)
    ]
    assert found[0].stopped("It works.") == "It works."


@pytest.mark.parametrize(
    "subject",
    ["fixup! words of a subject here", 'Revert "words of a subject here"', "Merge branch 'words' into others"],
)
def test_a_subject_by_which_git_finds_another_stays(subject: str) -> None:
    for format in FORMATS:
        assert rewritten(f"{subject}\n\n{OWN}", format) == [OWN]


def test_formulas_below_a_patch_are_no_part_of_it() -> None:
    """`\\ No newline` is a patch's line, and `\\begin` the first of a block that stays whole."""
    block = "\\begin{tabular}{l}\nsome words of it \\\\\n\nmore words of it\n\\end{tabular}\n"
    text = f"{PASSAGES['a unified diff']}\n{block}\n{OWN}"
    for reading in FORMATS:
        assert rewritten(text, reading) == [OWN]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("patch", [name for name in PASSAGES if "diff" in name or "patch of" in name])
def test_snippets_below_a_patch_are_no_part_of_it(patch: str, format: Any) -> None:
    """`-old words` is a patch's line, and `--8<--` the first of a block that stays whole."""
    block = "--8<--\nsome words of a file.md\n\nother words of a file.md\n--8<--\n"
    assert rewritten(f"{PASSAGES[patch]}\n{block}\n{OWN}", format) == [OWN]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("patch", ["a context diff", "a patch of git"])
def test_of_a_paragraph_below_a_patch_all_lines_are_taken_for_its_or_none(patch: str, format: Any) -> None:
    drawing = "  /\\_/\\   some words of a cat\n ( o.o )  more words of a cat\n> ^ <  and more words of it\n"
    assert rewritten(f"{PASSAGES[patch]}\n{drawing}\n{OWN}", format) == [OWN]


@pytest.mark.parametrize("format", ["text", "auto"])
def test_steps_are_items_and_no_headers(format: Any) -> None:
    """A word and a number before a colon count what is said; a speaker with a number is one."""
    steps = f"Step 1: {OWN}Step 2: {OWN}"
    found = [piece for chunk in chunks([steps], format) for piece in pieces(chunk) if isinstance(piece, Prose)]
    assert [(piece.first, piece.text) for piece in found] == [("Step 1: ", OWN.strip()), ("Step 2: ", OWN.strip())]
    assert rewritten(f"Speaker 1: {OWN}Speaker 2: {OWN}", format) == []


def test_a_tag_that_stands_alone_keeps_its_line() -> None:
    for format in ("text", "auto"):
        assert rewritten(f"<WRAP center round 60%>\n{OWN}</WRAP>\n", format) == [OWN]


def test_a_line_of_marks_among_quoted_ones_opens_nothing() -> None:
    """Alone, and with words below that are not quoted, it opens a quotation of GitLab."""
    for format in ("text", "auto"):
        assert rewritten(f">>>\n>>> words of others are here\n\n{OWN}", format) == [OWN]
        assert rewritten(f">>>\nwords of others are here\n\nand more\n>>>\n\n{OWN}", format) == [OWN]


def test_an_element_that_is_only_named_opens_nothing() -> None:
    for format in FORMATS:
        assert len(rewritten(f"When you write the <pre> tag or <code> there, it is good.\n\n{OWN}", format)) == 2
