"""What is no word of a language: addresses, paths, flags, names in programs, versions, references, emoji.

The law of it: what stands between two blanks and has something within it that words do not have (digits beside letters,
capitals behind small letters, `_ / \\ @ # $ % & + = :`, a dot between letters) is no word, and stays as it is.
"""

from __future__ import annotations

from dgcli.text.scripts import SPACELESS

_URL_END = r"[^\s<>\"`]*[^\s<>\"`.,;:!?'’”)\]}*_~]"
# What such a string may consist of: no blanks, no marks of a sentence, no script that goes on without blanks.
_IN = rf"[^\s,;!?()\[\]{{}}<>\"“”„«»‹›‘…—–|*`、。·•\uff00-\uff65\u3008-\u301f{SPACELESS}]"
_START, _END = rf"(?<!{_IN})", rf"[^\W{SPACELESS}]|[/%+#$=\\~^]"
_SLANG = r"(?!(?i:w/o|b/c|w/e|w/in|n/a|s/o|h/t)(?!\w))"  # short for words
_UNLIKE_WORDS = "|".join(
    (
        r"[^\W_]_+[^\W_]",  # snake_case
        r"[a-z][A-Z]|[A-Z]{2}[a-z]",  # camelCase, HTTPError
        r"[@#$%&+=/\\:][^\W_]|[/\\][.$%@_~]",  # a/b, user@host, key=value, #tag
        r"(?<!\.)\.[^\W_]",  # host.name, file.txt
        r"~/|[^\W_][~^][^\W_]",
        r"[^\W_]\+\+|[^\W_]#(?!\w)",  # C++, C#
    )
)
_PATH = r"(?:[/\\][\w.*~@$%+-]*[\w*~%])*"  # that goes on behind a variable or a host
_RAISED = "²³¹⁰ⁱ⁴-⁹⁺-⁾ⁿ₀-₉₊-₎ₐ-ₜ"  # and lowered: digits that are none for Python
_KEY = (
    r"(?:(?i:ctrl|control|cmd|command|alt|altgr|option|opt|shift|meta|super|win|fn|esc|tab|enter|return|strg|umschalt)"
    r"|[⌘⌥⇧⌃⎇])"
)
_PICTURES = (
    r"\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3297\u3299"
    r"\U0001f000-\U0001fbff"
)
_SHOUTED = (
    "OK|OKAY|LOL|ROFL|LMAO|OMG|WTF|WTH|BTW|TBH|IMO|IMHO|FYI|ASAP|PLS|PLZ|THX|TY|TIA|IDK|IDC|NVM|BRB|TTYL|FWIW"
    "|AFAIK|IIRC|AFK|SMH|TLDR|ICYMI|YOLO|FOMO|IKR|RN|DM|NP|YW|GG|ILY|JK|OFC|IRL"
)

