"""How good rewritings are, on pairs of one thing said in two registers.

    python -m benchmarks.restyle_quality pairs.tsv [-m MODEL] [--adapter FOLDER] [--classifier others.jsonl.xz]
        [--limit N] [--json FILE]

A file of pairs has lines of two columns, or JSON objects, whose names are registers: `casual` and `formal`. It may be
packed with xz. The first of --registers is rewritten into the second, the pairs of a file as paragraphs of one text.

Rows: the source as it is (copy); what the model writes on one canvas when it is only asked (prompt only); and `dg
restyle` with one mechanism changed at a time. Columns, tokens being lower-cased `\\w+|[^\\w\\s]`:

- F1 and BLEU against the reference, and F1 against the source; BLEU is that of the whole file.
- register: how surely a naive Bayes classifier over words and characters, trained on --classifier, takes the text for
  the wanted register, from 0 to 1 (0.5: it cannot tell).
- changed: share of the paragraphs that are not the source; kept: share that keeps every number, link and address.
- s: seconds for each pair.

Brackets are 95% bootstrap intervals over pairs; ± F1 is the difference from the first row that is neither copy
nor prompt only, pair by pair. The curve has the register score against the similarity to the source
for each --strengths, with Spearman's correlation.
"""

from __future__ import annotations

import json
import lzma
import math
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import dgcli
from benchmarks.common.arguments import add_json, add_model, described, write_json
from benchmarks.common.passages import finish, tokens
from benchmarks.common.tables import interval
from dgcli.api import open_session
from dgcli.cli.choose import BUNDLED_RESTYLE
from dgcli.tasks.engine import Session
from dgcli.tasks.generate.generate import generate
from dgcli.tasks.restyle.manner import Manner, rewrite_request
from dgcli.tasks.restyle.registers import find_register, read_registers
from dgcli.tasks.restyle.restyle import restyle
from dgcli.tasks.restyle.restyled import Block, Part
from dgcli.tasks.restyle.select import rewrite as as_built
from dgcli.text.blocks import chunks
from dgcli.text.kept import kept_strings

_TRAINED_ON = 10_000  # pairs, drawn from those that there are
_SHARPNESS = 5.0  # of the mean log-odds of a text's features

Pair = tuple[str, str]
Rewrite = Callable[[Session, Sequence[str]], list[str]]


