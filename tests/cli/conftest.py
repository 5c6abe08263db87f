"""Running `dg` as a person does: bytes in, bytes out, an exit code. In this process, with streams of our own."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dgcli.cli.app import app
from dgcli.platform.environment import Environment
from tests.checkpoints import TINY


@dataclass(frozen=True)
class Outcome:
    code: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout.decode()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


Dg = Callable[..., Outcome]


@pytest.fixture
def dg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Dg:
    """`dg(*arguments, stdin=…, terminal=…)`, with the tiny checkpoint as the model and tmp_path as the folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: bytes = b"", terminal: bool = False, model: str = str(TINY)) -> Outcome:
        stdout, stderr = io.BytesIO(), Terminal() if terminal else io.StringIO()
        variables = {"DG_MODEL": model, "TERM": "xterm"}
        env = Environment(io.BytesIO(stdin), stdout, stderr, variables, lambda: 0.0, tmp_path)
        with pytest.raises(SystemExit) as ended:
            app(list(arguments), prog_name="dg", obj=env)
        code = ended.value.code
        assert isinstance(code, int)
        return Outcome(code, stdout.getvalue(), stderr.getvalue())

    return run
