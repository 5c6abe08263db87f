"""Fuzz one reader: `python -m fuzz.fuzz trace -max_total_time=60`. Needs atheris; the options are those of libFuzzer.

Guided by which branches of dgcli an input reaches. What is found is written as crash-…: feed it back with
`python -m fuzz.fuzz trace crash-…`. Without arguments the readers are listed.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["dgcli", "tests.reliability.readers"]):
    from tests.reliability.damage import damaged
    from tests.reliability.readers import READERS, RUNNERS

MEMORY = 3 * 2**30  # bytes of address space: what needs more is a fault


def main() -> None:
    readers = {name.replace(" ", "-"): reader for name, reader in {**READERS, **RUNNERS}.items()}
    if len(sys.argv) < 2 or sys.argv[1] not in readers:
        sys.exit(f"Name one of {', '.join(readers)}.")
    reader = readers[sys.argv.pop(1)]
    with tempfile.TemporaryDirectory() as place:
        folder, corpus = Path(place, "folder"), Path(place, "corpus")
        folder.mkdir()
        corpus.mkdir()
        good = (reader.folder(folder) / reader.file).read_bytes()
        (corpus / "good").write_bytes(good)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

        def attempt(data: bytes) -> None:
            reader.attempt(folder, data)

        def mutate(data: bytes, most: int, seed: int) -> bytes:
            random = Random(seed)
            return damaged(data, random)[:most] if random.random() < 0.7 else atheris.Mutate(data, most)

        files = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
        options = [f"-max_len={2 * len(good) + 10_000}", "-timeout=60", "-rss_limit_mb=0", "-print_final_stats=1"]
        arguments = [*sys.argv, *options, *([] if files else [str(corpus)])]
        atheris.Setup(arguments, attempt, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
