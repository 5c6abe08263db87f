"""OpenAI's HumanEval-Infilling with any model: lines or spans of Python functions to fill in.

    python -m benchmarks.humaneval_infilling HumanEval-SingleLineInfilling.jsonl.gz -m MODEL [--limit N] [--out FILE]
    python -m benchmarks.humaneval_infilling … --run        # also runs what the model wrote: see below

Prints how many fills are the original ones, blanks aside; with `--run`, also how many pass the problem's own tests.
`--out` writes the completions in the form that the benchmark's own evaluation reads.

`--run` executes code that a model wrote. Each program runs in a process of its own with limits on time, memory and
files, in an empty folder, but in no sandbox: use a machine that you can do without.
"""

from __future__ import annotations

import gzip
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import dgcli
from benchmarks.common.arguments import add_model, described
from dgcli.text.document import Document, Span

SECONDS, MEMORY, FILE_SIZE = 5, 2 << 30, 1 << 20


def main() -> None:
    parser = described(__doc__)
    parser.add_argument("problems", type=Path)
    add_model(parser)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--run", action="store_true", help="run the completed programs; read the warning above first")
    options = parser.parse_args()
    with gzip.open(options.problems, "rt", encoding="utf-8") as file:
        problems = [json.loads(line) for line in file][: options.limit]
    model = dgcli.load(options.model)
    same = passed = 0
    samples: list[dict[str, Any]] = []
    for number, problem in enumerate(problems, 1):
        completion = complete(model, problem, options.seed)
        samples.append({"task_id": problem["task_id"], "completion": completion})
        same += completion.split() == problem["canonical_solution"].split()
        passed += options.run and passes(problem, completion)
        print(f"\r{number}/{len(problems)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(f"the original: {same} of {len(problems)} ({same / len(problems):.1%})")
    if options.run:
        print(f"passes the tests: {passed} of {len(problems)} ({passed / len(problems):.1%})")
    if options.out:
        options.out.write_text("".join(json.dumps(sample) + "\n" for sample in samples), encoding="utf-8")


def complete(model: dgcli.LoadedModel, problem: dict[str, Any], seed: int) -> str:
    """What the model writes between prompt and suffix. Where whole lines are missing, the hole is whole lines."""
    before, after = problem["prompt"], problem["suffix"]
    end = "\n" if before.endswith("\n") and after and not after.startswith("\n") else ""
    document = Document(text=before + end + after, spans=(Span(start=len(before), end=len(before)),))
    return dgcli.infill(model, document, seed=seed).fills[0].text + end


def passes(problem: dict[str, Any], completion: str) -> bool:
    """Whether the completed program passes the problem's tests."""
    program = (
        f"{problem['prompt']}{completion}{problem['suffix']}\n{problem['test']}\ncheck({problem['entry_point']})\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-c", program],
                cwd=folder,
                env={},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
                preexec_fn=_limit,
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))


if __name__ == "__main__":
    main()
