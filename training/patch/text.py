"""Encode the training text once, with the base's tokenizer: 16-bit ids, and where each text begins and ends.

python -m training.patch.text TEXT_FOLDER OUT_FOLDER
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from training.corpus import SOURCES, read_source
from training.patch.base import FOLDER
from training.patch.examples import Texts

SHARES = {  # of the examples: modern prose more often than it is in the text
    **{"tinystories_sample": 0.03, "tinystories_sample2_truecased": 0.05, "storybooks_african": 0.03},
    **{"storybooks_pratham": 0.03, "digitalgov": 0.15, "18f_blog": 0.12, "plainlanguage": 0.02, "masc_written": 0.16},
    **{"masc_spoken": 0.02, "books_children_1830_1928": 0.08, "books_1870_1928": 0.13, "openstax_philosophy": 0.02},
    **{"openstax_political_science": 0.04, "state_union": 0.03, "inaugural": 0.01, "medquad": 0.04},
    **{"swift_evolution": 0.04},
}
MOST = 3_500_000  # tokens of one source
SHORTEST = 40  # tokens of a text


def pack(folder: Path, tokenizer: Tokenizer, out: Path) -> None:
    """Write the tokens of every source."""
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.encode_special_tokens = True
    lengths: list[int] = []
    sources: list[int] = []
    held_out: list[bool] = []
    with (out / "tokens.bin").open("wb") as file:
        for number, source in enumerate(SOURCES):
            total = 0
            for text in read_source(folder, source):
                ids = tokenizer.encode(text.text, add_special_tokens=False).ids
                file.write(np.array(ids, dtype=np.uint16).tobytes())
                lengths.append(len(ids))
                sources.append(number)
                held_out.append(text.held_out)
                if (total := total + len(ids)) > MOST:
                    break
            print(source.name, total, "tokens", flush=True)
    length = np.array(lengths)
    start = np.concatenate([[0], np.cumsum(length)[:-1]])
    np.savez(out / "index.npz", start=start, length=length, source=np.array(sources), held_out=np.array(held_out))
    (out / "sources.json").write_text(json.dumps([source.name for source in SOURCES]) + "\n")


def load_texts(folder: Path, *, held_out: bool) -> Texts:
    """The packed texts of a folder that are for training, or those that are not."""
    index = np.load(folder / "index.npz")
    chosen = (index["held_out"] == held_out) & (index["length"] > SHORTEST)
    names = json.loads((folder / "sources.json").read_text())
    found = [(np.flatnonzero(chosen & (index["source"] == number)), SHARES[name]) for number, name in enumerate(names)]
    found = [(texts, share) for texts, share in found if len(texts)]
    shares = np.array([share for _, share in found])
    return Texts(
        tokens=np.fromfile(folder / "tokens.bin", dtype=np.uint16),
        start=index["start"],
        length=index["length"],
        of_source=tuple(texts for texts, _ in found),
        shares=shares / shares.sum(),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("text", type=Path, help="folder with the text files")
    parser.add_argument("out", type=Path, help="folder for the packed tokens")
    parser.add_argument("--base", type=Path, default=FOLDER, help="folder of the base, default: the bundled one")
    args = parser.parse_args()
    pack(args.text, Tokenizer.from_file(str(args.base / "tokenizer.json")), args.out)


if __name__ == "__main__":
    main()
