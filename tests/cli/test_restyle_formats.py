"""`dg restyle` with files of other kinds than Markdown and plain text."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path

import pytest

from dgcli.cli.restyling import Format
from dgcli.events import Event
from dgcli.tasks.restyle import restyle as restyling
from dgcli.tasks.restyle.passage import Passage
from dgcli.tasks.restyle.select import Rewritten
from dgcli.text.suffixes import WRITTEN
from tests.cli.conftest import Dg

FORMAL = ("restyle", "--register", "formal", "--seed", "1")
PAGE = (
    '<html><head><title>it is so here</title></head>\n<p class="so it is">hey, it is <b>so very</b> good &amp; fine\n'
    "   that we go.</p>\n<pre>it is so here</pre>\n"
)
CUE = "1\n00:00:01,000 --> 00:00:02,000\n<i>hey there, we go to it now\nand so you do</i>\n\n"


@pytest.fixture(autouse=True)
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passages come out in capitals, but for what is held."""

    def louder(session: object, passage: Passage, first_canvas: int) -> Generator[Event, None, Rewritten]:
        yield from ()
        words = (unit.lead + (unit.text if unit.held else unit.text.upper()) for unit in passage.units)
        return Rewritten(text="".join(words))

    monkeypatch.setattr(restyling, "restyle", partial(restyling.restyle, rewrite=louder))


def test_a_page_and_subtitles_are_read_as_what_they_are(dg: Dg, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE)
    assert dg(*FORMAL, "a.html").text == PAGE.replace(
        "hey, it is <b>so very</b> good &amp; fine\n   that we go.",
        "HEY, IT IS <b>SO VERY</b> GOOD &amp; FINE\n   THAT WE GO.",
    )
    (tmp_path / "a.srt").write_text(CUE)
    assert dg(*FORMAL, "a.srt").text == CUE.replace(
        "hey there, we go to it now\nand so you do", "HEY THERE, WE GO TO IT\nNOW AND SO YOU DO"
    )


def test_headings_of_a_page_where_they_are_asked_for(dg: Dg, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<h1>so it is here</h1>\n")
    assert dg(*FORMAL, "a.html").text == "<h1>so it is here</h1>\n"
    assert dg(*FORMAL, "a.html", "--headings").text == "<h1>SO IT IS HERE</h1>\n"


@pytest.mark.parametrize("name", ["a.py", "a.json", "a.docx", "Makefile", "a.xyz"])
def test_a_file_that_is_no_prose_is_refused_unless_a_format_is_given(dg: Dg, tmp_path: Path, name: str) -> None:
    """Exit code 4, one line, before a model is looked for; nothing is written, to this file or to others."""
    (tmp_path / name).write_text("we go there now\n")
    (tmp_path / "good.txt").write_text("we go there now\n")
    for options in ((name,), ("-i", "good.txt", name), ("--diff", name)):
        outcome = dg(*FORMAL, *options, model="nowhere")
        assert (outcome.code, outcome.stdout) == (4, b"")
        assert outcome.stderr.count("\n") == 1
        assert outcome.stderr.startswith(f"dg: {name} ")
        assert "--format text" in outcome.stderr
    assert (tmp_path / "good.txt").read_text() == "we go there now\n"
    assert dg(*FORMAL, name, "--format", "text").text == "WE GO THERE NOW\n"


@pytest.mark.parametrize(
    "text", [b'{"a": "we go there now"}\n', b"diff --git a/x b/x\n--- a/x\n", b"#!/bin/sh\nx\n\ny\n"]
)
def test_a_stream_that_plainly_is_no_prose_passes_through(dg: Dg, text: bytes) -> None:
    """A filter gives back what it is given: what an editor replaces by its output is not lost."""
    outcome = dg(*FORMAL, stdin=text, model="nowhere")
    assert (outcome.code, outcome.stdout) == (5, text)
    assert outcome.stderr.startswith("dg: stdin is ")
    refused = dg(*FORMAL, "--diff", stdin=text, model="nowhere")
    assert (refused.code, refused.stdout) == (4, b"")


def test_a_stream_that_plainly_is_a_page_is_read_as_one(dg: Dg) -> None:
    outcome = dg(*FORMAL, stdin=PAGE.encode())
    assert "<b>SO VERY</b>" in outcome.text
    assert "<title>it is so here</title>" in outcome.text


def test_formats_that_are_offered_are_those_that_are_read() -> None:
    assert {each.value for each in Format} == {"auto", *WRITTEN}
