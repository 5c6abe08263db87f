"""Lines that programs wrote: logs, consoles, tracebacks, data, drawings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from dgcli.text.blocks.lines import has_words
from dgcli.text.blocks.replies import is_header
from dgcli.text.sentences import LAST

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
    r"|[Uu]sage: \S.*(?:[\[<]\S|\s--?\w|\.{3})"
    r"|Unable to handle kernel |BUG: |Oops: |CPU: \d+ PID: |Call Trace:|RIP: \w"  # of the kernel
    r"|.*\w\+0x[0-9a-f]+/0x[0-9a-f]+"
    r"|[IVWEFD]/[\w.]+\(? *\d*\)?: "  # of Android
    r"|npm (?:ERR!|WARN)|-?(?:ba|z|k)?sh: |\w+\[\d+\]: "
    r")"
)
_HOST = re.compile(r"\S+@\S+[ :][^\s$#]*[$#%] \S")
# A paragraph with one of these is a piece of a program, whatever stands beside.
_CODE = re.compile(
    r"\s*(?:"
    r"set -\w|case\s+[\"'$].*\sin\s*$|.*;;\s*$|(?:esac|fi)\s*$"
    r"|(?:for|while|until)\b.*;[ \t]*do\b|(?:el)?if\b.*;[ \t]*then\b|(?:el)?if \[|(?:done|fi|esac)[ \t]*[;|<>&]"
    r"|@echo (?:off|on)\b|echo [\"'$-]|param\(|[A-Z][a-z]+-[A-Z]\w+ (?:-\w|[\"'$])|\.[A-Z]{3,}:(?:\s|$)"
    r"|(?:(?:pub|public|private|protected|static|export|default|async|final|abstract|inline|extern)\s+)*"
    r"(?:fn|def|func|function|class|struct|enum|interface|impl|trait|namespace|module)\s+"
    r"(?:[\w:.$]+[!?]?[({<]|[\w:.$<>]+\s*(?:\{|:\s*$|where\s*$)|[A-Z]\w*(?:\s*<\s*[A-Z][\w:]*)?\s*$)"
    r"|(?:local|my|our|let|var|const|val)\s+[$@%]?\w+(?:\s*:\s*\w+)?\s*:?=|\$\w+\s*[-+.]?=[^=]|\w+ :: \S"
    r"|(?:use|using|package|import|require|include|namespace)\s+[^\s;]+(?:\s+[^\s;]+){0,3};\s*$"
    r"|(?:resource|variable|provider|output|data)(?:\s+\"[^\"\n]*\")+|cmake_minimum_required\(|[GM]\d{1,3}(?:\s+[A-Z]-?[\d.]+)*\s*(?:;|$)"
    r"|.*\S\s*\{\s*$|[})\]]+[;,)]*\s*$|.*\w\([^()\n]*\)\s*(?:->\s*\S+\s*)?\{.*\}\s*$"
    r"|(?=.*(?:[=$]|\w\()).*[\w)\]}\"'`];\s*(?:(?://|\#).*)?$"
    r")"
)
# Entries of YAML, and the heads of sections that documentation of Python has.
_ENTRY = re.compile(r"(?P<blanks>[ \t]*)(?P<dash>-[ \t]+)?[A-Za-z_][\w.-]*:(?P<value>[ \t]+\S[^\n]*|\s*$)")
_IN_YAML = re.compile(r"[ \t]*(?:#|-[ \t]+\S)")
_SECTION = re.compile(
    r"(?:Parameters|Other Parameters|Returns|Yields|Receives|Raises|Warns|Warnings|Attributes|Methods|See Also)[ \t]*$"
)
# A rule of make or just, which has its commands below.
_TARGET = r"(?:[a-z0-9_][\w-]*|[\w.%$(){}/*-]*[.%$/][\w.%$(){}/*-]*)"
_RULE = re.compile(rf"{_TARGET}(?:[ \t]+{_TARGET})*[ \t]*::?(?![=:])[^\n]*$")
_SETTING = re.compile(
    r"[\w.-]+[ \t]*(?:[:?+!]|::)?=|(?:-?include|ifn?eq|ifn?def|else|endif|export|unexport|define|endef)\b"
)
# A line of a paragraph that is nothing but such lines: what a shell is told, imports, assignments.
_COMMAND = re.compile(
    r"\s*(?:"
    r"(?:sudo|doas) \S|(?:git|npm|npx|yarn|pnpm|pip3?|pipx|conda|docker|podman|kubectl|helm|apt|apt-get|brew|cargo"
    r"|systemctl|terraform|dotnet|mvn) [a-z][\w-]*(?:\s|$)|go (?:build|run|test|get|mod|install|vet|fmt)(?:\s|$)"
    r"|(?:python[\d.]*|perl|ruby|node|make|ftp|ssh|sh|bash)(?:\s+-\w.*|\s+[\w.@/-]+)\s*$"
    r"|(?:curl|wget|scp|rsync|chmod|chown|mkdir) \S|(?:cd|source) [-~./\w$]+\s*$|export \w+="
    r"|(?:from [\w.]+ )?import [\w.*, {}()]+(?: as \w+)?;?\s*$"
    r"|(?:[\w.\[\]]{1,60}, ){0,5}[\w.\[\]]{1,60} [-+*/|&]?= \S|\w[\w.]*\(.*\);?\s*$"
    r")"
)
# Text that was encoded: `=C3=A9`, `=20` and `=` at a line's end of quoted-printable, lines without a blank.
_ENCODED = re.compile(r"(?:=[0-9A-F]{2}){2}|=(?:20|3D|09|C3|E2)")
_SOFT_BREAK = re.compile(r"[^=\s] ?=\s*$")
_CODES = re.compile(r"[0-9A-F]{4,6}(?:\.\.[0-9A-F]{4,6})?[ \t]*;")  # of characters, as Unicode lists them
_DATA = re.compile(r"\s*[!-~]{40,}\s*$")
_URL_ALONE = re.compile(
    r"\s*(?:[-*+•]\s+|\(?\[?\d{1,3}[\]).:]*\s+|[\w-]{1,20}:\s+)?[<(]?(?:\w+://|www\.|mailto:)[^\s<>]+[>)]?[.,;]?\s*$"
)
_DIFFSTAT = re.compile(
    r" \S.*\|\s+(?:\d+ [+-]*|Bin\b.*)\s*$| \d+ files? changed(?:, \d+ \w+\([+-]\))*\s*$"
    r"| (?:create|delete) mode \d{6} | rename \S.* \(\d+%\)| mode change "
)
_MODES = re.compile(r".{0,40}-\*-.+-\*-|\W{0,6}(?:vim?|ex):[ \t]?(?:set?[ \t])?\w+[=:]")  # of Emacs and vim
_OPTION = re.compile(r"\s*--?\w[\w-]*(?:[ =]?[\[<{A-Z]\S*)?(?:\s*$|[ ]{2,}\S|\t|,[ ]--?\w)")  # of a command
# No blank stands at a separator of cells, but stands behind a mark of a sentence; `a = b` in a list of words to learn.
_TIGHT = re.compile(r"\S[,;](?=\S)")
_QUOTED_CELL = re.compile(r"(?:^|\S[,;])\"[^\"\n]*\"(?=[,;]|\s*$)")
_SEPARATORS = (
    (re.compile(r"(?<=[^\s\d]);(?=[^\s\d])"), 1),
    (re.compile(r"(?<=\S),(?=[^\s\d])|(?<=[^\s\d]),(?=\S)"), 2),
)
_PAIR = re.compile(r"[^=.!?;:\n]{1,40} (?:=|→|=>|->) \S")
_DASHED_PAIR = re.compile(r"[^.!?;:,\n–—-][^.!?;:,\n–—]{0,39} [–—-]{1,2} \S")
_FEWEST_PAIRS = 3  # that are no sentences with a dash in each
_DRAWN = re.compile(r"[\u2500-\u259f]")
_ART_WORD = re.compile(r"(?:^|\s)(?=\S*[/\\])(?=\S*[_|()<>^-])[^A-Za-z0-9\s]{3,}(?=\s|$)|(?<!\S)\+[-=]{3,}\+(?!\S)")
_ART = re.compile(r"[\\/|_=+*#~^<>{}\[\]()]")


def is_program(lines: Sequence[str]) -> bool:
    """Whether a paragraph is a log, a console, a traceback or a piece of a program, or has one in it."""
    return any(_PROGRAM.match(line) or _HOST.match(line) or _CODE.match(line) for line in lines) or has_rules(lines)


def has_rules(lines: Sequence[str]) -> bool:
    """Whether a paragraph has a rule of make: a target, and a command below it behind a tab."""
    return any(_RULE.match(line) and re.match(r"\t\S", below) for line, below in pairwise(lines))


def begins_with_rules(lines: Sequence[str]) -> bool:
    """Whether a text has a rule of make with a command, and before it nothing but what a Makefile has there."""
    for line, below in pairwise(lines):
        if not _in_makefile(line):
            return False
        if has_rules((line, below)):
            return True
    return False


def may_be_rules(lines: Sequence[str]) -> bool:
    """Whether a text may be the beginning of a Makefile, of which no command came yet."""
    return any(map(_RULE.match, lines)) and all(map(_in_makefile, lines)) and not begins_with_rules(lines)


def _in_makefile(line: str) -> bool:
    return (
        not line.strip()
        or line.startswith("#")
        or (not is_header(line) and bool(_RULE.match(line) or _SETTING.match(line)))
    )


def is_commands(lines: Sequence[str]) -> bool:
    """Whether a paragraph is nothing but commands or statements, with no mark of a sentence behind any."""
    return all(_COMMAND.match(line) and line.rstrip()[-1:] not in ".!?:,…" for line in lines)


def is_yaml(lines: Sequence[str]) -> bool:
    """Whether a paragraph is nothing but entries of YAML, of which one has others within it."""
    entries = [_ENTRY.match(line) for line in lines]
    if not all(entry or _IN_YAML.match(line) for entry, line in zip(entries, lines, strict=True)):
        return False
    return any(
        before and after and (not before["value"].strip() or before["dash"]) and _inner(after) > len(before["blanks"])
        for before, after in pairwise(entries)
    )


def _inner(entry: re.Match[str]) -> int:
    """The column of the key of an entry."""
    return len(entry["blanks"]) + len(entry["dash"] or "")


def is_cells(lines: Sequence[str]) -> bool:
    """Whether all lines of a paragraph are rows of as many cells, or pairs of words with a sign between them."""
    if len(lines) > 1 and any(map(_QUOTED_CELL.search, lines)) and all(map(_TIGHT.search, lines)):
        return True
    if len(lines) < 2 or any(LAST.search(line.rstrip()) for line in lines):
        return False
    if all(map(_PAIR.match, lines)) or (len(lines) >= _FEWEST_PAIRS and all(map(_DASHED_PAIR.match, lines))):
        return True
    return any(
        len(counts := {len(separator.findall(line)) for line in lines}) == 1 and counts.pop() >= least
        for separator, least in _SEPARATORS
    )


def is_section(lines: Sequence[str]) -> bool:
    """Whether a paragraph is one of those sections in which numpydoc lists parameters and the like."""
    return len(lines) > 1 and bool(_SECTION.match(lines[0].strip())) and set(lines[1].strip()) == {"-"}


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
    goes_on = (
        before.rstrip()[-1:].isalpha()
        or before.rstrip().endswith(",")
        or (after.lstrip()[:1].islower() and not _URL_ALONE.match(after))
    )
    return not goes_on and bool(_URL_ALONE.match(line))


def stands_alone(line: str) -> bool:
    """Whether a line is data, a row of `git diff --stat` or drawn with characters."""
    return bool(
        _CODES.match(line)
        or _MODES.match(line)
        or _OPTION.match(line)
        or _DIFFSTAT.match(line)
        or _DRAWN.search(line)
        or _is_data(line)
        or _is_art(line)
    )


def _is_data(line: str) -> bool:
    return bool(_DATA.match(line)) and "://" not in line


def _is_art(line: str) -> bool:
    """Whether a line has a word of characters that people draw with, or is half made of them."""
    signs = len(_ART.findall(line))
    return bool(_ART_WORD.search(line)) or (signs > 3 and signs * 2 >= len("".join(line.split())))
