"""Notices of copyright, terms of licences and references to what was published, which hold as they are written."""

from __future__ import annotations

import re

_NOTICE = re.compile(
    r"\bcopyright (?:\(c\)|©|(?:19|20)\d\d)|(?:©|\(c\)) ?(?:19|20)\d\d|\ball rights reserved\b|\bSPDX-[A-Z]\w+"
    r"|\bpermission is hereby granted\b|\bredistribution and use in source\b|\bsoftware is provided \W?as is\b"
    r"|\bwarrant(?:y|ies) of merchantability\b|\bwithout (?:any )?warrant(?:y|ies)\b|\bthis program is free software\b"
    r"|\b(?:licen[cs]ed|distributed|released) under (?:the |a )?(?:terms|\S+ licen[cs]e)|\bunder the terms of the\b"
    r"|\bin no event shall\b|\bintended recipients?\b|\breceived (?:it|this [\w-]+) (?:in error|by mistake)\b"
    r"|\babove copyright notice\b|\bredistributions? (?:of source|in binary)|\bneither the names? of the\b"
    r"|\breproduce and distribute copies of the\b|\bexcept in compliance with the license\b"
    r"|\bthis (?:e-?mail|message)\b[^.]{0,60}\b(?:is|are|may be|contains?) (?:\w+ ){0,2}(?:confidential|privileged)\b"
    r"|\b(?:diese|ce|este|esta|questo|questa|deze|dit) (?:e-?mail|nachricht|message|courriel|mensaje|correo|mensagem"
    r"|messaggio|bericht)\b[^.]{0,80}\b(?:vertraulich|confiden[ct]i|riservat|vertrouwelijk)\w*"
    r"|\bconfidentiality notice\b|\bProject Gutenberg(?:™|\(tm\))? (?:eBook|License|Literary)\b",
    re.IGNORECASE,
)
_YEAR = r"(?:1[5-9]|20)\d\d[a-z]?"
_REFERENCE = re.compile(
    rf"(?:\[\w+\][ ])?[*_]{{0,2}}[^\W\d_a-z][\w'’-]+,? (?:[^\W\d_a-z]\.[ -]?)+"  # an author
    rf".*(?:\({_YEAR}\)|\b{_YEAR}[.,;:])"
    rf"|[^\W\d_a-z][\w'’-]+, [^\W\d_a-z][\w'’ -]{{1,30}}\. "
    rf"(?=.*(?:[:,.] [^\W\d_a-z][\w&.'’ -]*, {_YEAR}\b|\({_YEAR}\)))"
    # As engineers and physicians write them.
    rf"|(?:\[\w+\] )?(?:[^\W\d_a-z]\. ?){{1,3}}[^\W\d_a-z][\w'’-]+,? (?=.*\b{_YEAR}).*\b(?:pp?|vol|no|Proc)\. ?[\dA-Z]"
    rf"|[^\W\d_a-z][\w'’-]+ [A-Z]{{1,3}}(?:, [^\W\d_a-z][\w'’-]+ [A-Z]{{1,3}})*(?:, et al)?\. .*\b{_YEAR};"
    rf"|.*\({_YEAR}\)[.,:].*(?:\bdoi\b|\bISBN\b|\bpp\. ?\d|\bvol\. ?\d|https?://)"
)


def is_notice(text: str, before: str = "") -> bool:
    """Whether a paragraph is a notice of the law, or has one in it, or is a reference to what was published.

    `before` is what stands before its words, which may say what it is.
    """
    return bool(_NOTICE.search(before + text) or _REFERENCE.match(text))
