"""`dg config` and `dg registers` show what holds and where it comes from; what is wrong in the files is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dgcli.cli import editor
from dgcli.cli.commands import registers
from dgcli.cli.config import KEYS, template
from dgcli.cli.names import BUNDLED_NAME
from dgcli.platform.toml import parse_toml
from tests.cli.conftest import Dg

WRONG = 'thme = "dark"\nview = "line"\nundo = 3\n\n[other]\nmodel = "x"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.fixture
def edits(dg: Dg, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """`edits(command, line)`: run `dg` with an editor that is a line of shell; $1 is the file."""
    monkeypatch.setattr(editor, "_TERMINAL", "/dev/null")

    def run(command: str, line: str) -> Any:
        script = tmp_path / "editor"
        script.write_text(f"#!/bin/sh\n{line}\n")
        script.chmod(0o755)
        return dg(command, "edit", VISUAL=str(script))

    return run


def keys(dg: Dg, **options: Any) -> dict[str, tuple[Any, str]]:
    done = dg("config", "--json", **options)
    assert done.code == 0, done.stderr
    return {key: (each["value"], each["origin"]) for key, each in json.loads(done.stdout)["keys"].items()}


def test_every_key_has_its_value_and_where_it_comes_from(dg: Dg, config: Path) -> None:
    none = dg("config", model="")
    assert none.text.startswith(f"{config}  (not there")
    assert {line.split()[0] for line in none.text.splitlines()[3:]} == KEYS.keys()
    assert keys(dg, model="")["model"] == (BUNDLED_NAME, "default")
    config.write_text('model = "26b-4bit"\ncolors = "16"\nundo = false\nfolders = ["~/m"]\n')
    found = keys(dg, model="")
    assert found["model"] == ("26b-4bit", "config.toml")
    assert found["undo"] == (False, "config.toml")
    assert found["folders"] == (["~/m"], "config.toml")
    assert found["view"] == ("text", "default")
    assert found["theme"] == (None, "default")
    found = keys(dg, model="other", NO_COLOR="1")
    assert found["model"] == ("other", "environment (DG_MODEL)")
    assert found["colors"] == ("none", "environment (NO_COLOR)")


def test_what_is_wrong_is_named_with_its_line_and_the_rest_is_used(dg: Dg, config: Path) -> None:
    config.write_text(WRONG)
    done = dg("config")
    assert done.stderr.splitlines() == [
        f"dg: {config}, line 1: there is no key `thme`. Did you mean theme?",
        f"dg: {config}, line 3: `undo` has to be true or false.",
        f"dg: {config}, line 5: there is no key `other`.",
    ]
    assert keys(dg)["view"] == ("line", "config.toml")
    assert keys(dg)["undo"] == (True, "default")


@pytest.mark.parametrize(
    "command",
    [
        ("infill", "draft.md", "--steps", "1"),
        ("restyle", "draft.md", "--register", "formal", "--steps", "1"),
        ("generate", "rain", "--steps", "1"),
        ("restyle", "draft.md"),
        ("models",),
        ("registers",),
        ("bench", "--prompt", "8", "--steps", "1"),
    ],
    ids=" ".join,
)
def test_every_command_that_reads_it_names_a_fault_once(dg: Dg, config: Path, command: tuple[str, ...]) -> None:
    Path("draft.md").write_text("One [[?~2]] three.\n")
    config.write_text(WRONG)
    assert dg(*command).stderr.count("Did you mean theme?") == 1
    if command[0] not in ("bench",):
        assert "Did you mean theme" not in dg(*command, "-q").stderr


def test_many_faults_are_counted(dg: Dg, config: Path) -> None:
    config.write_text("".join(f"x{number} = 1\n" for number in range(30)))
    lines = dg("config").stderr.splitlines()
    assert len(lines) == 10
    assert lines[-1].endswith("21 more keys are wrong.")


def test_a_file_that_cannot_be_read_is_an_error(dg: Dg, config: Path) -> None:
    config.write_text("model = \n")
    done = dg("config")
    assert (done.code, done.stdout) == (2, b"")
    assert "line 1" in done.stderr
    assert "dg config edit" in done.stderr


def test_the_template_sets_nothing_and_each_of_its_lines_could_be_set() -> None:
    assert parse_toml(template()) == {}
    lines = [line.removeprefix("#") for line in template().splitlines() if line.startswith("#") and line[1] != " "]
    found = parse_toml("\n".join(lines))
    assert found.keys() == KEYS.keys()
    assert all(KEYS[name].fits(value) for name, value in found.items())
    assert max(map(len, template().splitlines())) <= 100


def test_the_configuration_is_edited_and_looked_at(edits: Any, config: Path) -> None:
    assert edits("config", "true").stderr == f"dg: nothing was changed, so there is no {config}.\n"
    assert not config.exists()
    done = edits("config", """case "$1" in *config.toml) sed -i 's/^#view/view/' "$1";; esac""")
    assert done.code == 0
    assert config.read_text() == template().replace("#view", "view")
    done = edits("config", 'echo "thme = 1" > "$1"')
    assert config.read_text() == "thme = 1\n"
    assert "Did you mean theme?" in done.stderr
    done = edits("config", 'echo "view =" > "$1"')
    assert done.code == 2
    assert config.read_text() == "view =\n"  # what was typed is not lost
    done = edits("config", "exit 1")
    assert done.code == 1
    assert config.read_text() == "view =\n"
    assert "Set $EDITOR" in done.stderr


def test_registers_are_edited_and_looked_at(edits: Any, dg: Dg, tmp_path: Path) -> None:
    done = edits("registers", "sed -i '/^# .ship/,$s/^# //' \"$1\"")
    assert done.code == 0, done.stderr
    shown = dg("registers", "show", "ship")
    assert "ship's log" in shown.text
    assert str(tmp_path / "registers.toml") in shown.text
    assert edits("registers", 'echo "x = 1" > "$1"').code == 2
    assert parse_toml(registers._TEMPLATE) == {}


def test_registers_are_listed_without_a_model(dg: Dg, tmp_path: Path) -> None:
    (tmp_path / "registers.toml").write_text('ship = "Like a log."\nformal = "My way."\n')
    (tmp_path / "config.toml").write_text('register = "ship"\n')
    lines = dg("registers", model="nowhere").text.splitlines()[1:]
    assert {line[1:].split()[0]: line[1:].split()[1] for line in lines}["casual"] == "dg"
    assert [line.split()[1:3] for line in lines if line.startswith("*")] == [["ship", "registers.toml"]]
    found = json.loads(dg("registers", "--json").stdout)
    assert found["default"] == "ship"
    assert {"name": "formal", "description": "My way.", "origin": "registers.toml"} in found["registers"]
    assert dg("registers", "show", "nope").code == 2


def test_a_default_register_is_used_and_told(dg: Dg, config: Path) -> None:
    config.write_text('register = "formal"\n')
    restyle = ("restyle", "--steps", "1", "--seed", "1")
    done = dg(*restyle, stdin=b"We go there now.\n")
    assert done.code in (0, 5)
    assert done.stderr.count("using the register “formal”, the default of config.toml") == 1
    asked = dg(*restyle, "--register", "formal", stdin=b"We go there now.\n")
    assert asked.stdout == done.stdout
    assert "using the register" not in asked.stderr + dg(*restyle, "-q", stdin=b"We go there now.\n").stderr
    config.write_text('register = "fromal"\n')
    done = dg(*restyle, stdin=b"We go there now.\n")
    assert done.code == 2
    assert "config.toml" in done.stderr
    assert "did you mean 'formal'?" in done.stderr


@pytest.mark.parametrize("name", ["/nowhere/model", "owner/name-that-is-nowhere", "26b-4bit"])
def test_a_default_model_that_is_gone_is_told(
    dg: Dg, config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    config.write_text(f'model = "{name}"\n')
    done = dg("generate", "rain", model="")
    assert done.code == 3
    said = f"The default model {name}, which {config} names, is not on this machine."
    assert said in done.stderr
    assert said in dg("models", model="").stderr


@pytest.mark.parametrize(
    "command",
    [
        ("config",),
        ("config", "edit"),
        ("registers",),
        ("registers", "show"),
        ("registers", "edit"),
        ("undo",),
        ("log",),
        ("restyle",),
        ("infill",),
        ("generate",),
        ("models",),
    ],
    ids=" ".join,
)
def test_help_fits_80_columns(dg: Dg, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> None:
    assert dg(*command, "--help").code == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
