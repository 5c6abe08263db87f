"""What a fill may hold, for each kind of file and each place within it."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgcli.platform.toml import parse_toml
from dgcli.text.marks import MARK
from dgcli.text.seams import fit
from dgcli.text.syntax.kinds import Kind, kind_of
from dgcli.text.syntax.laws import _MARKDOWN_SIGNS, Surroundings
from dgcli.text.syntax.mending import mended
from dgcli.text.syntax.parsers import entries


def landing(name: str, text: str) -> Surroundings:
    left, right = text.split("[[?]]")
    line = left.rpartition("\n")[2] + right.partition("\n")[0]
    return Surroundings(kind_of(name), name, left, right, inline=bool(line.strip()), marker=MARK).narrowed()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("", Kind.MARKDOWN),
        ("stdin", Kind.MARKDOWN),
        ("a/b.MD", Kind.MARKDOWN),
        ("a.tex", Kind.TEX),
        ("page.html", Kind.HTML),
        (".env", Kind.SETTINGS),
        ("a.rs", Kind.CODE),
        ("Makefile", Kind.CODE),
        ("README", Kind.TEXT),
        ("a.unheard-of", Kind.TEXT),
        ("letter.eml", Kind.TEXT),
        ("a.xcstrings", Kind.JSON),
        ("a.stringsdict", Kind.XML),
        ("a.mustache", Kind.HTML),
        (".gitconfig", Kind.SETTINGS),
        ("dg.1", Kind.ROFF),
    ],
)
def test_the_name_tells_the_kind(name: str, kind: Kind) -> None:
    assert kind_of(name) is kind


ANYWHERE = ["[[x]]", "a ]] b", "[[? x]]", "```", "~~~ x", "a (b", "b) c", 'a "b', "“a", "「b", "a `b"]
KINDS = ["a.md", "a.txt", "a.tex", "a.html", "a.py", "a.rst", "a.yaml", "a.po", "a.csv", "a.ini", "a.js", "a.srt"]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("fill", ANYWHERE)
def test_no_file_takes_a_mark_a_fence_or_half_of_a_pair(name: str, fill: str) -> None:
    assert landing(name, "a [[?]] b\n").fault(fill)


def test_a_mark_is_not_made_with_the_text_either() -> None:
    assert landing("a.txt", "a [[[?]]? x]] b").fault("[")
    assert landing("a.txt", "a TO[[?]] b").fault("") == ""
    custom = Surroundings(Kind.TEXT, "a.txt", "a TO", " b", marker=re.compile("TODO"))
    assert custom.fault("DO")
    assert not custom.fault("ME")


SOUND_AND_NOT = [
    ("a.md", "Hello [[?]] there.\n", ["world", '"yes"', "don't", "50 % & more"], ["*x*", "<b>x</b>", "`a`", "a\n\nb"]),
    ("a.md", "# [[?]]\n\ntext\n", ["Title"], ["x\n\ny"]),
    ("a.md", "[[?]] is it\n", ["This"], ["1.", "-", "#", ">", "    x"]),
    ("a.md", "one\n\n[[?]]\n\ntwo\n", ["A.\n\nB.", "- a\n- b", "## head"], ["<script>", "<!-- x", "a `"]),
    ("a.md", "| a | b |\n|---|---|\n| x | [[?]] |\n", ["y", "y, z"], ["y | z", "y\nz"]),
    ("a.md", "See [[[?]]](http://x.y) now", ["it"], ["a]b", "[x]", "a](b"]),
    ("a.md", "See [it]([[?]]) now", ["x.html", "https://a.b/c?d=1"], ["a b", "a)", "(a)", "<a>"]),
    ("a.md", 'See [it](x "[[?]]") now', ["x y"], ['"b"', "(b)"]),
    ("a.md", "![[[?]]](x.png)\n", ["x y"], ["a]", "[b]"]),
    ("a.md", "so `[[?]]` is\n", ["x_y", "a*b*c"], ["a`b`c"]),
    ("a.md", '---\ntitle: [[?]]\nx: y\n---\n\nHi\n', ["x", "don't do"], ["a: b", "yes", "a # b", "- a", "'a' b"]),
    ("a.md", "So.[^1]\n\n[^1]: [[?]]\n", ["It was built in 1900, say.", "x"], ["<b>x</b>", "a\n\nb"]),
    ("a.md", "Hello [[?]] there.\n", ["$5", "$5 or $6", "50%"], ["$b$", "{{ b }}", "%%b%%", ":smile:", "==b=="]),
    ("a.md", "Hello [[?]] there.\n", ["(b)"], ["{% b %}", "((b))", "@b", "(1)!"]),
    ("a.md", "It is\n[[?]] there.\n", ["so"], [": b", "::: note", "!!! note", "#tag", "[x]: y"]),
    ("a.md", "one\n\n[[?]]\n\ntwo\n", ["| a |\n|---|\n| b |", "- [ ] a"], ["{{ b }}", "$$\nx", "::: note", ":::\nx"]),
    ("a.md", "See [[x|[[?]]]] now\n", ["it"], ["a | b", "a#b"]),
    ("a.md", "a <!-- [[?]] --> b\n", ["don't", '"x" & y'], ["a --> b", "<x>"]),
    ("a.md", "<div>\n[[?]] x\n</div>\n", ["don't", '"x"'], ["<b>", "a & b"]),
    ("a.md", 'a <b title="[[?]]">x</b>\n', ["x y"], ["don't", '"x"', "a\\"]),
    ("a.md", 'a <a href="[[?]]">x</a>\n', ["x"], ["x y"]),
    ("a.md", '+++\na = "[[?]]"\n+++\n\nHi\n', ["x", "don't"], ["a\\", 'a "b"']),
    ("a.md", 'a\n\n```python\nx = "[[?]]"\n```\n', ["x", "don't"], ["a\\", 'a "b"', "{x}"]),
    ("a.md", 'a\n\n- b\n\n  ```json\n  {"x": "[[?]]"}\n  ```\n', ["x"], ["a\\", 'a "b"']),
    ("a.md", '{{< fig alt="[[?]]" >}}\n', ["x", "don't"], ["a\\", "{b}"]),
    ("a.mdx", "one\n\n[[?]] two\n", ["you"], ["import that and", "export the"]),
    ("a.mdx", "Hello [[?]] there.\n", ["you"], ["{you}", "<You />"]),
    ("a.tex", "Hello [[?]] there.\n", ["fine, don't"], [*"%$&#_{}^~", "a \\b"]),
    ("a.tex", "Hello $x = [[?]]$ there.\n", ["\\alpha_1"], ["a$ b"]),
    ("a.tex", "% so [[?]]\nb\n", ["50% & more"], ["a\nb"]),
    ("a.html", '<p title="[[?]]">x</p>', ["a", "don't"], ['"b"', "<x", "a & b", "a>b"]),
    ("a.html", "<p title='[[?]]'>x</p>", ["a"], ["don't", '"b"']),
    ("a.html", "<p onclick=\"f('[[?]]')\">x</p>", ["a"], ["don't"]),
    ("a.html", '<p title="x">[[?]] x</p>', ["a", "don't", '"yes"'], ["<b>x</b>", "a & b", "{{x}}"]),
    ("a.html", '<a href="[[?]]">x</a>', ["a"], ["a b", "a\\"]),
    ("a.html", '<script>\nlet x = "[[?]]";\n</script>', ["a", "don't"], ["a\\", "${x}", "<b", 'a "b"']),
    ("a.html", "<script>\nlet x = '[[?]]';\n</script>", ["a"], ["don't"]),
    ("a.html", '<script type="application/ld+json">\n{"x": "[[?]]"}\n</script>', ["a", "don't"], ["a\\", "<b"]),
    ("a.html", "<style>\n/* [[?]] */\na {}\n</style>", ["a"], ["a */ b", "</style"]),
    ("a.html", "<p>{{ f('[[?]]') }}</p>", ["a"], ["don't", "a\\", "a }}"]),
    ("a.erb", '<p><%= "[[?]]" %></p>', ["a"], ["a\\", '"b"', "%>"]),
    ("a.html", "a<!-- [[?]] -->b", ["a"], ["a --> b"]),
    ("a.xml", '<a b="[[?]]"/>', ["5"], ["a & b", '"b"', "<"]),
    ("a.xml", "<a>[[?]]</a>", ["5", '"a"'], ["a & b", "<b/>"]),
    ("a.json", '{"a": "x [[?]] y", "b": 1}', ["w", "don't"], ['w "x"', "a\\b", "a\nb"]),
    ("a.json", '{"[[?]]": 1, "b": 1}', ["w"], ["b", '"x"']),  # a key that is there already
    ("a.json", '{"a": [[?]], "b": 1}', ["5", '"x"', "{}"], ["word", "5,", "5}"]),
    ("a.json5", "{a: '[[?]]'}", ["a"], ["don't", "a\\"]),
    ("a.jsonc", '{ // [[?]]\n"a": 1}', ["don't", 'a "b"'], ["a\nb"]),
    ("a.jsonl", '{"a":"b"}\n{"a":"[[?]]"}\n', ["5"], ['"a"', "a\nb"]),
    ("a.toml", 'a = "[[?]]"\n', ["w", "don't"], ['w "x"', "a\\b"]),
    ("a.toml", "a = '[[?]]'\n", ["w"], ["don't"]),
    ("a.toml", '# [[?]]\na = "b"\n', ["w", 'w "x"'], ["w\nb = 1"]),
    ("a.toml", "[[?]] = 1\nb = 2\n", ["a"], ["# a", "b"]),
    ("a.toml", "a = [[?]]\n", ["5", '"w"'], ["word", "5 5"]),
    ("a.yaml", "a: [[?]]\nb: 1\n", ["w words", "5", "don't"], ["w: x", "a # b", "yes", "null", "- a", "a\nb"]),
    ("a.yaml", "date: [[?]]\nb: 1\n", ["2024-06-03", "3 June"], ["yes"]),
    ("a.md", "---\nlast_updated: [[?]]\n---\n\nhey\n", ["2024-06-03"], ["null"]),
    ("a.yaml", "title: [[?]]\nb: 1\n", ["3 June"], ["2024-06-03"]),  # which many a program takes for no text
    ("a.yaml", 'a: "[[?]]"\nb: 1\n', ["w words", "w: x"], ['a "b"', "a\\b"]),
    ("a.yaml", "a: '[[?]]'\nb: 1\n", ["w words"], ["don't"]),
    ("a.yaml", "a: |\n  [[?]]\nb: 1\n", ["w words", "w: x"], ["a\nb: 2"]),
    ("a.yaml", "a: x # [[?]]\nb: 1\n", ["w: x"], ["a\nc: 2"]),
    ("a.yaml", "a: x\n[[?]]: y\nb:\n  c: z\n", ["w words", "c"], ["a", "b"]),  # a key that is there already
    ("a.yaml", "{a: x, [[?]]: y}\n", ["w", "x y"], ["a"]),
    ("a.po", 'msgid "a"\nmsgstr "b"\n\nmsgid "[[?]]"\nmsgstr "c"\n', ["w", "b"], ["a"]),
    ("a.po", 'msgid "a"\nmsgstr "b"\n\nmsgctxt "x"\nmsgid "[[?]]"\nmsgstr "c"\n', ["w", "a"], ['"']),
    ("a.strings", '"a" = "b";\n"[[?]]" = "c";\n', ["w"], ["a"]),
    ("a.ini", "[a]\nb = c\n[d]\nb = c\n[[?]] = e\n", ["w", "a"], ["b"]),
    ("a.ics", "BEGIN:VEVENT\nSUMMARY:so [[?]]\n", ["w words", "don't", "w: x"], ["a\\n", "a, b", "a; b", "a\nb"]),
    ("a.ics", "DESCRIPTION:so\\, it is\n  all [[?]] so\n", ["w", "w: x"], ["a, b", "a\n b"]),
    ("a.ics", "ATTENDEE;CN=[[?]]\n x:mailto:a@b.c\n", ["w"], ["w: x", "w;x", "w=x"]),
    ("a.vcf", "N:Doe;[[?]];;;\n", ["w"], ["a;b", "a,b"]),
    ("a.json", '{"a": "so {name} [[?]]"}', ["w", "50%"], ["{b}", "# w"]),
    ("a.json", '{"a": "{n, plural, one {# [[?]] it} other {#}}"}', ["w", "don't"], ["{b}", "# w", "}"]),
    ("a.json", '{"a": "so <1>it [[?]]</1>"}', ["w", "don't"], ["<b>", "</1>"]),
    ("a.json", '{"a": "so %s [[?]]"}', ["w", "{b}"], ["50%"]),
    ("a.yaml", "a: so ${name} [[?]]\n", ["w"], ["$b"]),
    ("a.properties", "a = so {0} [[?]]\n", ["w", "don't"], ["{b}"]),
    ("a.po", 'msgid "so %d of {n}\\n"\nmsgstr "[[?]] %d {n}\\n"\n', ["w"], ["%d", "{n}"]),
    ("a.po", '#, c-format\nmsgid ""\n"so %d "\n"of it"\nmsgstr ""\n"[[?]]"\n', ["w %d", "%d w"], ["w", "%s w", ""]),
    ("a.po", 'msgid "so\\n"\nmsgstr "[[?]]"\n', [], ["w"]),
    ("a.po", 'msgid "%d"\nmsgid_plural "%d"\nmsgstr[0] "[[?]]"\nmsgstr[1] "%d"\n', ["w"], ["50%"]),
    ("values-fr.xml", '<resources><string name="a">[[?]]</string></resources>', ["w"], ["don't", "@w", "?w", "<b/>"]),
    ("a.ipynb", '{"cells": [{"cell_type": "code", "source": ["x = \'[[?]]\'\\n"]}]}', ["w"], ["don't", "# w"]),
    ("a.ipynb", '{"cells": [{"cell_type": "markdown", "source": ["# [[?]]\\n"]}]}', ["w", "don't"], ['"w"']),
    ("a.mbox", "Subject: a\n\n[[?]]\n", ["w", "so\nfrom w", "w From x"], ["From w", "so\nFrom w"]),
    ("COMMIT_EDITMSG", "a\n\n[[?]]\n", ["w", "so # w"], ["# w", "so\n# w", "#1 w"]),
    ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nso [[?]]\n", ["w"], ["a & b", "<b>"]),
    (".env", "A=so [[?]]\n", ["w"], ["don't", "$w"]),
    ("a.tsx", "const A = () => <p>so [[?]] it</p>;\n", ["w", "a, b"], ["{b}", "<b/>", "a > b"]),
    ("a.jsx", "x = (\n  <A b={c}>\n    [[?]]\n  </A>\n);\n", ["w"], ["{b}", "</A>"]),
    ("a.tsx", "const a = (b: C<D>) => [[?]];\n", ["{}", "b"], ['"w']),
    ("a.sh", "cat <<EOF\n[[?]]\nx\nEOF\nls\n", ["w"], ["EOF", "$x", "`x`"]),
    ("a.php", "<?php // so [[?]]\n$x = 1;\n", ["w", "don't"], ["a ?> b"]),
    ("a.sql", "select $$so [[?]]$$;\n", ["w", "don't"], ["a $$ b", "$"]),
    ("a.md", "so.[^[[?]]] It\n\n[^1]: so\n", ["1"], ["a b", "a]"]),
    ("a.md", "# so {#[[?]]}\n", ["w"], ["a b", "{a}"]),
    ("a.org", "* so [[?]]\n", ["w"], ["w :a:"]),
    ("a.org", "- so [[?]] :: it\n", ["w"], ["w :: b"]),
    ("a.org", "so [[?]]\n", ["w", "so: it"], []),
    ("a.md", "so https://a.b/[[?]] it\n", ["w", "w-x"], ["w x"]),
    ("a.md", "ask @[[?]] or #[[?]] it\n".replace("#[[?]]", "#x"), ["w"], ["w x"]),
    ("a.md", "so (#[[?]]) it\n", ["w"], ["w x"]),
    ("a.py", "#[[?]]\n", ["w x"], []),
    ("a.py", "x = 1  # see https://a.b/[[?]]\n", ["w"], ["w x"]),
    ("a.tex", "so \\verb|[[?]]| it\n", ["w"], ["a|b"]),
    ("a.tex", "so~\\cite[p.~3]{[[?]]} it\n", ["w"], ["w x", "w,x"]),
    ("a.tex", "\\label{[[?]]}\n", ["w"], ["w x"]),
    ("a.adoc", "image::x.png[so [[?]], 200]\n", ["w", "don't"], ["w, x", "w=x"]),
    ("a.adoc", "[quote, so [[?]]]\nit\n", ["w"], ["w, x"]),
    ("a.adoc", "so (as [[?]]) it\n", ["w, x"], []),
    ("a.csv", "a,b\nx,[[?]]\n", ["w"], ["w, x", 'a "b"', "a\nb"]),
    ("a.csv", "a,b\n[[?]],y\n", ["w", "-5", "+1.5", "w-x"], ["=A1", "@SUM", "-x", "+x"]),
    ("a.csv", 'a,b\nx,"[[?]]"\n', ["w", "w, x"], ['a "b"', "a\nb"]),
    ("a.tsv", "a\tb\nx\t[[?]]\n", ["w"], ["w\tx"]),
    ("a.po", 'msgid "a"\nmsgstr "[[?]]"\n', ["w", "don't"], ['w "x"', "50 %", "a\\n", "a\nb", "{a}"]),
    ("a.po", '# [[?]]\nmsgid "a"\n', ['w "x" 50 %'], ["a\nb"]),
    ("a.rst", "[[?]]\n=====\n\nb\n", ["w x"], ["a\nb", "a\n\nb"]),
    ("a.rst", ".. note::\n\n   [[?]]\n\nb\n", ["w x"], ["a\nb"]),
    ("a.rst", "so [[?]]\n\n  b\n", ["w"], ["a::"]),
    ("a.rst", "so\n[[?]] is\n", ["w"], [".. note:: x", ":a: b", ">>> a"]),
    ("a.rst", "so\n\n[[?]]\n\nis\n", ["w x", "- w\n- x"], [".. include:: x", "a\n==="]),
    ("a.rst", "so ``[[?]]`` is\n", ["w"], ["a ``b"]),
    ("a.org", "| a | [[?]] |\n", ["w"], ["a | b"]),
    ("a.org", "so [[?]] is\n", ["w", "and/or", "a-b"], ["/w/", "*w*", "_w_", "+w+", "<w>", "[w]"]),
    ("a.org", "so\n[[?]] is\n", ["w"], ["* w", "#+w: x", ":w: x", "# w", "- w"]),
    ("a.adoc", "|===\n|a |[[?]]\n|===\n", ["w"], ["a | b"]),
    ("a.adoc", "so [[?]] is\n", ["w", "don't"], ["*w*", "_w_", "`w`", "{w}", "<<w>>"]),
    ("a.adoc", "so\n[[?]] is\n", ["w"], ["= w", ".w", "// w"]),
    ("a.wiki", "so [[?]] is\n", ["w", "don't"], ["{{w}}", "[w]", "a | b"]),
    ("a.wiki", "[[?]] is\n", ["w"], ["* w", "= w", ": w"]),
    ("a.typ", "so [[?]] is\n", ["w"], ["#w", "$w$", "*w*", "@w"]),
    ("a.tex", "\\item [[?]] b\n", ["w"], ["[w] x", "* w"]),
    ("a.rst", "so [[?]] is\n", ["w"], ["*w*", "w_", "``w``", "|w|"]),
    ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\n[[?]]\n", ["w"], ["a\n\nb", "<i>a</i>", "a --> b"]),
    ("a.ini", "[a]\nb = [[?]]\n", ["w"], ["w # x", "w ; x", "%(a)s", "a\nb"]),
    ("a.py", 'def f():\n    """[[?]]"""\n    return 1\n', ["Do it.", "don't", "{a}"], ['a "b"', "a \\ b", 'a"']),
    ("a.py", "x = 1  # [[?]]\n", ["Do it.", 'a "b"', "don't"], ["a\ny = 2", "a\\"]),
    ("a.py", 'x = "[[?]]"\n', ["Do it.", "don't"], ['a "b"', "a\nb", "a\\n"]),
    ("a.py", "x = '[[?]]'\n", ["Do it."], ["don't"]),
    ("a.py", 'x = f"a {b} [[?]]"\n', ["Do it."], ["{c}", "{"]),
    ("a.py", "x = [[?]]\ny = 1\n", ["5", "f(x)", "'a'"], ["the cat", "# c", "(", "'''", "5 +"]),
    ("a.js", "x = 1 // [[?]]\ny()\n", ["Do it.", "don't"], ["a\ny = 2"]),
    ("a.js", "/* [[?]] */\ny()\n", ["Do it."], ["a */ b"]),
    ("a.js", "x = `[[?]]`\ny()\n", ["Do it.", "don't"], ["${x}", "\\"]),
    ("a.c", 'char *s = "[[?]]"; int y;\n', ["Do it.", "don't"], ['a "b"', "100 %d", "a\\n"]),
    ("a.rs", "/// So [[?]]\nfn f() {}\n", ["don't", 'a "b"'], ["a\nb"]),
    ("a.r", "x <- '[[?]]'\n", ["w"], ["don't", "a\\"]),
    ("a.rs", "let s = [[?]]; int y;\n", ["5", "f(x)"], ["/* a", "// a", '"a']),
    ("a.sh", 'echo "[[?]]"\n', ["Do it.", "don't"], ["$x", "`x`", "\\"]),
    ("Makefile", "all:\n\techo [[?]]\n", ["5"], ["# a", '"a']),
    ("a.md", '{\n  "title": "[[?]]",\n  "x": 1\n}\n\n# Hey\n', ["so", "don't"], ["a\\", 'a "b"']),
    ("a.md", '{\n  "title": [[?]]\n}\n\n# Hey\n', ["5", '"so"'], ["so", "5 5"]),
    ("a.md", ';;;\n"title": "[[?]]"\n;;;\n\nHey\n', ["so"], ["a\\"]),
    ("a.md", '<script>\nlet x = "[[?]]";\n</script>\n', ["so", "don't"], ["a\\", "${x}"]),
    ("a.md", "Put `<script>` there, [[?]] it. See `</script>`.\n", ["so", "don't"], ["*b*"]),
    ("a.html", "---\ntitle: [[?]]\nx: y\n---\n<p>hey</p>\n", ["so", "don't"], ["a: b", "a # b"]),
    ("a.adoc", "---\ntitle: [[?]]\n---\n= hey\n", ["so"], ["a: b", "yes"]),
    ("a.org", '+++\ntitle = "[[?]]"\n+++\nhey\n', ["so"], ["a\\"]),
    ("a.astro", '---\nconst x = "[[?]]";\n---\n<p>hey</p>\n', ["so", "don't"], ["a\\", "${x}"]),
    ("a.svelte", '<p>{x ? "[[?]]" : "b"}</p>\n', ["so"], ["a\\", "don't"]),
    ("a.svelte", "<p>[[?]] {x}</p>\n", ["so", "don't"], ["{y}"]),
    ("a.mdx", 'export const m = {\n  title: "[[?]]",\n}\n\nhey\n', ["so"], ["a\\", "don't"]),
    ("a.mdx", 'hey {props.late ? "[[?]]" : "b"} so\n', ["so"], ["a\\", "a`b`"]),
    ("a.mdx", "hey {/* [[?]] */} so\n", ["so", "don't"], ["a */ b"]),
    ("a.strings", '/* [[?]] */\n"a" = "b";\n', ["so", "50 %"], ["a */ b"]),
    ("a.strings", '"a" = "/* [[?]]";\n', ["so"], ["50 %"]),
    ("a.xml", "<!-- [[?]] -->\n<a/>", ["so it", "well-known, don't"], ["a -- b", "a --> b"]),
    ("a.wiki", "'''[[?]]''' is\n", ["so", "don't"], ["''x''", "//x//", "a -- b"]),
    ("a.tmx", "<seg>[[?]]</seg>", ["so"], ["a & b", "<b/>"]),
    ("a.eml", "Content-Transfer-Encoding: quoted-printable\n\nhey [[?]]\n", ["so", "don't"], ["caf\u00e9", "a=b"]),
    ("a.eml", "Content-Transfer-Encoding: 8bit\n\nhey [[?]]\n", ["so", "caf\u00e9", "a=b"], []),
    ("a.1", ".SH NAME\nso [[?]] it\n", ["w", "don't", ".5"], ["a\\b", 'a "b"']),
    ("a.3", ".PP\n[[?]] it\n", ["w"], [".w", "'tis"]),
    ("a.man", "so\n\n[[?]]\n\nit\n", ["w\nb"], ["w\n.b"]),
    ("a.pod", "=head1 A\n\n[[?]] it\n", ["w", "don't"], ["=w", "B<b>"]),
    ("a.gmi", "[[?]] it\n", ["w", "=w"], ["=> w", "# w", "* w", "> w"]),
    ("a.ftl", "so = Hi [[?]]\n", ["w", "don't"], ["{b}"]),
    ("a.twee", ":: So\n[[?]] it\n", ["w"], [":: w", "<b>", "{b}"]),
    ("a.ink", "[[?]] it\n", ["w"], ["* w", "- w", "{b}", "w # b"]),
    ("a.cho", "[C]so [[?]] [G]it\n", ["w"], ["[b]", "{b}"]),
    ("a.lrc", "[00:12.00]so [[?]] it\n", ["w"], ["[b]", "<b>"]),
    ("a.mmd", "graph TD\n  A[so [[?]] it] --> B\n", ["w"], ["(b)", "w: b", "#b"]),
    ("a.fountain", "[[?]] it\n", ["w", "(b)"], [".w", "> w", "INT. w"]),
    ("a.rtf", "{\\rtf1 so [[?]] it}\n", ["w"], ["{b}", "a\\b"]),
    ("a.txt", "a [[?]] b", ["5", '"a"', "a & b", "50 %", "don't"], ["(x"]),
]  # fmt: skip
CASES = [
    (name, text, fill, sound)
    for name, text, *both in SOUND_AND_NOT
    for fills, sound in zip(both, (True, False), strict=True)
    for fill in fills
]


@pytest.mark.parametrize(("name", "text", "fill", "sound"), CASES)
def test_a_fill_holds_nothing_that_means_something_where_it_lands(name: str, text: str, fill: str, sound: bool) -> None:
    assert (landing(name, text).fault(fill) == "") is sound


VALUES = [  # behind which no blank belongs to a fill
    ("a.csv", "a,b\nx,[[?]]\n"),
    ("a.csv", 'a,b\nx,"[[?]]"\n'),
    ("a.tsv", "a\tb\n[[?]]\tx\n"),
    (".env", "A=[[?]]\n"),
    (".env", 'A="[[?]]"\n'),
    ("a.ini", "[a]\nb=[[?]]\n"),
    ("a.properties", "a.b:[[?]]\n"),
    ("a.html", '<a title="[[?]]">x</a>\n'),
    ("a.toml", 'a="[[?]]"\n'),
    ("a.json", '{"a":"[[?]]"}\n'),
    ("a.po", 'msgid "a"\nmsgstr "[[?]]"\n'),
]


@pytest.mark.parametrize(("name", "text"), VALUES)
def test_a_fill_adds_no_blank_to_a_value(name: str, text: str) -> None:
    place = landing(name, text)
    fitted = fit(" so it is ", left=place.left, right=place.right, inline=True, newline="\n", marker=MARK)
    assert place.padded(fitted) == "so it is"
    assert not place.fault("so it is")


DRAWN = [  # a fill, and what stands there then: nothing where it has no room
    ("a.rst", "+----------+---+\n| so [[?]] | x |\n+----------+---+\n", {"it": "it   ", "so it is": None}),
    ("a.rst", "+----------+---+\n| so [[?]] | x |\n+----------+---+\n", {"": None}),
    ("a.md", "+----------+---+\n| [[?]] | x |\n+----------+---+\n", {"it is": "it is   ", "日本語": "日本語  "}),
    ("a.rst", "+---+---+\n| a | b |\n+---+---+\n| [[?]] |\n+-------+\n", {"it": "it   ", "it is so": None}),
    ("a.rst", "+---+-----+\n| a | [[?]] |\n| b | c   |\n+---+-----+\n", {"it": "it ", "its": "its", "it is": None}),
    ("a.rst", "=====  ====\n[[?]]  b\n\nc      d\n=====  ====\n", {"it": "it   ", "it is": "it is", "it is so": None}),
    ("a.rst", "=====  ====\na [[?]]\n       d\n=====  ====\n", {"it": "it", "its": "its", "it is": None}),
    ("a.rst", "=====  ====\na      [[?]]\n=====  ====\n", {"it is so and so": "it is so and so"}),
    ("a.md", "  a    b\n---- ----\n[[?]]     it\n", {"we": None, "": ""}),
    ("a.md", "  a    b\n----- ----\n[[?]] it\n", {"we": "we   ", "we go": "we go"}),
    ("a.rst", "==  ==\na   b\n==  ==\n\nso [[?]] it  is\n\n==  ==\na   b\n==  ==\n", {"we go there": "we go there"}),
    ("a.md", "so [[?]] | it\n", {"we go there": "we go there"}),
    ("a.txt", "+---+---+\n| [[?]] | x |\n+---+---+\n", {"we go there": "we go there"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "fills"), DRAWN)
def test_a_table_that_is_drawn_lines_up_behind_a_fill(name: str, text: str, fills: dict[str, str | None]) -> None:
    place = landing(name, text)
    for fill, stands in fills.items():
        padded = place.padded(fill)
        assert (None if place.fault(padded) else padded) == stands


@pytest.mark.parametrize(("name", "text", "fill"), [case[:3] for case in CASES if not case[3]])
def test_what_is_mended_is_sound_or_there_is_nothing_left_to_take(name: str, text: str, fill: str) -> None:
    """What is left out may leave words that mean something, such as `yes` in YAML: then none of the mended is taken."""
    place = landing(name, text)
    left = [less for less in mended(fill, place.place) if any(map(str.isalnum, less)) and not place.fault(less)]
    assert all(len(less) <= len(fill) for less in left)
    if place.place.code:
        assert not left
    elif sum(map(str.isalpha, fill)) > 4 and not re.search("yes|<script>|import|export|From", fill):
        assert left


def test_a_blank_that_breaks_something_is_left_out() -> None:
    place = landing("a.md", "so **[[?]]** is\n")
    assert place.fault(" it")
    assert "it" in [less for less in mended(" it", place.place) if not place.fault(less)]


def test_other_marks_of_a_file_are_read_as_whatever_parses() -> None:
    other = "\ue000"
    assert Surroundings(Kind.JSON, "a.json", f'{{"a": {other}, "b": ', "}").fault("word")
    assert not Surroundings(Kind.JSON, "a.json", f'{{"a": {other}, "b": ', "}").fault("5")


def test_a_file_that_did_not_parse_before_need_not_parse_behind() -> None:
    assert not landing("a.json", '{"a": "[[?]]", oops').fault("fine")
    assert landing("a.json", '{"a": "[[?]]", oops').fault('"fine"')
    assert not landing("a.py", "def (:\n    # [[?]]\n").fault("fine")


prose = st.text(alphabet="ab \n.-1)*_<>|`[]#:", max_size=12)


@settings(max_examples=500, deadline=None)
@given(prose, prose, prose)
def test_where_no_parser_is_asked_it_would_say_the_same(left: str, fill: str, right: str) -> None:
    place = Surroundings(Kind.MARKDOWN, "", f"{left} a ", f" {right}")
    fill = fill.strip(" ")  # as it is where a blank stands behind it
    if fill and place._is_plain and not place.fault(fill) and not _MARKDOWN_SIGNS.search(fill):
        types = [[name for name, _ in entries(Kind.MARKDOWN, f"{left} a {word} {right}") or ()] for word in ("b", fill)]
        assert types[0] == types[1]


def test_a_long_file_is_not_parsed_but_its_places_are_told() -> None:
    long = "x = 1\n" * 20_000
    assert not landing("a.py", f'{long}y = "[[?]]"\n').fault("fine")
    assert landing("a.py", f'{long}y = "[[?]]"\n').fault('"fine"')
    assert not landing("a.md", f"{long}\n\n[[?]]\n\n{long}").fault("fine\n\n- words")
    assert landing("a.md", f"{long}\n\nSo [[?]] is\n\n{long}").fault("<b>fine</b>")


HOSTILE = [
    "(" * 3000 + "[[?]]",
    "{" * 3000 + "[[?]]",
    "- " * 3000 + "[[?]]",
    "<a>" * 3000 + "[[?]]",
    "\x00[[?]]",
    "&[[?]];",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", [*KINDS, "a.json", "a.toml", "a.xml", "a.jsonl"])
def test_no_file_makes_a_parser_raise(name: str, text: str) -> None:
    place = landing(name, text)
    assert isinstance(place.fault("words"), str)
    assert all(isinstance(less, str) for less in mended("(words", place.place))


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(f"{tag} {[name for name, _ in attrs]}")

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)


pieces = st.sampled_from(
    [
        *"\"'`\\%$&#_{}[]()<>|,;:=*~^/-+!?.\n\t ",
        "word",
        "yes",
        "# ",
        "*/",
        "-->",
        '"""',
        "don't",
        "1.",
        "${",
        "{{",
        "](",
    ]
)
fills = st.lists(pieces, min_size=1, max_size=6).map("".join)


