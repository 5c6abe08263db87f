from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import dgcli
from dgcli.cli import choose
from dgcli.cli.choose import BUNDLED
from dgcli.env import Environment
from dgcli.errors import ModelError, UsageError
from dgcli.model.fit import CONTEXT, need
from tests.checkpoints import TINY
from tests.cli.conftest import Dg

HEAVY = ("mlx", "mlx_lm", "transformers", "torch", "numpy", "huggingface_hub", "tokenizers", "jinja2")


def test_no_arguments_show_the_help(dg: Dg, capsys: pytest.CaptureFixture[str]) -> None:
    assert dg().code == 0
    assert "infill" in capsys.readouterr().out


def test_the_version(dg: Dg, capsys: pytest.CaptureFixture[str]) -> None:
    assert dg("--version").code == 0
    assert capsys.readouterr().out == f"dg {dgcli.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["infill", "--help"], ["generate", "--help"], ["infill", "-"]])
def test_help_and_early_errors_import_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, dgcli.cli.app as a\n"
        f"sys.argv = ['dg', *{arguments!r}]\n"
        "try: a.main()\n"
        "except SystemExit: pass\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True
    )
    assert done.stdout.splitlines()[-1] == "LOADED []"


def environment(**variables: str) -> Environment:
    return Environment(sys.stdin.buffer, sys.stdout.buffer, sys.stderr, variables, clock=lambda: 0.0)


def test_the_model_is_option_then_variable_then_config_then_bundled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    monkeypatch.setattr(choose, "config_file", lambda: config)
    assert choose.choose(None, environment()).bundled
    assert choose.choose(None, environment()).folder == BUNDLED
    config.write_text('model = "./configured"')
    assert choose.choose(None, environment()).folder == Path("configured")
    assert choose.choose(None, environment(DG_MODEL="./variable")).folder == Path("variable")
    assert choose.choose("./option", environment(DG_MODEL="./variable")).folder == Path("option")


@pytest.mark.parametrize("content", ["model = 3", "model = ", "\x00"])
def test_a_config_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    (tmp_path / "config.toml").write_text(content)
    monkeypatch.setattr(choose, "config_file", lambda: tmp_path / "config.toml")
    with pytest.raises(UsageError):
        choose.choose(None, environment())


def test_a_model_that_is_not_here_is_not_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="no model of that name on this machine"):
        choose.choose("owner/name-that-is-nowhere", environment())


def test_a_model_that_does_not_fit_is_loaded_only_by_force(dg: Dg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dgcli.model.fit.usable_memory", lambda: 1000)
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
    monkeypatch.setattr("dgcli.model.fit.usable_memory", lambda: need(TINY, CONTEXT).total)
    assert dg("generate", "rain", "--steps", "1", "--max-tokens", "8").code == 3
    assert dg("generate", "rain", "--steps", "1").code == 0
