"""What is markup within a paragraph: code, links, formulas, templates, and the marks of further dialects."""

from __future__ import annotations

import re

_IN_BRACKETS = r"\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)"
_SQUARE = r"\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]"

PATTERNS = (
    # Inline code. Between a blank and a letter, ticks open something: another quotation of TeX.
    r"(?<!`)(?P<ticks>`+)(?!`).{1,1000}?(?<!`)(?!(?<=[\s(])`+\w)(?P=ticks)(?!`)",
    rf"[!@]\[[^\[\]\n]*\](?:{_IN_BRACKETS}|\[[^\[\]\n]*\])",  # images and films, whole
    r"\[\^[^\]\s]+\]:?",  # footnote marks
    rf"\]{_IN_BRACKETS}",  # where links lead
    r"\[[^\[\]\n]+\]\[\]|\]\[[^\[\]\n]+\]",  # or name what leads there
    r"!?\[\[[^\[\]\n]+\]\]",  # wiki links
    r"[\[(][\w -]+::[^\[\]()\n]*[\])]",  # fields within words
    rf"\[\[\?(?:[^\[\]]|{_SQUARE})*\]\]",  # holes
    r"(?<!\])\[[^\[\]\n]+\](?![(\[])",  # or are its name; task marks
    # HTML, and that of wikis, for what is no word
    r"<(?P<element>code|kbd|samp|var|tt|cite|q|ref|math|nowiki|syntaxhighlight|source)\b[^<>]*>[^<>]{0,500}</(?P=element)\s*>",
    r"</?[A-Za-z$][^<>]*>|<!--.{0,2000}?-->",  # HTML
    r"<[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*>|<[\w.+-]{1,64}@[\w.-]+>",  # addresses in angle brackets
    r"<[!@#][^\s<>][^<>\n]{0,80}>|(?<!\|)\|\|(?!\|)",  # who is meant in a chat, and spoilers
    r"<\|[^\s<>]{1,64}>",  # and names of control tokens, such as <|turn>
    r"\{(?P<critic>\+\+|--|~~|==|>>)[^{}\n]{0,2000}?(?:(?P=critic)|<<)\}",  # critic marks, whole
    r"(?<![+\w])\+\+[^\s+](?:[^\n]{0,60}?[^\s+])?\+\+(?![+\w])",  # keys
    r"(?<![=\w])==[^\s=](?:[^=\n]*[^\s=])?==(?![=\w])",  # marked words
    r"(?<=\w)\^[^\s^]{1,40}\^|(?<=\w)(?<!~)~[^\s~]{1,40}~(?!~)",  # raised and lowered
    r"\$\$.{1,2000}?\$\$|\\\(.{1,2000}?\\\)|(?<![\w$])\$(?![\s\d])[^$\n]*(?<!\s)\$(?![\w$])",  # formulas
    r"\\[A-Za-z]+\*?(?:\[[^\[\]\n]*\])*(?:\{(?:[^{}\n]|\{[^{}\n]*\})*\})+",  # commands of LaTeX, whole
    r"(?<![\w@])@(?=[^\s@])[^@\n]{1,80}(?<=[^\s@])@(?![\w@])",  # code of Textile
    r"\\?@ref\([^()\n]*\)",  # of bookdown
    r"(?<!\w)[A-Z](?P<pod><{1,3})[^<>\n]*>{1,3}",  # of Perl's documentation
    r"\{[\w.-]+,\s*(?:plural|select|selectordinal|number|date|time)\b(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}",  # of ICU
    r"\{\{.{0,500}?\}\}|\{%.{0,500}?%\}|\{[#.:][^{}\n]*\}|[$#~]?\{[^{}\s]{0,80}\}",  # templates, attributes
    r"&(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);",  # entities
    r"[\u202a\u202b\u202d\u202e\u2066-\u2068][^\n]{0,500}?[\u202c\u2069]|[\u200e\u200f\u061c]",  # directions
    r"(?<![\u00a0\u2009\u202f])[\u00a0\u2009\u202f]{1,3}[?!:;%…]",  # blanks at marks, as French has them
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\))",  # colours of terminals
    r"(?<!\w)_{3,}(?!\w)|\.{6,}",  # blanks to be filled in by hand
)

# What stands around all words of a text: a tag at its beginning or its end that is not closed or opened within it, a
# pair of tags, a pair of marks of emphasis.
_OPENING = re.compile(r"<(?P<name>[A-Za-z][\w.-]*)(?:\s[^<>\n]*)?>\s*")
_CLOSING = re.compile(r"\s*</(?P<name>[A-Za-z][\w.-]*)\s*>\Z")
_EMPHASIS = re.compile(r"(?P<marks>\*{1,3}|_{1,3}|~~)(?=[^\s*_~])[^*_~]*(?<=[^\s*_~])(?P=marks)")


def inside(text: str, *, emphasis: bool) -> tuple[int, int]:
    """Where the words of a text begin and end, between tags that enclose all of it and, if asked, marks of emphasis.

    What is in between may be rewritten by itself, and what stands around it put back.
    """
    start, end = 0, len(text)
    while True:
        part = text[start:end]
        opening, closing = _OPENING.match(part), _CLOSING.search(part)
        if opening and closing and _is_pair(opening, closing, part):
            before, after = opening.end(), len(part) - closing.start()
        elif opening and not _has(part[opening.end() :], f"</{opening['name']}"):
            before, after = opening.end(), 0
        elif closing and not _has(part[: closing.start()], f"<{closing['name']}"):
            before, after = 0, len(part) - closing.start()
        elif emphasis and (marked := _EMPHASIS.fullmatch(part)):
            before = after = len(marked["marks"])
        else:
            return start, end
        if start + before >= end - after:
            return start, end
        start, end = start + before, end - after


def _is_pair(opening: re.Match[str], closing: re.Match[str], text: str) -> bool:
    name, within = opening["name"], text[opening.end() : closing.start()]
    return closing["name"] == name and not _has(within, f"<{name}") and not _has(within, f"</{name}")


def _has(text: str, tag: str) -> bool:
    """Whether a tag that begins so is in a text."""
    return bool(re.search(rf"{re.escape(tag)}(?![\w-])", text))
