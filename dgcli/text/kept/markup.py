"""What is markup within a paragraph: code, links, formulas, templates, and the marks of further dialects."""

from __future__ import annotations

_IN_BRACKETS = r"\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)"

PATTERNS = (
    r"(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)",  # inline code
    rf"!\[[^\[\]\n]*\]{_IN_BRACKETS}",  # images, whole
    r"\[\^[^\]\s]+\]:?",  # footnote marks
    rf"\]{_IN_BRACKETS}",  # where links lead
    r"\[[^\[\]\n]+\]\[\]|\]\[[^\[\]\n]+\]",  # or name what leads there
    r"!?\[\[[^\[\]\n]+\]\]",  # wiki links
    r"(?<!\])\[[^\[\]\n]+\](?![(\[])",  # or are its name; task marks
    r"<(?P<element>code|kbd|samp|var|tt|cite|q)\b[^<>]*>[^<>]{0,500}</(?P=element)\s*>",  # HTML for what is no word
    r"</?[A-Za-z][^<>]*>|<!--.{0,2000}?-->",  # HTML
    r"<[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*>|<[\w.+-]{1,64}@[\w.-]+>",  # addresses in angle brackets
    r"<\|[^\s<>]{1,64}>",  # and names of control tokens, such as <|turn>
    r"\{(?P<critic>\+\+|--|~~|==|>>)[^{}\n]{0,2000}?(?:(?P=critic)|<<)\}",  # critic marks, whole
    r"(?<![+\w])\+\+[^\s+](?:[^\n]{0,60}?[^\s+])?\+\+(?![+\w])",  # keys
    r"(?<![=\w])==[^\s=](?:[^=\n]*[^\s=])?==(?![=\w])",  # marked words
    r"(?<=\w)\^[^\s^]{1,40}\^|(?<=\w)(?<!~)~[^\s~]{1,40}~(?!~)",  # raised and lowered
    r"\$\$.{1,2000}?\$\$|\\\(.{1,2000}?\\\)|(?<![\w$])\$(?![\s\d])[^$\n]*(?<!\s)\$(?![\w$])",  # formulas
    r"\{\{.{0,500}?\}\}|\{%.{0,500}?%\}|\{[#.:][^{}\n]*\}|\$?\{[\w.:!?-]{0,80}\}",  # templates, attributes
    r"&(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);",  # entities
    r"(?<!\w)_{3,}(?!\w)|\.{6,}",  # blanks to be filled in by hand
)
