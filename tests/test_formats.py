"""Which files are prose, by their names and by what is in them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.errors import InputError
from dgcli.text.blocks.content import begun, kind_of_data, reader_for
from dgcli.text.blocks.formats import format_of, named
from dgcli.text.suffixes import WRITTEN

WORDS = "hey, we go there now and it is good.\n\nSo we do, as we said.\n"


@pytest.mark.parametrize("suffix", [suffix for suffixes in WRITTEN.values() for suffix in suffixes.split()])
def test_the_suffix_of_a_name_tells_its_format(suffix: str) -> None:
    for name in (
        f"a{suffix}",
        f"A b.c{suffix.upper()}",
        f"a{suffix}~",
        f"a{suffix}.bak",
        f"a{suffix}.orig",
        f"#a{suffix}#",
    ):
        assert format_of(name, WORDS) == named(name)
        assert suffix in WRITTEN[named(name)].split()


@pytest.mark.parametrize(
    "name",
    [
        *(
            "a.py",
            "a.js",
            "a.c",
            "a.css",
            "a.sh",
            "a.po",
            "a.pot",
            "a.csv",
            "a.tsv",
            "a.json",
            "a.yaml",
            "a.toml",
            "a.ini",
        ),
        *("a.xml", "a.docx", "a.odt", "a.pdf", "a.rtf", "a.ipynb", "a.bib", "a.log", "a.ics", "a.diff", "a.fountain"),
        *(
            "a.textile",
            "a.dokuwiki",
            "a.typ",
            "a.xyz",
            "a.py~",
            "a.json.bak",
            "README.py",
            "notes.rs",
            "Makefile",
            "Dockerfile",
        ),
        *(".gitignore", ".bashrc", ".env", "LICENSE", "LICENSE.md", "COPYING", "CMakeLists.txt", "requirements.txt"),
        *(
            "requirements-dev.txt",
            "robots.txt",
            "git-rebase-todo",
            "sudoers",
            "crontab",
            "crontab.Ab12Cd",
            "CODEOWNERS",
        ),
    ],
)
def test_what_is_no_prose_by_its_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="so it was not restyled") as raised:
        format_of(name, WORDS)
    assert name in raised.value.problem
    assert "<format>" in raised.value.advice


@pytest.mark.parametrize(
    "name",
    [
        *(
            "COMMIT_EDITMSG",
            "MERGE_MSG",
            "TAG_EDITMSG",
            "SQUASH_MSG",
            "PULLREQ_EDITMSG",
            "README",
            "readme",
            "README.de",
        ),
        *("NOTES", "TODO", "ChangeLog", "NEWS", "mutt-host-1000-123", "mutt-host-1000-123-4567", "neomutt-a-1-2-3"),
        *(
            "0",
            "tmp.Ab12Cd34Ef",
            "pico.123456",
            "letter",
            "my letter",
            "svn-commit.tmp",
            "diary.2024-05-01",
            "draft v1.2",
        ),
        *(".plan", "0000-cover-letter.patch"),
    ],
)
def test_what_people_write_without_a_suffix_is_read(name: str) -> None:
    assert format_of(name, WORDS) == "auto"


NO_PROSE = [
    "MIT License\n\nCopyright (c) 2024 Ada\n\nPermission is hereby granted to any person.\n",
    "                    GNU GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007\n\nWords of it.\n",
    '{"a": "some words of it"}',
    '[\n  {"a": 1}\n]\n',
    '{"a": 1}\n{"a": 2}\n',
    "[]",
    "%PDF-1.7\n",
    "{\\rtf1 words\n",
    "#!/bin/sh\necho words\n",
    "<?php echo 1;\n",
    "#include <stdio.h>\n",
    "import os\nimport sys\n\nprint(os)\n",
    "def f(x):\n    return x\n",
    "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
    "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
    "Index: x\n=====\n",
    "pick 0123abc Some words of it\npick 0123abd More words of it\n",
    '<?xml version="1.0"?>\n<a/>\n',
    '# words\nmsgid "words"\nmsgstr ""\n',
    "BEGIN:VCALENDAR\nVERSION:2.0\n",
    "@article{a,\n title = {b}}\n",
    "[core]\n\tbare = false\n",
    "-----BEGIN RSA PRIVATE KEY-----\n",
    "a,b,c\n1,2,3\n4,5,6\n",
    "a\tb\n1\t2\n3\t4\n",
    ".TH A 1\n.SH NAME\nwords\n",
    'a,b,c\nd,"words, of it",f\ng,h,i\n',
    "// words\n{\n  // of it\n\n  a: 'some words', /* of\n\n it */\n}\n",
    '{\n  "a": 1,\n  // some words\n\n  "b": "// 2",\n}\n',
    "FROM a:1\nRUN words\n",
    "kind: some\nname: words\ntext: |\n  words of it\n\n  and more\n",
    "# words of it\nall: words\n\nwords: it\n\tcp words it\n",
    "CC = words\n\nall: $(WORDS)\n\n.PHONY: all\n\nwords:\n\tcp words it\n",
    '[Event "some words"]\n[Site "of it"]\n\n1. e4 {words of it} e5\n',
    "X:1\nT:some words of it\nK:C\nw: words of it\n",
    "0:00:01.000,0:00:02.000\nsome words of it\n",
    "[Script Info]\nTitle: words of it\n",
    "name: words\non:\n  push:\njobs:\n- more words\n",
]


@pytest.mark.parametrize("text", NO_PROSE)
@pytest.mark.parametrize("name", ["letter", "README", "letter.txt", "0"])
def test_what_plainly_is_no_prose_is_refused_whatever_it_is_called(name: str, text: str) -> None:
    for each in (text, "\ufeff" + text, text.replace("\n", "\r\n")):
        with pytest.raises(InputError, match="so it was not restyled"):
            format_of(name, each)


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("<!DOCTYPE html>\n<p>words</p>", "html"),
        ("<!-- a -->\n<html lang='en'>", "html"),
        ("WEBVTT\n\n", "subtitles"),
        ("1\n00:00:01,000 --> 00:00:02,000\nwords\n", "subtitles"),
        ("% words\n\\documentclass{article}\n", "latex"),
        ("#+TITLE: words\n", "org"),
        ("= Title of it\n:toc:\n", "asciidoc"),
    ],
)
def test_what_plainly_is_of_a_format_is_read_as_that(text: str, format: str) -> None:
    assert reader_for(text) == format
    assert format_of("letter", text) == format


@pytest.mark.parametrize(
    "text",
    [
        WORDS,
        "",
        "\n",
        "import foo\n",
        "Hello\n",
        "pick up the words at noon\n",
        "[1] Some words of a note\n",
        "[note] some words\n",
        "- a, b, c\n- d, e, f\n- g, h, i\n",
        "--- \nTitle: words\n---\n\nWords of it.\n",
        "# Title\n\nWords of it.\n",
        '"Words," he said.\n',
        "{{ name }}, we go there.\n",
        "Some <b>words</b> of it.\n",
        "我们现在去那里。\n",
        "Dear John,\n\nwe go there.\n\nBest,\nMary\n",
        '{"title": "words"}\n\nSome words behind the front matter.\n',
        "{note: words of it}\n",
        "todo:\n- some words\n- more words\n",
        "Subject: words\n\tthat go on\n\nHello.\n",
        "all: come here, will you\n\nwords: so I will\n",
        "Some words of it:\n\twords\n",
        "From: Ada\nTo: Bob\nSubject: words\n that go on\n\nHello.\n",
        "Ada, Bob, Eve\nme, you, it\nso, we, go\n",
    ],
)
def test_what_may_be_prose_is_not_taken_for_anything_else(text: str) -> None:
    assert kind_of_data(text) == ""
    assert reader_for(text) is None


@given(st.text(max_size=80))
def test_any_text_has_a_kind_or_none(text: str) -> None:
    kind_of_data(text)
    reader_for(text)


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_data_is_told_from_words_however_it_is_written(value: object) -> None:
    if isinstance(value, dict) or (isinstance(value, list) and not any(each is None for each in value[:1])):
        for indent in (None, 2):
            assert kind_of_data(json.dumps(value, indent=indent)) == "JSON"


@given(st.lists(st.sampled_from(["words\n", "\n", "> \n", '{"a": 1\n', "}\n", "no end"])))
def test_the_beginning_of_a_text_takes_nothing_from_it(lines: list[str]) -> None:
    head, all_lines = begun(iter(lines))
    assert "".join(lines).startswith(head)
    assert list(all_lines) == lines


def test_of_a_text_that_comes_no_more_than_a_paragraph_is_awaited() -> None:
    read = []

    def lines():  # type: ignore[no-untyped-def]
        for line in ("\n", "Some words.\n", "\n", "More words.\n"):
            read.append(line)
            yield line

    head, _ = begun(lines())
    assert head == "\nSome words.\n\n"
    assert len(read) == 3
