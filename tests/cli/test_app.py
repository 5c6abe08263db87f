from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import dgcli
from dgcli.checkpoint.memory import CONTEXT, need
from dgcli.cli import choose
from dgcli.cli.app import COMMANDS, _command, app
from dgcli.cli.choose import BUNDLED
from dgcli.errors import ModelError, UsageError
from dgcli.platform.backend import this_backend
from dgcli.platform.environment import Environment
from tests.checkpoints import TINY, copy
from tests.cli.conftest import Dg

SLOW = ("mlx_lm", "mlx.nn", "transformers", "torch", "numpy", "huggingface_hub", "requests", "httpx", "asyncio")
"""No command that denoises needs them, and each takes longer to import than dg."""
HEAVY = (*SLOW, "mlx", "tokenizers", "jinja2", "rich", "markdown_it", "pygments", "dgcli.api", "dgcli.cli.session")


def test_no_arguments_show_the_help(dg: Dg, capsys: pytest.CaptureFixture[str]) -> None:
    assert dg().code == 0
    assert "infill" in capsys.readouterr().out


def test_the_version(dg: Dg, capsys: pytest.CaptureFixture[str]) -> None:
    for flag in ("--version", "-V"):
        assert dg(flag).code == 0
        assert capsys.readouterr().out == f"dg {dgcli.__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["infill", "--help"], ["generate", "--help"], ["help", "restyle"], ["infill", "-"]]
)
def test_help_and_early_errors_import_nothing_heavy(arguments: list[str]) -> None:
    assert imported(arguments, HEAVY) == []


@pytest.mark.parametrize("command", [["infill", "draft.md"], ["generate", "rain"]])
def test_denoising_imports_nothing_slow(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "draft.md").write_text("The mill stands [[?]] the river.")
    options = ["-m", str(TINY), "--steps", "1", "--animate", "never", "--seed", "1"]  # its fill is plain words
    products = {"numpy"} if this_backend().numpy_products else set()  # where there is no other fast BLAS
    slow = tuple(name for name in (*SLOW, "markdown_it", "pygments") if name not in products)
    assert imported([*command, *options], slow, tmp_path) == []


