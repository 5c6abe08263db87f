"""What someone else said: whatever stands within quotation marks, in the ways of many languages.

An apostrophe opens nothing and closes nothing: a single mark opens where no letter stands before it, and closes where
none stands behind it. No pattern reads beyond the next mark that opens another quotation of its kind.
"""

from __future__ import annotations


def _nested(opening: str, closing: str) -> str:
    """A quotation that may hold others of its kind."""
    words = rf"[^{opening}{closing}\n]*"
    return rf"{opening}{words}(?:{opening}{words}{closing}{words})*{closing}"


_SHORT = r"(?!(?i:t(?:was|is|were|will)|e[mr]|cause|cuz|cos|coz|till?|bout|round|n|nuff|neath|gainst|fraid|sup)(?!\w))"
_ENTITIES = "quot|bdquo|[lr]aquo|[lr]saquo|sbquo|#(?:34|39|171|187|8216|8218|8220|8222)"  # of HTML

# Before the entities themselves are seen.
IN_HTML = (
    rf"(?<!\w)&(?:ldquo|lsquo|{_ENTITIES});(?=[^\s&])[^\n]{{1,1000}}?(?<=\S)"
    rf"&(?:[lr][ds]quo|#8217|#8221|{_ENTITIES});(?!\w)"
)
PATTERNS = (
    r'(?<![\w"])"(?=[^\s"])[^"\n]*"(?!\w)',
    r"“[^“”„\n]*”|„[^“”„\n]*[“”]|(?<![\w”])”(?=\w)[^“”„\n]*”",
    r"[“«][^“”«»\n]*$|\A\"(?=[^\W\d_])[^\"\n]*\Z",  # goes on in the next paragraph
    _nested("«", "»"),
    r"»[^«»\n]*«",
    _nested("‹", "›"),
    r"›[^‹›\n]*‹",
    _nested("「", "」"),
    _nested("『", "』"),
    _nested("《", "》"),
    _nested("〈", "〉"),
    _nested("｢", "｣"),
    rf"(?<!\w)‘{_SHORT}(?=[^\s‘’])(?:[^‘’\n]|(?<=\w)’(?=\w))*’(?!\w)",
    r"(?<!\w)‚(?=[^\s‚‘])[^‚‘\n]*‘",
    rf"(?<![\w'])'{_SHORT}(?=\w)(?:[^'\n]|(?<=\w)'(?=\w))*(?<=\S)'(?!\w)",
    r"(?<![\w`])``?(?=\w)[^`'\n]*''?(?!\w)",  # as TeX has it
)
