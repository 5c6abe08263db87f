"""A person's own texts: what of them is prose, and what can be learned from it."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dgcli.errors import InputError
from dgcli.tasks.infill.layout import Gap
from dgcli.tasks.restyle.passage import passages
from dgcli.text.blocks import Prose, chunks, pieces
from dgcli.text.blocks.formats import format_of
from dgcli.text.document import decode
from dgcli.text.scripts import line_breaks
from dgcli.text.sentences import LAST, starts
from dgcli.tune.data.asking import Asking
from dgcli.tune.data.rough import rough
from dgcli.tune.example import Example
from dgcli.tune.origin import ORIGIN

FEWEST_WORDS = 1000
FEWEST_PARTS = 8  # where there are fewer files, long ones are parted
PART = 6000  # characters of a part of a long text, at least, if that makes enough of them
LARGEST = 2**24  # bytes of a file
STRETCH = 128  # tokens of running text
MOST_WORDS, MEAN_WORDS = 20, 6  # of a fill
ENDS_A_SENTENCE = 0.3  # share of the fills that go on to the end of theirs
APART = 60  # tokens of prose for each fill
ENDINGS = 0.25  # share of the paragraphs whose end is learned
REWRITTEN = 0.25  # share of the passages that are learned from what is rough
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Page:
    """A text, or a part of a long one; what is held out is whole pages."""

    name: str
    text: str
    """With newlines as `\\n`."""
    prose: tuple[tuple[int, int], ...]
    """Where its paragraphs are: characters from and to, in order."""

    @property
    def words(self) -> int:
        """Of its prose."""
        return sum(len(self.text[start:end].split()) for start, end in self.prose)


@dataclass(frozen=True)
class Pages:
    """The texts of a folder."""

    pages: tuple[Page, ...]
    files: int
    skipped: tuple[str, ...]
    """Why files were left out, a sentence each."""


def read_pages(path: Path) -> Pages:
    """The prose of a text, or of all texts in a folder and in those below it; hidden ones and adapters are left out.

    Raises:
        InputError: there is none that can be read, or too little prose in them.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist.", "Name a file of pairs (.jsonl), a text, or a folder of texts.")
    read: list[Page] = []
    skipped: list[str] = []
    for file in _files(path):
        try:
            name = str(file.relative_to(path)) if path.is_dir() else file.name
            read.append(_page(file, name.encode(errors="backslashreplace").decode()))
        except InputError as error:
            skipped.append(f"{error.problem.removesuffix(', so it was not restyled.').rstrip('.')}.")
    found = [page for page in read if page.words]
    words = sum(page.words for page in found)
    if words < FEWEST_WORDS:
        left_out = f" {skipped[0]}" if skipped else ""
        raise InputError(
            f"{path} has {words} words of prose; at least {FEWEST_WORDS} are needed.{left_out}",
            "Texts are read that `dg restyle` reads: .md, .txt, .html, .tex and others.",
        )
    parted = found if len(found) >= FEWEST_PARTS else [part for page in found for part in _parts(page)]
    return Pages(tuple(parted), len(found), tuple(skipped))


def split_pages(pages: Sequence[Page], seed: int) -> tuple[tuple[Page, ...], tuple[Page, ...]]:
    """Those to learn from, and those that are held out: about a tenth of the words, whole pages, at least one."""
    wanted = sum(page.words for page in pages) / 10
    held_out: set[Page] = set()
    for page in random.Random(seed).sample(pages, len(pages) - 1):
        if not held_out or sum(each.words for each in held_out) + page.words <= wanted * 1.2:
            held_out.add(page)
    return tuple(page for page in pages if page not in held_out), tuple(page for page in pages if page in held_out)


def page_examples(page: Page, asking: Asking, register: str | None, seed: int) -> tuple[Example, ...]:
    """Fills of a page, here and there, and how its text goes on.

    That is its running text where the encoder reads texts as they stand, else fills of holes at the end of a text.
    With a register, which is described, passages too that are to be written in it as the page has them: from words
    without most of what makes them the person's (`rough`).
    """
    rng = random.Random(f"{seed} {page.name}")
    running = _running(page, asking) if asking.holes.bare else _endings(page, asking, rng)
    rewritten = () if register is None else _rewritten(page, asking, register, rng)
    return (*running, *_fills(page, asking, rng), *rewritten)


