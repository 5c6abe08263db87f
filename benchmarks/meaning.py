"""How surely `dg restyle` tells a faithful rewording from one that says something else.

    python -m benchmarks.meaning [benchmarks/data/meaning.tsv] [-m MODEL] [--adapter FOLDER] [--limit N] [--json FILE]

Each line of the file has a sentence in casual words, the same in formal ones, and the same with one thing changed:
who, when, not, how many, what. The first, third, fifth … line is for tuning and the others are held back. Rows: by
the rules alone (facts and doubts of `dgcli.text.kept`), and with the encoder's likelihood of text and source given
each other, at the limit that restyling has and at others. Given are the shares of faithful rewordings that pass and
of changed ones.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import dgcli
from benchmarks.common.arguments import add_json, add_model, described, write_json
from benchmarks.common.passages import finish
from dgcli.api import open_session
from dgcli.cli.choose import BUNDLED_RESTYLE
from dgcli.tasks.engine import Session
from dgcli.tasks.restyle.manner import Manner
from dgcli.tasks.restyle.passage import Passage
from dgcli.tasks.restyle.registers import read_registers
from dgcli.tasks.restyle.score import Scorer
from dgcli.tasks.restyle.select import ALIKE

FILE = Path(__file__).parent / "data" / "meaning.tsv"
LIMITS = (-5.0, -4.5, -4.0, -3.8, -3.6, -3.4, -3.2, -3.0, -2.8, -2.6)


@dataclass(frozen=True)
class Reworded:
    """A rewording, and what is found of it."""

    source: str
    text: str
    changed: str  # what; nothing if it is faithful
    held_back: bool
    by_rules: str  # what speaks against it
    likeness: float


def reworded(session: Session, file: Path, limit: int | None) -> list[Reworded]:
    formal = read_registers()["formal"]
    manner = Manner(register=formal.description, unlike=formal.unlike, strength=1.0)
    found = []
    with file.open(encoding="utf-8") as lines:
        for number, row in enumerate(islice(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), limit)):
            source = row["source"]
            passage = Passage.of(source, manner)
            scorer = Scorer(session=session, text=source, manner=manner)
            texts = {row["faithful"]: "", row["changed"]: row["what"]}
            every, _ = finish(scorer.judged(list(texts)))
            for (text, changed), judged in zip(texts.items(), every, strict=True):
                why = next(iter(passage.faults(text)), "")
                found.append(Reworded(source, text, changed, number % 2 == 1, why, judged.likeness))
    return found


def line(name: str, found: Sequence[Reworded], limit: float) -> str:
    """A row of the table."""
    cells = []
    for held_back in (False, True):
        here = [one for one in found if one.held_back == held_back]
        passed = [one for one in here if not one.by_rules and one.likeness >= limit]
        cells.append(f"{sum(not one.changed for one in passed)} of {sum(not one.changed for one in here)}")
        kinds = Counter(one.changed for one in passed if one.changed)
        told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        cells.append(f"{kinds.total()} of {sum(bool(one.changed) for one in here)}" + (f" ({told})" if told else ""))
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = described(__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    add_model(parser, BUNDLED_RESTYLE)
    parser.add_argument("--adapter", action="append", default=[])
    parser.add_argument("--limit", type=int, help="lines at most")
    add_json(parser)
    options = parser.parse_args()
    session = open_session(dgcli.load(options.model, adapters=options.adapter), seed=1)
    found = reworded(session, options.file, options.limit)
    print("| check | tuning: faithful pass | changed pass | held back: faithful pass | changed pass |")
    print("|---|--:|--:|--:|--:|")
    print(line("rules", found, float("-inf")))
    for limit in LIMITS:
        print(line(f"and likeness of {limit}" + (", as built" if limit == ALIKE else ""), found, limit))
    write_json(options.json, [asdict(one) for one in found])


if __name__ == "__main__":
    main()
