"""Notices of copyright and terms of licences, which hold as they are written."""

from __future__ import annotations

import re

_NOTICE = re.compile(
    r"\bcopyright (?:\(c\)|©|(?:19|20)\d\d)|(?:©|\(c\)) ?(?:19|20)\d\d|\ball rights reserved\b|\bSPDX-[A-Z]\w+"
    r"|\bpermission is hereby granted\b|\bredistribution and use in source\b|\bsoftware is provided \W?as is\b"
    r"|\bwarrant(?:y|ies) of merchantability\b|\bwithout (?:any )?warrant(?:y|ies)\b|\bthis program is free software\b"
    r"|\b(?:licen[cs]ed|distributed|released) under (?:the |a )?(?:terms|\S+ licen[cs]e)|\bunder the terms of the\b"
    r"|\bin no event shall\b",
    re.IGNORECASE,
)


def is_notice(text: str) -> bool:
    """Whether a paragraph is one of these, or has one in it."""
    return bool(_NOTICE.search(text))
