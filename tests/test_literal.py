"""Where literal text is in languages that are mostly words: marks there are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.text.code import range_at
from dgcli.text.literal import literal_ranges

LITERAL = {
    "rst": [
        "So::\n\n    a M\n\n    b\n\nc\n",
        "::\n\n  M\n",
        ".. code-block:: python\n   :linenos:\n\n   M\n\nb\n",
        ".. note::\n\n   So::\n\n      M\n\n   b\n",
        "- a::\n\n    M\n",
        ">>> f(M)\n3\n",
        "a ``b M`` c",
    ],
    "org": [
        "#+BEGIN_SRC python\nM\n#+END_SRC\n",
        "  #+begin_example\n  M\n  #+end_example\n",
        "a\n: M\nb",
        "a =M= b",
        "a ~b M~, c",
    ],
    "asciidoc": [
        "----\nM\n----\n",
        "[source,ruby]\n----\na\n\nM\n----\n",
        "....\nM\n....\n",
        "++++\nM\n++++\n",
        "////\nM\n////\n",
        "```ruby\nM\n```\n",
        "[source,ruby]\nM\n\nb",
        "a\n\n  M\n",
        "a `M` b",
        "a +M+ b",
    ],
    "latex": [
        "\\begin{verbatim}\n\nM\n\\end{verbatim}\n",
        "\\begin{lstlisting}[language=C]\nM\n\\end{lstlisting}\n",
        "\\begin{minted}{c}\nM\n\\end{minted}\n",
        "a \\verb|b M| c",
        "a \\verb*+M+ c",
        "a \\lstinline{M} c",
        "a \\mintinline{c}{M} b",
    ],
}
WORDS = {
    "rst": [
        "a M b",
        "So::\n\n    a\n\nM\n",
        ".. note::\n\n   M\n",
        ".. note:: M\n",
        ".. code-block:: c\n\n   a\n\nM\n",
        "a::\nM\n",
        "term\n    M\n",
        "a `M` b",
        "a ``b`` M ``c`` d",
    ],
    "org": [
        "a M b",
        "#+begin_quote\nM\n#+end_quote\n",
        "#+begin_src c\na\n#+end_src\nM\n",
        "#+begin_src c\nM\n",
        "a = b M = c",
        "- M\n",
        "  M\n",
    ],
    "asciidoc": [
        "a M b",
        "----\na\n----\nM\n",
        "----\nM\n",
        "====\nM\n====\n",
        "* a\n  M\n",
        "* a\n** M\n",
        "  * M\n",
        "[NOTE]\nM\n",
        "a `b` M `c` d",
        "a + M + b",
    ],
    "latex": [
        "a M b",
        "\\begin{quote}\nM\n\\end{quote}\n",
        "\\verb|a| M \\verb|b|",
        "\\emph{M}",
        "\\begin{verbatim}\na\n\\end{verbatim}\nM\n",
    ],
}


@pytest.mark.parametrize(
    ("format", "text", "literal"),
    [(format, text, found is LITERAL) for found in (LITERAL, WORDS) for format, all in found.items() for text in all],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_marks_are_in_what_stands_as_it_is_written(format: str, text: str, literal: bool, newline: str) -> None:
    text = text.replace("\n", newline)
    assert (range_at(text.index("M"), literal_ranges(text, format)) is not None) is literal


LINES = ["a M", "b::", "   c", "", ".. code::", ".. note::", ">>> x", "#+begin_src", "#+end_src", ": d", "----"]
INLINE = [
    "[source]",
    "```",
    "`e`",
    "``f``",
    "=g=",
    "\\begin{verbatim}",
    "\\end{verbatim}",
    "\\verb|h|",
    "* i",
    "\x0b\u2028",
]


@given(
    st.lists(st.sampled_from([*LINES, *INLINE])), st.sampled_from(list(LITERAL)), st.sampled_from(["\n", "\r\n", "\r"])
)
def test_ranges_are_in_order_and_apart_and_within_the_text(lines: list[str], format: str, newline: str) -> None:
    text = newline.join(lines)
    edges = [0, *(edge for found in literal_ranges(text, format) for edge in found), len(text)]
    assert edges == sorted(edges)
    assert all(start < end for start, end in literal_ranges(text, format))
