"""Encode the cleaned text once: one file of 16-bit token ids, and where each text in it begins and ends.

python pack.py TEXT_FOLDER TOKENIZER_FOLDER OUT_FOLDER PAIRS_FOLDER
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from corpus import SOURCES, read_source
from pairs import Pairs
from tokenizers import Tokenizer

EVERYDAY = (
    *("masc_written", "masc_spoken", "storybooks_african", "storybooks_pratham", "tinystories_sample2_truecased"),
    *("tinystories_sample", "18f_blog", "digitalgov", "books_children_1830_1928", "books_1870_1928"),
)
CONTEMPORARY = ("digitalgov", "18f_blog", "masc_written", "openstax_political_science", "medquad")


@dataclass(frozen=True)
class Packed:
    """All texts as tokens. `shares` are the sources' parts in the mixture, by index."""

    tokens: np.ndarray
    start: np.ndarray
    length: np.ndarray
    source: np.ndarray
    held_out: np.ndarray
    names: tuple[str, ...]
    shares: np.ndarray

    def text(self, index: int) -> np.ndarray:
        """Tokens of one text."""
        return self.tokens[self.start[index] : self.start[index] + self.length[index]]


def pack(folder: Path, tokenizer: Tokenizer, out: Path) -> None:
    """Write the tokens of every source."""
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.encode_special_tokens = True
    lengths: list[int] = []
    sources: list[int] = []
    held_out: list[bool] = []
    with (out / "tokens.bin").open("wb") as file:
        for number, source in enumerate(SOURCES):
            texts = list(read_source(folder, source))
            encodings = tokenizer.encode_batch_fast([text.text for text in texts], add_special_tokens=False)
            for text, encoding in zip(texts, encodings, strict=True):
                file.write(np.array(encoding.ids, dtype=np.uint16).tobytes())
                lengths.append(len(encoding.ids))
                sources.append(number)
                held_out.append(text.held_out)
            print(source.name, len(texts), "texts", sum(len(e.ids) for e in encodings), "tokens", flush=True)
    length = np.array(lengths, dtype=np.int64)
    np.savez(
        out / "index.npz",
        start=np.concatenate([[0], np.cumsum(length)[:-1]]),
        length=length,
        source=np.array(sources, dtype=np.int16),
        held_out=np.array(held_out),
    )
    mixture = {source.name: source.share for source in SOURCES}
    (out / "mixture.json").write_text(json.dumps(mixture, indent=1) + "\n")


def load(folder: Path) -> Packed:
    """The packed text of a folder."""
    index = np.load(folder / "index.npz")
    mixture = json.loads((folder / "mixture.json").read_text())
    return Packed(
        tokens=np.fromfile(folder / "tokens.bin", dtype=np.uint16),
        start=index["start"],
        length=index["length"],
        source=index["source"],
        held_out=index["held_out"],
        names=tuple(mixture),
        shares=np.array(list(mixture.values())),
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("text", type=Path, help="folder with the text files")
    parser.add_argument("tokenizer", type=Path, help="folder with tokenizer.json")
    parser.add_argument("out", type=Path, help="folder for the packed tokens")
    parser.add_argument("pairs", type=Path, help="folder with texts in two registers")
    args = parser.parse_args()
    pack(args.text, Tokenizer.from_file(str(args.tokenizer / "tokenizer.json")), args.out)
    wordy, everyday = (_texts(args.text, names) for names in (CONTEMPORARY, EVERYDAY))
    Pairs.read(args.pairs, wordy, everyday).pack(args.out)


def _texts(folder: Path, names: Sequence[str]) -> Iterator[str]:
    """The texts of some sources, held-out ones left out."""
    for source in SOURCES:
        if source.name in names:
            yield from (text.text for text in read_source(folder, source) if not text.held_out)


if __name__ == "__main__":
    main()
