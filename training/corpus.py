"""Read and clean the training text: whole paragraphs of prose, each source with its share of the mixture.

A source file holds UTF-8 documents parted by a line `<|endoftext|>`, compressed with xz. Only sources whose licence
allows weights to be shipped are named here (public domain, CC0, MASC, CC BY, Apache-2.0, CDLA); share-alike text is
left out on purpose.

    python -m training.corpus TEXT_FOLDER     # shows how much of each source is kept, and samples
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import random
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SEPARATOR = "<|endoftext|>"
MOST_WORDS = 25_000_000  # of one source


@dataclass(frozen=True)
class Source:
    """One file of text and its share of the training examples."""

    name: str
    share: float


SOURCES = (
    Source("tinystories_sample", 0.035),
    Source("tinystories_sample2_truecased", 0.035),
    Source("storybooks_african", 0.02),
    Source("storybooks_pratham", 0.025),
    Source("digitalgov", 0.1),
    Source("18f_blog", 0.055),
    Source("plainlanguage", 0.01),
    Source("masc_written", 0.055),
    Source("masc_spoken", 0.01),
    Source("books_children_1830_1928", 0.16),
    Source("books_1870_1928", 0.3),
    Source("openstax_philosophy", 0.015),
    Source("openstax_political_science", 0.025),
    Source("state_union", 0.035),
    Source("inaugural", 0.015),
    Source("medquad", 0.06),
    Source("swift_evolution", 0.045),
)


@dataclass(frozen=True)
class Text:
    """A cleaned document, or a part of a long one."""

    source: str
    held_out: bool
    text: str


_SPACES = re.compile(r"[ \t\u00a0\u2009\u200a]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_BEFORE_MARK = re.compile(r" +([,.;:!?%)\]])(?=\s|$)")
_REPEATED_STOP = re.compile(r"(?<!\.)\.\.(?!\.)")
_SPLIT_SUFFIX = re.compile(r"(\w) ('(?:s|t|re|ve|m|ll|d)|n't)\b")
_MARKUP = re.compile(r"[|<>{}\\^~=_@#*]|https?:|www\.|\.(?:com|org|gov|html)\b|\[[^\]]*$|\.{5,}|(?:\. ){5,}")
_HEADER = re.compile(r"^(?:subject|from|to|date|message-id|re|cc|sent|chapter|illustration|\[?footnote)\b[\s.:]", re.I)
_LIST_ITEM = re.compile(r"^(?:[-*•·]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_WORD = re.compile(r"[A-Za-z']+")
_ENDS_WELL = re.compile(r"""[.!?…][")'\]]*$|[:—]$""")
_SENTENCE_END = re.compile(r"(?<=[a-z)][.!?])\s+(?=[A-Z])")
_STARTS_WELL = re.compile(r"""^["'(\[—]*[A-Z0-9]""")
_COMMON_WORDS = (
    "the a an and or but of to in on at for with by from is are was were be been it he she they we you i his her their "
    "this that not as had have has do did will would can could so if when what there my your our its"
)
_COMMON = frozenset(_COMMON_WORDS.split())


def tidy(paragraph: str) -> str:
    """The paragraph on one line with usual spacing."""
    line = _INVISIBLE.sub("", paragraph).replace("``", '"').replace("''", '"').replace(" '", " '")
    line = _SPACES.sub(" ", line.replace("\n", " ")).strip()
    line = _BEFORE_MARK.sub(r"\1", line)
    line = _SPLIT_SUFFIX.sub(r"\1\2", line)
    return _REPEATED_STOP.sub(".", line)


