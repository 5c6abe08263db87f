"""The same seed gives the same bytes, however it is shown, and wherever it runs.

Beside this: tests/model/test_model.py for batches and chunks of a prefill, tests/diffusion for noise and rows.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import dgcli
from dgcli.engine.loading import load_engine
from dgcli.platform.backend import mx
from tests.checkpoints import TINY
from tests.cli.conftest import Dg
from tests.reliability.process import variables

DRAFT, LETTER = b"One [[?~9]] three.\n", b"We go there.\n"
COMMANDS: tuple[tuple[tuple[str, ...], bytes], ...] = (
    (("infill", "-"), DRAFT),
    (("generate", "Rain", "--max-tokens", "40"), b""),
    (("restyle", "--register", "formal", "--strength", "1"), LETTER),
)
SHOWN = (
    ("--animate", "always", "--view", "text", "--record", "run.jsonl"),
    ("--animate", "always", "--view", "heat", "-v"),
    ("--animate", "always", "--view", "line"),
)


@pytest.mark.parametrize(("command", "stdin"), COMMANDS, ids=["infill", "generate", "restyle"])
def test_what_is_shown_and_recorded_changes_no_byte(dg: Dg, command: tuple[str, ...], stdin: bytes) -> None:
    how = (*command, "--seed", "3", "--steps", "2")
    expected = dg(*how, "--animate", "never", stdin=stdin).stdout
    assert expected
    for flags in SHOWN:
        assert dg(*how, *flags, stdin=stdin).stdout == expected, flags


def test_what_ran_before_changes_nothing() -> None:
    texts = []
    for _ in range(2):
        model = dgcli.load(TINY)
        for _ in range(2):
            texts.append(
                (
                    dgcli.infill(model, DRAFT.decode(), seed=3, steps=2).text,
                    dgcli.generate(model, "Rain", seed=3, steps=2, max_tokens=8).text,
                    dgcli.restyle(model, LETTER.decode(), "formal", seed=3, steps=2, strength=1).text,
                )
            )
            dgcli.generate(model, "something else", seed=4, steps=2, max_tokens=8)
    assert len(set(texts)) == 1


def test_batches_and_chunks_change_the_last_digits_of_logits_only() -> None:
    """Of logits up to 30, in float32. Between them and the text stands only the noise, which depends on the place."""
    model = load_engine(TINY)
    prompt, canvas = range(10, 31), [20 + index % 60 for index in range(32)]
    expected = model.denoise(canvas, model.encode(prompt))
    found = [model.denoise(canvas, model.encode(prompt, chunk=chunk)) for chunk in (1, 4, 16, 17)]
    for width in (2, 3, 5):
        rows = [canvas, *([30 + row] * 32 for row in range(1, width))]
        found.append(model.denoise(rows, model.encode(prompt))[0])
    assert max(float(mx.abs(each - expected).max()) for each in found) < 1e-4


IN_A_PROCESS = """
import io, json, sys, time
from pathlib import Path
from dgcli.cli.app import app
from dgcli.platform.environment import Environment
for arguments, stdin in json.load(sys.stdin):
    out = io.BytesIO()
    said, variables = io.StringIO(), {"DG_MODEL": sys.argv[1]}
    env = Environment(io.BytesIO(stdin.encode()), out, said, variables, time.perf_counter, Path("none"))
    try:
        app([*arguments, "--seed", "3", "--steps", "2"], prog_name="dg", obj=env)
    except SystemExit as ended:
        print(ended.code, out.getvalue())
"""


def test_another_process_writes_the_same(dg: Dg, tmp_path: Path) -> None:
    work = json.dumps([[command, stdin.decode()] for command, stdin in COMMANDS])
    surroundings = {"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Etc/GMT+5"}
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS, str(TINY)],
        input=work.encode(),
        env=variables(tmp_path, **surroundings),
        capture_output=True,
        check=True,
    )
    here = [dg(*command, "--seed", "3", "--steps", "2", stdin=stdin) for command, stdin in COMMANDS]
    assert done.stdout.decode().splitlines() == [f"{outcome.code} {outcome.stdout!r}" for outcome in here]