def holes(page: Page, count: int, rng: random.Random) -> list[tuple[int, int]]:
    """Up to `count` places of whole words within a line, apart from each other, in the order of the page."""
    places: set[tuple[int, int]] = set()
    for start, end in rng.choices(page.prose, [end - start for start, end in page.prose], k=count):
        place = _hole(page.text, start, end, rng)
        if place is not None and all(place[1] < other[0] or other[1] < place[0] for other in places):
            places.add(place)
    return sorted(places)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, below, names in os.walk(path):
        below[:] = sorted(
            name for name in below if not name.startswith(".") and not Path(folder, name, ORIGIN).exists()
        )
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _page(file: Path, name: str) -> Page:
    """Raises InputError where it is no prose, or cannot be read."""
    try:
        if not file.is_file() or file.stat().st_size > LARGEST:
            raise InputError(f"{name} is not a text file, or is too large.")
        text = decode(file.read_bytes(), name)
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}).") from error
    format = format_of(file.name, text)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    prose: list[tuple[int, int]] = []
    place = 0
    for chunk in chunks(text.splitlines(keepends=True), format, file.name):
        for piece in pieces(chunk):
            source = piece.source if isinstance(piece, Prose) else piece
            if isinstance(piece, Prose) and piece.text.strip():
                prose.append((place, place + len(source.rstrip())))
            place += len(source)
    return Page(name, text, tuple(prose))


def _parts(page: Page) -> Iterator[Page]:
    """A long page in parts of whole paragraphs."""
    least = min(PART, len(page.text) // (FEWEST_PARTS + 2))
    begin, spans = 0, list[tuple[int, int]]()
    for number, (start, end) in enumerate(page.prose):
        spans.append((start - begin, end - begin))
        last = number == len(page.prose) - 1
        if last or (end - begin >= least and len(page.text) - end >= least):
            cut = len(page.text) if last else page.prose[number + 1][0]
            yield Page(f"{page.name}:{begin}", page.text[begin:cut], tuple(spans))
            begin, spans = cut, []


def _running(page: Page, asking: Asking) -> Iterator[Example]:
    """The page's prose in stretches, over paragraphs that only blanks part."""
    stretches: list[tuple[int, int]] = []
    for start, end in page.prose:
        if stretches and not page.text[stretches[-1][1] : start].strip():
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((start, end))
    for start, end in stretches:
        ids = asking.chat.tokenizer.encode(page.text[start:end])
        for place in range(0, len(ids), STRETCH):
            yield asking.running(ids[place : place + STRETCH])


def _endings(page: Page, asking: Asking, rng: random.Random) -> Iterator[Example]:
    """The ends of some paragraphs, each from where a sentence begins, as if the text had been written up to there."""
    for start, end in page.prose:
        begins = starts(page.text[start:end])[1:]
        if not begins or rng.random() > ENDINGS:
            continue
        try:
            begin = start + rng.choice(begins)
            fill = asking.fill(Gap(left=page.text[:begin], right=""), page.text[begin:end])
        except ValueError:  # it is too long for a canvas
            continue
        yield replace(fill, kind="continuation")


def _fills(page: Page, asking: Asking, rng: random.Random) -> Iterator[Example]:
    count = 1 + sum(asking.count(page.text[start:end]) for start, end in page.prose) // APART
    for start, end in holes(page, count, rng):
        try:
            yield asking.fill(Gap(left=page.text[:start], right=page.text[end:]), page.text[start:end])
        except ValueError:  # of a script in which a word has more tokens than a canvas
            continue


def _rewritten(page: Page, asking: Asking, register: str, rng: random.Random) -> Iterator[Example]:
    for start, end in page.prose:
        text = " ".join(page.text[start:end].split())
        for passage in passages(text, (), asking.count, asking.longest_passage):
            target = passage.strip()
            if rng.random() < REWRITTEN and (source := rough(target)) not in ("", target):
                yield asking.rewriting(source, target, register)


def _hole(text: str, start: int, end: int, rng: random.Random) -> tuple[int, int] | None:
    """Some words of a line of a paragraph; None where it has too few."""
    lines = [(start + found.start(), start + found.end()) for found in re.finditer(r"[^\n]+", text[start:end])]
    first, last = rng.choices(lines, [b - a for a, b in lines])[0]
    words = list(_words(text, first, last))
    if len(words) < 2:
        return None
    place = rng.randrange(len(words))
    count = min(MOST_WORDS, 1 + int(rng.expovariate(1 / (MEAN_WORDS - 1))))
    chosen = words[place : place + count]
    if rng.random() < ENDS_A_SENTENCE:
        rest = words[place : place + MOST_WORDS]
        ends = [number for number, (a, b) in enumerate(rest) if LAST.search(text[a:b])]
        chosen = rest[: ends[0] + 1] if ends else chosen
    return chosen[0][0], chosen[-1][1]


def _words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Words of a line; where a script has no blanks, pieces of them."""
    for word in _WORD.finditer(text, start, end):
        begin = word.start()
        for cut in (*(begin + place for place in line_breaks(word.group())), word.end()):
            yield begin, cut
            begin = cut