def is_prose(line: str) -> bool:
    """Whether the line reads as whole sentences: no heading, list item, table row, mail header or run of links."""
    if len(line) < 25 or len(line) > 6000 or not _ENDS_WELL.search(line) or not _STARTS_WELL.match(line):
        return False
    if _HEADER.match(line) or _LIST_ITEM.match(line) or _MARKUP.search(line):
        return False
    if line.count(" - ") > 2 or line.count('"') % 2:
        return False
    letters = sum(c.isalpha() and c.isascii() for c in line)
    spaces = line.count(" ")
    if letters + spaces < 0.9 * len(line) or spaces < 4:
        return False
    words = _WORD.findall(line)
    common = sum(word.lower() in _COMMON for word in words)
    capital = sum(word[0].isupper() for word in words)
    return common >= 0.2 * len(words) and capital <= 0.4 * len(words)


def rejoin(paragraphs: list[str]) -> Iterator[str]:
    """Put together paragraphs that a page layout broke in the middle of a sentence."""
    held = ""
    for paragraph in paragraphs:
        if held and (paragraph[:1].islower() or held[-1:] in ",-"):
            held = f"{held} {paragraph}"
            continue
        if held:
            yield held
        held = paragraph
    if held:
        yield held


def broken(paragraph: str, longest: int = 1200) -> list[str]:
    """A paragraph that runs on for pages, as speeches do, cut at ends of sentences; any other as it is."""
    if len(paragraph) <= 5 * longest:
        return [paragraph]
    found = [""]
    for sentence in _SENTENCE_END.split(paragraph):
        if len(found[-1]) + len(sentence) > longest:
            found.append("")
        found[-1] = f"{found[-1]} {sentence}".strip()
    return found


def clean(document: str) -> str:
    """The document's paragraphs of prose, parted by blank lines."""
    paragraphs = [short for part in re.split(r"\n\s*\n", document) for short in broken(tidy(part))]
    return "\n\n".join(line for line in rejoin([p for p in paragraphs if p]) if is_prose(line))


def parts(text: str, words: int = 1200) -> Iterator[str]:
    """Cut a long text at paragraph ends into parts of about so many words."""
    part: list[str] = []
    length = 0
    for paragraph in text.split("\n\n"):
        part.append(paragraph)
        length += paragraph.count(" ") + 1
        if length >= words:
            yield "\n\n".join(part)
            part, length = [], 0
    if length >= 30:
        yield "\n\n".join(part)


def wrapped(text: str, width: int) -> str:
    """The text with hard line breaks, as many people write Markdown and mail."""
    return "\n\n".join(
        textwrap.fill(p, width, break_long_words=False, break_on_hyphens=False) for p in text.split("\n\n")
    )


def _chance(key: str) -> float:
    """A number in [0, 1) that depends on the key alone."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=6).digest(), "big") / 2**48


def read_source(folder: Path, source: Source, held_out: float = 0.02, hard_wrapped: float = 0.1) -> Iterator[Text]:
    """Cleaned texts of one source. Whole documents are held out, chosen by their content, so the choice is stable."""
    with lzma.open(folder / f"{source.name}.txt.xz", "rt", encoding="utf-8") as file:
        documents = file.read().split(f"\n{SEPARATOR}")
    random.Random(source.name).shuffle(documents)
    words = 0
    for document in documents:
        if words >= MOST_WORDS:
            break
        text = clean(document)
        aside = _chance("held out" + text[:300]) < held_out
        for part in parts(text):
            draw = _chance("wrap" + part[:300])
            words += part.count(" ") + 1
            yield Text(source.name, aside, wrapped(part, 66 + int(draw * 200)) if draw < hard_wrapped else part)


def main() -> None:
    """Print what is kept of each source."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the folder with the text of the sources")
    folder = parser.parse_args().folder
    for source in SOURCES:
        texts = list(read_source(folder, source))
        kept = sum(len(t.text.split()) for t in texts)
        aside = sum(len(t.text.split()) for t in texts if t.held_out)
        print(f"== {source.name}: {len(texts)} texts, {kept} words, {aside} held out")
        for text in random.Random(1).sample(texts, min(3, len(texts))):
            print("   ", repr(text.text[:400]))


if __name__ == "__main__":
    main()