def imported(arguments: list[str], names: tuple[str, ...], folder: Path | None = None) -> list[str]:
    """Which of these modules a run of `dg` has imported at its end."""
    code = (
        "import sys, dgcli.cli.app as a\n"
        f"sys.argv = ['dg', *{arguments!r}]\n"
        "try: a.main()\n"
        "except SystemExit: pass\n"
        f"print('\\nLOADED', *[name for name in {names!r} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True, cwd=folder)
    return done.stdout.splitlines()[-1].split()[1:]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_is_listed_is_there(dg: Dg, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert dg(name, "--help").code == 0
    assert f"dg {name}" in capsys.readouterr().out
    assert dg("-h").code == 0
    assert COMMANDS[name] in capsys.readouterr().out  # whole, on one line


def environment(folder: Path, **variables: str) -> Environment:
    return Environment(sys.stdin.buffer, sys.stdout.buffer, sys.stderr, variables, lambda: 0.0, folder)


def test_the_model_is_option_then_variable_then_config_then_bundled(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    (tmp_path / "configured").mkdir()
    assert choose.choose(None, environment(tmp_path)).bundled
    assert choose.choose(None, environment(tmp_path)).folder == BUNDLED
    config.write_text(f'model = "{tmp_path}/configured"')
    assert choose.choose(None, environment(tmp_path)).folder == tmp_path / "configured"
    assert choose.choose(None, environment(tmp_path, DG_MODEL="./variable")).folder == Path("variable")
    assert choose.choose("./option", environment(tmp_path, DG_MODEL="./variable")).folder == Path("option")


@pytest.mark.parametrize("content", ["model = ", "\x00"])
def test_a_config_that_cannot_be_read(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.toml").write_text(content)
    with pytest.raises(UsageError):
        choose.choose(None, environment(tmp_path))


def test_a_model_that_is_not_here_is_not_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="no complete model of that name on this machine"):
        choose.choose("owner/name-that-is-nowhere", environment(tmp_path))
    copy(tmp_path / "models--owner--name" / "snapshots" / ("1" * 40))
    with pytest.raises(ModelError, match=f"but there is owner/name@{'1' * 40}"):
        choose.choose("owner/name", environment(tmp_path))


def test_a_model_that_does_not_fit_is_loaded_only_by_force(dg: Dg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dgcli.checkpoint.memory.usable_memory", lambda: 1000)
    refused = dg("generate", "rain", "--steps", "1")
    assert refused.code == 3
    assert "GB are free" in refused.stderr
    assert dg("generate", "rain", "--steps", "1", "--force").code == 0


def test_adapters_are_loaded_with_the_model(dg: Dg) -> None:
    adapter = str(TINY.parent / "adapter")
    run = ["generate", "rain", "--steps", "2", "--seed", "3", "-q"]
    plain, adapted = dg(*run), dg(*run, "--adapter", adapter, "--record", "trace.jsonl")
    assert plain.code == adapted.code == 0
    assert plain.stdout != adapted.stdout
    assert json.loads(Path("trace.jsonl").read_text().splitlines()[0])["adapters"] == [adapter]
    none = dg(*run, "--adapter", f"{adapter}=0")
    assert none.stdout == plain.stdout
    assert dg("generate", "rain", "--adapter", f"{adapter}=x").code == 2
    missing = dg("generate", "rain", "--adapter", "nowhere")
    assert missing.code == 3
    assert "nowhere does not exist" in missing.stderr


def test_more_tokens_need_more_memory(dg: Dg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dgcli.checkpoint.memory.usable_memory", lambda: need(TINY, CONTEXT).total)
    assert dg("generate", "rain", "--steps", "1", "--max-tokens", "8").code == 3
    assert dg("generate", "rain", "--steps", "1").code == 0


def options_of(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each option with the command that has it, of all commands."""
    names = COMMANDS if not path else getattr(command, "commands", {})
    for parameter in command.params:
        if parameter.param_type_name == "option" and parameter.name != "help":
            yield path, parameter
    for name in names:
        yield from options_of(_command(name) if not path else command.commands[name], (*path, name))


def misuses() -> Iterator[tuple[str, ...]]:
    """Command lines that cannot be read: each option without its value, with one that it cannot have or not take."""
    for path, option in options_of(get_command(app)):
        name = option.opts[-1]
        if option.is_flag:
            yield (*path, f"{name}=x")
            continue
        yield (*path, name)
        if option.type_descriptor.is_ranged or option.type_descriptor.is_choice:
            yield (*path, name, "many")
            yield (*path, name, "")
        if option.type_descriptor.is_ranged:
            yield from ((*path, f"{name}={number}") for number in ("-1", "1e999", "nan"))
    yield from [("infil",), ("--nope",), ("infill", "--nope"), ("models", "nope"), ("explain",), ("\x1b[m",)]
    yield from [("convert", "a"), ("pull", "a", "b"), ("generate", "a", "b"), ("help", "nope"), ("help", "infill", "a")]


def test_a_command_line_that_cannot_be_read_is_told_of_in_one_line(dg: Dg, capsys: pytest.CaptureFixture[str]) -> None:
    """For every option of every command: exit code 2, one line that names it, and no word of how dg is made."""
    lines = list(misuses())
    assert len(lines) > 150
    for arguments in lines:
        outcome = dg(*arguments)
        assert outcome.code == 2, arguments
        assert outcome.stdout == b""
        assert re.fullmatch(r"dg: [^\n]+ `dg[^`\n]*--help` shows what there is\.\n", outcome.stderr), outcome.stderr
        assert not re.search(r"Value error|parse|string|Input|list\[|<|\?\.|\.\.|\x1b|Usage", outcome.stderr), (
            outcome.stderr
        )
    assert capsys.readouterr() == ("", "")