@settings(max_examples=300, deadline=None)
@given(fills)
def test_whatever_the_fill_a_file_that_takes_it_still_says_the_rest(fill: str) -> None:
    """The parsers of the standard library are asked, not those of the package."""
    if not landing("a.json", '{"a": "x [[?]] y", "b": [1, "z"]}').fault(fill):
        read = json.loads('{"a": "x ' + fill + ' y", "b": [1, "z"]}')
        assert read == {"a": f"x {fill} y", "b": [1, "z"]}
    if not landing("a.toml", 'a = "x [[?]] y"\nb = 1\n').fault(fill):
        assert parse_toml(f'a = "x {fill} y"\nb = 1\n') == {"a": f"x {fill} y", "b": 1}
    if not landing("a.csv", "a,b\nx,[[?]]\nc,d\n").fault(fill):
        assert [len(row) for row in csv.reader(io.StringIO(f"a,b\nx,{fill}\nc,d\n", newline=""))] == [2, 2, 2]
    if not landing("a.py", 'def f():\n    """So [[?]] it."""\n    return 1\n').fault(fill):
        (function,) = ast.parse(f'def f():\n    """So {fill} it."""\n    return 1\n').body
        assert isinstance(function, ast.FunctionDef)
        assert ast.get_docstring(function, clean=False) == f"So {fill} it."
        assert len(function.body) == 2
    if not landing("a.py", "x = 1  # [[?]]\ny = 2\n").fault(fill):
        assert ast.dump(ast.parse(f"x = 1  # {fill}\ny = 2\n")) == ast.dump(ast.parse("x = 1\ny = 2\n"))
    if not landing("a.html", '<p title="a [[?]]">x</p><b>y</b>').fault(fill):
        assert Tags(f'<p title="a {fill}">x</p><b>y</b>').found == ["p ['title']", "p", "b []", "b"]
    if not landing("a.html", '<p title="a">x [[?]]</p><b>y</b>').fault(fill):
        assert Tags(f'<p title="a">x {fill}</p><b>y</b>').found == ["p ['title']", "p", "b []", "b"]
