"""Lines that programs wrote: logs, consoles, tracebacks, data, drawings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgcli.text.blocks.lines import has_words

# A paragraph with one of these is what a program wrote, or what it was told.
_PROGRAM = re.compile(
    r"\s*(?:"
    r"(?:>>>|\$(?=[ \t]+[^\s\d])|[%❯➜]|PS [A-Z]:[^>\n]*>|[A-Z]:\\[^>\n]*>|(?:In |Out)\[\d+\]:|irb\(.*>"
    r"|\((?:gdb|lldb|[Pp]db|venv|\w+-env)\)|(?:mysql|sqlite|postgres|psql|ftp|julia|scala)[=#]*>)[ \t]+\S"
    r"|Traceback \(most recent call last\)|Caused by: |Exception in thread |goroutine \d+ \[|panic: |Segmentation fault"
    r"|File \"[^\"\n]+\", line \d+|at [\w.$<>/]+ ?\([^()\n]*\)\s*$|\#\d+ +(?:0x[0-9a-f]+|\S+ \()"
    r"|(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Warning)\b(?:: |\s*$)"
    r"|\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\[?\d\d:\d\d:\d\d[\].,]|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |\[ *\d+\.\d{3,}\] "
    r"|\d{1,3}(?:\.\d{1,3}){3} \S+ \S+ \[|\[?(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|TRACE)\b\]?[ :|\]]"
    r"|[\w./\\-]+\.\w+:\d+(?::\d+)?:? |(?:error|warning|fatal)(?:\[\w+\])?: "
    r"|(?:SELECT\b.{1,200}\bFROM|INSERT INTO|UPDATE \S+ SET|DELETE FROM|(?:CREATE|ALTER|DROP) (?:TABLE|VIEW|INDEX))\s"
    r"|(?:(?:\*|\d+)(?:[-,/]\d+)*[ \t]+){5}\S*[/.]\S"  # of cron
    r"|[a-z0-9][a-z0-9+.-]+ \([^()\s]+\) [\w -]+; urgency=\w+"  # of Debian's changelogs
    r"|npm (?:ERR!|WARN)|-?(?:ba|z|k)?sh: |\w+\[\d+\]: "
    r")"
)
_HOST = re.compile(r"\S+@\S+[ :][^\s$#]*[$#%] \S")
# A line of a paragraph that is nothing but such lines: what a shell is told, imports, assignments.
_COMMAND = re.compile(
    r"\s*(?:"
    r"(?:sudo|doas) \S|(?:git|npm|npx|yarn|pnpm|pip3?|pipx|conda|docker|podman|kubectl|helm|apt|apt-get|brew|cargo"
    r"|systemctl|terraform|dotnet|mvn) [a-z][\w-]*(?:\s|$)|go (?:build|run|test|get|mod|install|vet|fmt)(?:\s|$)"
    r"|(?:curl|wget|scp|rsync|chmod|chown|mkdir) \S|(?:cd|source) [-~./\w$]+\s*$|export \w+="
    r"|(?:from [\w.]+ )?import [\w.*, {}()]+(?: as \w+)?;?\s*$"
    r"|(?:[\w.\[\]]{1,60}, ){0,5}[\w.\[\]]{1,60} [-+*/|&]?= \S|\w[\w.]*\(.*\);?\s*$"
    r")"
)
# Text that was encoded: `=C3=A9`, `=20` and `=` at a line's end of quoted-printable, lines without a blank.
_ENCODED = re.compile(r"(?:=[0-9A-F]{2}){2}|=(?:20|3D|09|C3|E2)")
_SOFT_BREAK = re.compile(r"[^=\s] ?=\s*$")
_DATA = re.compile(r"\s*[!-~]{40,}\s*$")
_URL_ALONE = re.compile(
    r"\s*(?:[-*+•]\s+|\(?\[?\d{1,3}[\]).:]*\s+|[\w-]{1,20}:\s+)?[<(]?(?:\w+://|www\.|mailto:)[^\s<>]+[>)]?[.,;]?\s*$"
)
_DIFFSTAT = re.compile(
    r" \S.*\|\s+(?:\d+ [+-]*|Bin\b.*)\s*$| \d+ files? changed(?:, \d+ \w+\([+-]\))*\s*$"
    r"| (?:create|delete) mode \d{6} | rename \S.* \(\d+%\)| mode change "
)
_DRAWN = re.compile(r"[\u2500-\u259f]")
_ART_WORD = re.compile(r"(?:^|\s)(?=\S*[/\\])(?=\S*[_|()<>^-])[^A-Za-z0-9\s]{3,}(?=\s|$)")
_ART = re.compile(r"[\\/|_=+*#~^<>{}\[\]()]")


def is_program(lines: Sequence[str]) -> bool:
    """Whether a paragraph is a log, a console or a traceback, or has one in it."""
    return any(_PROGRAM.match(line) or _HOST.match(line) for line in lines)


def is_commands(lines: Sequence[str]) -> bool:
    """Whether a paragraph is nothing but commands or statements, with no mark of a sentence behind any."""
    return all(_COMMAND.match(line) and line.rstrip()[-1:] not in ".!?:,…" for line in lines)


def is_encoded(lines: Sequence[str]) -> bool:
    """Whether a paragraph is encoded as quoted-printable."""
    return any(map(_ENCODED.search, lines)) or any(map(_SOFT_BREAK.search, lines[:-1]))


def is_drawing(lines: Sequence[str]) -> bool:
    """Whether a paragraph is drawn with characters, whatever words are in it."""
    art = [_is_art(line) or bool(_DRAWN.search(line)) for line in lines]
    drawn = sum(is_art or not has_words(line, 1) for is_art, line in zip(art, lines, strict=True))
    return any(art) and drawn > 1 and drawn * 2 >= len(lines)


def is_address(line: str, before: str, after: str) -> bool:
    """Whether a line is an address and no part of the sentence that the lines before and after it may be."""
    goes_on = before.rstrip()[-1:].isalpha() or before.rstrip().endswith(",") or after.lstrip()[:1].islower()
    return not goes_on and bool(_URL_ALONE.match(line))


def stands_alone(line: str) -> bool:
    """Whether a line is data, a row of `git diff --stat` or drawn with characters."""
    return bool(_DIFFSTAT.match(line) or _DRAWN.search(line) or _is_data(line) or _is_art(line))


def _is_data(line: str) -> bool:
    return bool(_DATA.match(line)) and "://" not in line


def _is_art(line: str) -> bool:
    """Whether a line has a word of characters that people draw with, or is half made of them."""
    signs = len(_ART.findall(line))
    return bool(_ART_WORD.search(line)) or (signs > 3 and signs * 2 >= len("".join(line.split())))
