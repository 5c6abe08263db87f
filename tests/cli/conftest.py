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


class Screen(io.BytesIO):
    def isatty(self) -> bool:
        return True


Dg = Callable[..., Outcome]


@pytest.fixture
def dg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Dg:
    """`dg(*arguments, stdin=…, terminal=…, screen=…)`, the tiny checkpoint the model, tmp_path the folder.

    `terminal`: stderr is one; `screen`: stdout is.
    """
    monkeypatch.chdir(tmp_path)

    def run(
        *arguments: str,
        stdin: bytes = b"",
        terminal: bool = False,
        screen: bool = False,
        model: str = str(TINY),
        **variables: str,
    ) -> Outcome:
        stdout, stderr = Screen() if screen else io.BytesIO(), Terminal() if terminal else io.StringIO()
        variables = {"DG_MODEL": model, "TERM": "xterm"} | variables
        env = Environment(io.BytesIO(stdin), stdout, stderr, variables, lambda: 0.0, tmp_path)
        with pytest.raises(SystemExit) as ended:
            app(list(arguments), prog_name="dg", obj=env)
        code = ended.value.code
        assert isinstance(code, int)
        return Outcome(code, stdout.getvalue(), stderr.getvalue())

    return run