def main() -> None:
    parser = described(__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    add_model(parser, BUNDLED_RESTYLE)
    parser.add_argument("--adapter", action="append", default=[], metavar="FOLDER")
    parser.add_argument("--registers", nargs=2, default=("casual", "formal"), metavar=("FROM", "TO"))
    parser.add_argument("--classifier", type=Path, help="pairs to train the register classifier on; none of the others")
    parser.add_argument("--strength", type=float, default=0.8, help="of the rows")
    parser.add_argument(
        "--strengths", type=float, nargs="*", default=(0, 0.2, 0.4, 0.6, 0.8, 1), help="of the curve; none: no curve"
    )
    parser.add_argument("--rows", help="only the rows whose names match this regular expression")
    parser.add_argument("--limit", type=int, help="pairs of each file at most")
    parser.add_argument("--skip", type=int, default=0, help="pairs of each file that are left out first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int)
    add_json(parser)
    options = parser.parse_args()
    session = open_session(dgcli.load(options.model, adapters=options.adapter), seed=options.seed, steps=options.steps)
    old, new = options.registers
    classifier = Classifier.trained(read_pairs(options.classifier, old, new)) if options.classifier else None
    registers = read_registers()
    wanted = find_register(new, registers)
    manner = Manner(register=wanted.description, unlike=wanted.unlike, strength=options.strength)
    report: dict[str, Any] = {}
    for file in options.files:
        pairs = read_pairs(file, old, new)[options.skip :][: options.limit]
        print(f"\n## {file.stem}: {len(pairs)} pairs, {old} to {new}, strength {options.strength}\n")
        results = {
            name: measure(session, rewrite, pairs, classifier)
            for name, rewrite in rows(manner).items()
            if options.rows is None or re.search(options.rows, name)
        }
        table(results)
        report[file.stem] = {name: result.summary() for name, result in results.items()}
        if options.strengths:
            print("\n### Curve\n")
            points = {
                strength: measure(session, partial(by, replace(manner, strength=strength)), pairs, classifier)
                for strength in options.strengths
            }
            report[file.stem]["curve"] = curve(points)
    write_json(options.json, report)


def rows(manner: Manner) -> dict[str, Rewrite]:
    """What is compared, by its name; with a comma: one thing is another than without it."""
    return {
        "copy": lambda session, sources: list(sources),
        "prompt only": partial(prompt_only, manner.register),
        "as built": partial(by, manner),
        "as built, not told from the other register": partial(by, manner, contrast=0.0),
        "as built, the source not told from them": partial(by, manner, back=0.0),
        "as built, best of 3": partial(by, replace(manner, candidates=3)),
    }


def by(manner: Manner, session: Session, sources: Sequence[str], **weights: float) -> list[str]:
    """The sources as paragraphs of one text, restyled; `weights` are of the score."""
    blocks: dict[int, str] = {}
    text = [line for source in sources for line in (f"{source}\n", "\n")]

    def write(part: Part) -> None:
        if isinstance(part, Block):
            blocks[part.line] = part.text.strip()

    for _ in restyle(session, chunks(text, "text"), manner, write, rewrite=partial(as_built, **weights)):
        pass
    return [blocks.get(2 * number + 1, source) for number, source in enumerate(sources)]


def prompt_only(register: str, session: Session, sources: Sequence[str]) -> list[str]:
    """What the model writes on one canvas when it is asked."""
    found = []
    for source in sources:
        request = rewrite_request(source, register)
        result, _ = finish(generate(session, request, session.engine.canvas_length))
        found.append(" ".join(result.text.split()))
    return found


@dataclass(frozen=True)
class Result:
    """What a row came to, pair by pair."""

    pairs: Sequence[Pair]
    texts: Sequence[str]
    seconds: float
    register: Sequence[float] = field(default_factory=list)

    @property
    def f1(self) -> list[float]:
        return [token_f1(text, target) for text, (_, target) in zip(self.texts, self.pairs, strict=True)]

    @property
    def similarity(self) -> list[float]:
        return [token_f1(text, source) for text, (source, _) in zip(self.texts, self.pairs, strict=True)]

    @property
    def bleu(self) -> float:
        return bleu([(text, target) for text, (_, target) in zip(self.texts, self.pairs, strict=True)])

    @property
    def changed(self) -> float:
        return statistics.fmean(text != source for text, (source, _) in zip(self.texts, self.pairs, strict=True))

    @property
    def kept(self) -> float:
        return statistics.fmean(
            kept_strings(text) == kept_strings(source) for text, (source, _) in zip(self.texts, self.pairs, strict=True)
        )

    def summary(self) -> dict[str, Any]:
        return {
            "f1": statistics.fmean(self.f1),
            "f1_interval": interval(self.f1),
            "bleu": self.bleu,
            "f1_source": statistics.fmean(self.similarity),
            "register": statistics.fmean(self.register) if self.register else None,
            "changed": self.changed,
            "kept": self.kept,
            "seconds": self.seconds,
            "texts": list(self.texts),
        }


def measure(session: Session, rewrite: Rewrite, pairs: Sequence[Pair], classifier: Classifier | None) -> Result:
    started = time.perf_counter()
    texts = rewrite(session, [source for source, _ in pairs])
    seconds = (time.perf_counter() - started) / len(pairs)
    return Result(pairs, texts, seconds, [classifier(text) for text in texts] if classifier else [])


def table(results: dict[str, Result]) -> None:
    """A table in Markdown."""
    print("| way | F1 | ± F1 | BLEU | F1 to source | register | changed | kept | s |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    first = next((result for name, result in results.items() if name not in ("copy", "prompt only")), None)
    for name, result in results.items():
        low, high = interval(result.f1)
        difference = ""
        if first is not None and result is not first:
            each = [a - b for a, b in zip(result.f1, first.f1, strict=True)]
            down, up = interval(each)
            difference = f"{statistics.fmean(each):+.3f} [{down:+.3f}, {up:+.3f}]"
        register = f"{statistics.fmean(result.register):.3f}" if result.register else ""
        print(
            f"| {name} | {statistics.fmean(result.f1):.3f} [{low:.3f}, {high:.3f}] | {difference} | {result.bleu:.3f} "
            f"| {statistics.fmean(result.similarity):.3f} | {register} | {result.changed:.2f} | {result.kept:.2f} "
            f"| {result.seconds:.2f} |",
            flush=True,
        )


def curve(points: dict[float, Result]) -> dict[str, Any]:
    """Register against similarity by strength, and how well each follows the strength."""
    print("| strength | F1 | F1 to source | register | changed |\n|--:|--:|--:|--:|--:|")
    for strength, result in points.items():
        register = f"{statistics.fmean(result.register):.3f}" if result.register else ""
        print(
            f"| {strength} | {statistics.fmean(result.f1):.3f} | {statistics.fmean(result.similarity):.3f} "
            f"| {register} | {result.changed:.2f} |",
            flush=True,
        )
    strengths = list(points)
    similarity = [statistics.fmean(result.similarity) for result in points.values()]
    found: dict[str, Any] = {"similarity": spearman(strengths, similarity)}
    if all(result.register for result in points.values()):
        found["register"] = spearman(strengths, [statistics.fmean(result.register) for result in points.values()])
    print(f"\nSpearman with the strength: {', '.join(f'{name} {value:.2f}' for name, value in found.items())}")
    return found | {str(strength): result.summary() for strength, result in points.items()}


@dataclass(frozen=True)
class Classifier:
    """Naive Bayes over words, pairs of words, and three to five characters; case and punctuation count."""

    weights: dict[str, float]  # log-odds of the second register

    @classmethod
    def trained(cls, pairs: Sequence[Pair]) -> Classifier:
        random.Random(0).shuffle(pairs := list(pairs))
        counts = (Counter[str](), Counter[str]())
        for pair in pairs[:_TRAINED_ON]:
            for count, text in zip(counts, pair, strict=True):
                count.update(features(text))
        known = {feature for count in counts for feature, times in count.items() if times > 1}
        totals = [sum(count[feature] + 1 for feature in known) for count in counts]
        weights = {
            feature: math.log((counts[1][feature] + 1) / totals[1]) - math.log((counts[0][feature] + 1) / totals[0])
            for feature in known
        }
        return cls(weights)

    def __call__(self, text: str) -> float:
        """How surely a text is of the second register; features depend on each other, so each counts but little."""
        found = [self.weights.get(feature, 0.0) for feature in features(text)]
        odds = _SHARPNESS * statistics.fmean(found) if found else 0.0
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))


def features(text: str) -> list[str]:
    words = re.findall(r"\w+(?:['’]\w+)*|[^\w\s]", text)
    marked = ["^", *words, "$"]
    characters = f"\x02{text}\x03"
    return [
        *words,
        *(f"{a} {b}" for a, b in pairwise(marked)),
        *(characters[i : i + n] for n in (3, 4, 5) for i in range(len(characters) - n + 1)),
    ]


def token_f1(text: str, other: str) -> float:
    ours, theirs = tokens(text), tokens(other)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs)) if shared else 0.0


