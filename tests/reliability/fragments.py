"""Fragments of texts as people write them: Markdown of all dialects, mail, commits, programs.

What stands between ‹ and › is prose and may come out in other words; all else has to come out as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.dialects import PIECES

OPEN, CLOSE = "‹", "›"


@dataclass(frozen=True)
class Fragment:
    """A piece of a text, and the parts of it that no rewrite may touch."""

    marked: str

    @property
    def text(self) -> str:
        return self.marked.replace(OPEN, "").replace(CLOSE, "")

    @property
    def fixed(self) -> tuple[str, ...]:
        """What stands around the prose, in order."""
        parts = self.marked.split(OPEN)
        return (parts[0], *(part.split(CLOSE, 1)[1] for part in parts[1:]))


def _marked(piece: Sequence[tuple[bool, str]]) -> str:
    """Lines that stay, or whose words may change, as a fragment."""
    return "".join(f"{line}\n" if stays else f"{OPEN}{line}\n{CLOSE}" for stays, line in piece)


def _fragments(*marked: str) -> tuple[Fragment, ...]:
    return tuple(map(Fragment, marked))


PROSE = _fragments(
    "‹we gotta look at the gardens before the rain comes down on all of them.›\n",
    "‹the shop sells bread and milk, and it opens early, but nobody knows when it shuts.›\n",
    "‹so we went there, because they said that it was› https://example.org/a_(b)?c=d#e ‹and that was fine.›\n",
    "‹it costs› $4.50 ‹or› 12 kg ‹of potatoes, whatever you like more in the end of it.›\n",
)

MARKDOWN = tuple(map(Fragment, map(_marked, PIECES)))

COMMON = _fragments(  # what every dialect of Markdown has
    "# ‹A heading of some words›\n",
    "```sh\nrun the thing with words here\n```\n",
    "~~~\na fence of waves\n\nwith a gap in it\n~~~\n",
    "| name of it | what it is |\n|---|:--:|\n| some words | other words here |\n",
    "- ‹one thing of a list that goes on›\n- ‹another thing of that list that goes on›\n",
    '[some label]: https://example.org/where "a title of words"\n',
    "***\n",
)

MAIL = _fragments(
    (
        "From: ada@example.org\n"
        "To: bob@example.org\n"
        "Subject: plans of some words here\n"
        "X-Some-Header: words of a header\n"
        " folded over to here\n"
    ),
    "On 6/3/24 10:11, Bob wrote:\n> this is what somebody else said to us all\n> and it goes on with more words\n",
    (
        "On Mon, 3 Jun 2024 at 10:11, Bob Builder with a long name\n"
        "<bob@example.org> wrote:\n"
        "> this is what somebody else said to us all\n"
    ),
    (
        "Am Mo., 3. Juni 2024 um 10:11 Uhr schrieb Bob <bob@example.org>:\n"
        "> das ist nicht gut, wir sollten das anders machen\n"
    ),
    "Le lun. 3 juin 2024 à 10:11, Bob <bob@example.org> a écrit :\n> ce n'est pas bien, il faut faire autrement\n",
    "El lun, 3 jun 2024 a las 10:11, Bob (<bob@example.org>) escribió:\n> esto no es bueno para nadie de nosotros\n",
    "Bob <bob@example.org> 于2024年6月3日周一 写道：\n> words that somebody else has said before\n",
    "2024年6月3日(月) 10:11 Bob <bob@example.org>:\n> words that somebody else has said before\n",
    "bob> words that somebody else has said to us\nbob> and more words of the same one\n",
    (
        "-----Original Message-----\n"
        "From: Bob Builder\n"
        "Sent: Monday, 3 June 2024 10:11\n"
        "To: Ada\n"
        "Subject: RE: plans of words\n"
    ),
    (
        "diff --git a/some file.py b/some file.py\n"
        "index 0123456..789abcd 100644\n"
        "--- a/some file.py\n"
        "+++ b/some file.py\n"
        "@@ -1,3 +1,3 @@ def words():\n"
        " context of words here\n"
        "-the old words of a line\n"
        "+the new words of a line\n"
    ),
    "-----BEGIN PGP MESSAGE-----\n\nhQEMA5wordsAQf9Fwords\n=abcd\n-----END PGP MESSAGE-----\n",
    "```\na fence in a letter, made of words\n```\n",
    "| name of it | what it is |\n|---|---|\n| some words | other words here |\n",
    "<table>\n<tr><td>words of a cell in markup</td></tr>\n</table>\n",
    "$ run the thing with words here\nwords that the thing has printed\n",
    (
        "Traceback (most recent call last):\n"
        '  File "words.py", line 3, in words\n'
        '    raise ValueError("words of an error")\n'
        "ValueError: words of an error\n"
    ),
)

TRAILERS = Fragment(
    "Fixes: #123\nReported-by: Some Body <some.body@example.org>\nSigned-off-by: Ada Lovelace <ada@example.org>\n"
)
SIGNATURES = _fragments(
    "-- \nAda Lovelace\nHead of words and letters\n",
    "--\nAda Lovelace\nHead of words and letters\n",
    "Sent from my iPhone\n",
)
HEADS = _fragments(
    "---\ntitle: some words that stand at the head\ntags: [words, more]\n---\n",
    '+++\ntitle = "some words that stand at the head"\n+++\n',
    '{\n  "title": "some words that stand at the head",\n  "draft": true\n}\n',
    "Title: some words that stand at the head\nAuthor: Ada Lovelace\nDate: 2024-01-02\n",
    "% Some words that stand at the head\n% Ada Lovelace\n% 2 January 2024\n",
)
MDX = _fragments(
    'import Chart from "./chart of words"\n',
    'export const words = {\n  title: "some words of a title",\n\n  more: "other words of it",\n}\n',
    '‹the chart shows› {props.late ? "words if late" : "words if not"} ‹within a line of words that goes on.›\n',
    '<Chart words="some words of it" />\n',
)