PATTERNS = (
    rf"(?<![\w+.-])[A-Za-z][A-Za-z0-9+.-]*://{_URL_END}|\b[Ww][Ww][Ww]\d?\.{_URL_END}",
    r"(?<![\w+.-])(?i:mailto|tel|sms|sips?|xmpp|magnet|doi|urn|data|geo|news|irc|callto|skype|facetime|javascript|about"
    rf"|view-source|bitcoin|pmid|arxiv|hdl|isbn|issn|did|tag|cid|mid):(?=[^\s:]){_URL_END}",
    rf"(?<![\w.@/-])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::\d+)?[/?#]{_URL_END}",
    rf"(?<![\w.+-])[\w.+-]{{1,64}}@[\w-]+(?:\.[\w-]+)*(?::[\w./~-]*\w)?{_PATH}",  # mail addresses, user@host:path
    r"(?<![\w@/])@\w[\w-]*(?:[.@/:][\w-]+)*",  # names of accounts
    r"(?<![\w:]):[\w+-]{1,64}:(?![\w:]|//)",  # of emoji
    rf"(?<!\w){_KEY}(?:[ \t]?[+][ \t]?(?:{_KEY}|F\d{{1,2}}|\w|(?i:del(?:ete)?|home|end|space)))+(?!\w)",
    r"[⌘⌥⇧⌃⎇]+[+-]?\w(?!\w)",  # of a Mac
    r"(?<!\w)(?i:ctrl|cmd|alt|shift|esc|tab)-\w(?!\w)|(?<!\w)[CMS]-[a-z](?!\w)",  # as Emacs has them
    rf"(?:[{_PICTURES}]|[#*\d]\ufe0f?\u20e3|[\u00a9\u00ae\u203c\u2049\u2122]\ufe0f)"
    rf"[\ufe0e\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff"
    rf"\U000e0020-\U000e007f{_PICTURES}]*",
    r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?:%\w+)?(?:/\d{1,3})?(?![\w:])",  # IPv6
    r"(?<!\w)[A-Za-z]:\\(?:[\w .()$%@~-]+\\)*[\w.()$%@~-]*[\w)%]"
    r"|\\\\[\w.$-]+(?:\\[\w.()$%@~-]*[\w)$%~])+",  # Windows paths
    rf"(?:(?<!\w)%\w+%|\$\([^()\n]*\)|\$[A-Za-z_]\w*(?:\.\w+)*){_PATH}|%\(\w+\)[a-z]",  # variables
    r"(?<![\w.#:>])\w+(?:(?:\.|::|->|#)\w+)*\([^()\n]{0,80}\)(?:(?:\.|::|->)\w+(?:\([^()\n]{0,80}\))?)*",  # calls
    r"(?<!\w)\w+(?:(?:::|->)\w+)+(?:\.\w+)*|\*\.\w+",  # members; names of files
    r"(?<![\w./*-])(?:[\w.~-]{0,60}/){1,20}\*{1,2}(?:[\w./*-]*[\w*])?",  # of several files
    r"(?<![\w.-])[A-Za-z][\w.-]{0,60}(?:[<>]=?|[~!=]=)\d[\w.*]*(?:,[<>=~!]{1,2}\d[\w.*]*)*",  # and what is required
    r"(?<!\w)\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?",  # points in time
    r"(?<![\w+/=-])[A-Za-z0-9+/=_-]{32,}",  # keys, base64: no word is that long
    rf"{_START}{_SLANG}(?={_IN}*[^\W\d_])(?:(?={_IN}*\d)|(?={_IN}*(?:{_UNLIKE_WORDS}))|(?=--?[A-Za-z])){_IN}*(?:{_END})",
    rf"(?<!\w)(?=\w*[{_RAISED}])\w+",  # H₂O, r²
    r"(?<=->)(?<!-->)[ \t]*[\w.]+(?!\w)",  # where an arrow leads
    r"(?<!\w)[A-F][+−-](?![\w+])",  # marks
    # Plan B, gate B 22; not I and A, nor initials, nor what stands for a word, as in R U OK.
    r"(?<=\w )[B-HJLMO-QST-XZ](?![\w'’&]|\. ?[A-Z])",
    r"(?<=\w )A(?= (?:is|was|and|or|has|had|will|would|can|in|for|of|at|with|but)\b|[,;:!?)]|\.(?!\w))",  # no article
    r"(?<![\w'’.-])[xz](?![\w'’.-])",  # what a number is called
    r"(?<![\w&])[#!]\d+(?!\w)",  # numbers of issues
    r"(?<!\w)__[a-z]+(?:_[a-z]+)*__(?!\w)",  # of Python
    r"(?<!\w)[0-9a-f]{8,}(?!\w)|(?<!\w)(?:localhost|stdin|stdout|stderr)(?!\w)",
    r"(?<!\w)(?:[A-Z]\. ?)+[A-Z][\w'’-]+",  # initials and a name
    r"(?<!\w)\((?i:c|r|tm)\)|(?<!\w)\((?:[a-z]|[ivx]{2,5})\)(?!\w)",  # of a list within a sentence
    r"(?<![\w.])[A-Za-z_]\w{0,60}(?:\[(?:\d+|[a-z])\])+(?![\w(\[])",  # with an index
    r"(?P<capitals>(?<![\w'’-])"
    rf"(?!(?:{_SHOUTED})(?!\w))[A-ZÀ-ÖØ-ÞΑ-ΡΣ-ΩА-Я]{{2,}}(?:[-&/.][A-Z0-9]+)*(?:['’]?[sS])?(?![\w'’$£€]))",
)