def bleu(pairs: Iterable[Pair], longest: int = 4) -> float:
    """BLEU of a whole file: matches of one to four tokens, add-one smoothed beyond one, with the brevity penalty."""
    found, possible = [0] * longest, [0] * longest
    ours = theirs = 0
    for text, target in pairs:
        a, b = tokens(text), tokens(target)
        ours, theirs = ours + len(a), theirs + len(b)
        for n in range(1, longest + 1):
            one, two = grams(a, n), grams(b, n)
            found[n - 1] += sum((one & two).values())
            possible[n - 1] += sum(one.values())
    if not ours or not found[0]:
        return 0.0
    logs = [
        math.log((match + (n > 0)) / (count + (n > 0)))
        for n, (match, count) in enumerate(zip(found, possible, strict=True))
    ]
    return math.exp(min(0.0, 1 - theirs / ours) + statistics.fmean(logs))


def grams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Correlation of ranks; equal values share theirs."""

    def ranks(values: Sequence[float]) -> list[float]:
        return [statistics.fmean(i for i, w in enumerate(sorted(values)) if w == v) for v in values]

    x, y = ranks(a), ranks(b)
    return statistics.correlation(x, y) if len(set(x)) > 1 and len(set(y)) > 1 else 0.0


def read_pairs(file: Path, old: str, new: str) -> list[Pair]:
    """The pairs of a file, from one register to the other."""
    data = file.read_bytes()
    lines = (lzma.decompress(data) if file.suffix == ".xz" else data).decode().splitlines()
    if ".jsonl" in file.suffixes:
        objects = [json.loads(line) for line in lines]
    else:
        names, *rest = [line.split("\t") for line in lines]
        objects = [dict(zip(names, row, strict=True)) for row in rest]
    return [(each[old].strip(), each[new].strip()) for each in objects]


if __name__ == "__main__":
    main()
