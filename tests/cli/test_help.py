"""What `--help` and `dg help` show: laws of every command, over the options that it has."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import ClassVar

import pytest
from typer.main import get_command

from dgcli.checkpoint.registry import PUBLISHED
from dgcli.cli import completing
from dgcli.cli.app import COMMANDS, _command, app
from dgcli.cli.help import PANELS, term
from dgcli.cli.manual import manual
from dgcli.cli.suggest import did_you_mean
from tests.cli.conftest import Dg
from tests.cli.test_app import HEAVY, environment, options_of

SUBCOMMANDS = [(name, each) for name in COMMANDS for each in getattr(_command(name), "commands", {})]
PATHS = [(), *((name,) for name in COMMANDS), *SUBCOMMANDS]
OTHERWISE_CALLED = {"-n": {"--alternatives", "--candidates"}}  # how many are made of each hole, or of each passage


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_fits_80_columns_and_has_no_word_of_how_dg_is_made(dg: Dg, path: tuple[str, ...]) -> None:
    shown = dg("help", *path)
    assert (shown.code, shown.stderr) == (0, "")
    assert max(map(len, shown.text.splitlines())) <= 80
    assert not re.search(r"<|list\[|Path\b|None|x>", shown.text)


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_dg_help_shows_what_the_option_shows(dg: Dg, capsys: pytest.CaptureFixture[str], path: tuple[str, ...]) -> None:
    assert dg(*path, "--help").code == 0
    assert capsys.readouterr().out == dg("help", *path).text


def test_every_option_stands_below_a_heading() -> None:
    for path, option in options_of(get_command(app)):
        assert not path or option.rich_help_panel in PANELS, (path, option.opts)


def test_a_letter_means_the_same_in_every_command() -> None:
    """And an option that has a letter has it wherever it is, but where the letter was taken before."""
    meanings, letters = defaultdict(set), defaultdict(set)
    for path, option in options_of(get_command(app)):
        short, long = [[name for name in option.opts if name.startswith("--") is long] for long in (False, True)]
        if not option.hidden:
            for letter in short:
                meanings[letter].update(long)
            if (path, long) != (("generate",), ["--force"]):
                letters[long[-1]].add(tuple(short))
    assert {letter: names for letter, names in meanings.items() if len(names) > 1} == OTHERWISE_CALLED
    assert [name for name, found in letters.items() if len(found) > 1] == []


def test_subcommands_are_listed_whole(dg: Dg) -> None:
    shown = " ".join(dg("help", "models").text.split())
    assert "set-default Use this model unless -m or DG_MODEL names another; give the bundled one's name" in shown
    assert "rm Delete a model" in shown


@pytest.mark.parametrize("path", PATHS[1:], ids=" ".join)
def test_what_is_missing_is_named_as_the_help_names_it(dg: Dg, path: tuple[str, ...]) -> None:
    command = _command(path[0])
    for name in path[1:]:
        command = command.commands[name]
    given: list[str] = []
    for each in filter(lambda each: each.required, command.params):
        refused = dg(*path, *given)
        assert (refused.code, refused.stderr.partition(" is missing.")[0]) == (2, f"dg: {term(each)}")
        given += ["x"] if each.param_type_name == "argument" else [each.opts[-1], "x"]


def test_near_misses_are_named(dg: Dg) -> None:
    assert "Did you mean infill?" in dg("infil").stderr
    assert "Did you mean set-default?" in dg("models", "set-defalt").stderr
    assert "Did you mean --strength?" in dg("restyle", "--stren", "1").stderr
    assert "Did you mean balanced?" in dg("infill", "--profile", "balancd").stderr
    assert "Did you mean" not in dg("infill", "--nope").stderr
    assert "did you mean 'formal'?" in dg("restyle", "--register", "formel", stdin=b"x").stderr


@pytest.mark.parametrize("command", [["infill", "-m"], ["pull"], ["convert", "-"], ["models", "set-default"]])
def test_near_misses_of_models_are_named(dg: Dg, command: list[str]) -> None:
    if command[0] == "convert":
        command = ["convert"]
    arguments = [*command, "26b", *(["there"] if command == ["convert"] else ["-"] if "-m" in command else [])]
    outcome = dg(*arguments, stdin=b"[[?]]")
    assert outcome.code == 3
    assert "Did you mean 26b-4bit?" in outcome.stderr


def test_a_name_is_completed_before_letters_are_changed() -> None:
    assert did_you_mean("26b", PUBLISHED) == " Did you mean 26b-bf16?"
    assert did_you_mean("26b-4bits", PUBLISHED) == " Did you mean 26b-4bit?"
    assert did_you_mean("--", ["--force"]) == did_you_mean("", ["a"]) == did_you_mean("zebra", PUBLISHED) == ""


def test_what_cannot_be_read_is_not_completed(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("folders =")
    (tmp_path / "registers.toml").write_text("=")

    class Context:
        obj = environment(tmp_path)
        params: ClassVar[dict[str, object]] = {}

    assert completing.models(Context()) == completing.registers(Context()) == []  # type: ignore[arg-type]


def test_the_man_page_has_every_option_of_every_command() -> None:
    page = manual().replace("\\-", "-")
    for path, option in options_of(get_command(app)):
        section = page.partition(f".SS {' '.join(('dg', *path))}\n")[2].partition("\n.SS ")[0] if path else page
        assert option.hidden or option.opts[-1] in section, (path, option.opts)
    assert "-h, --help" in page
    assert ".SH EXIT STATUS\n.TP\n\\fB0\\fR\ndone\n" in page


def test_the_man_page_is_made_with_nothing_but_what_the_build_requires() -> None:
    """Its packages stand in pyproject.toml; those that dg requires to run are not there."""
    names = (*HEAVY, "yaml", "markdown_it", "safetensors")
    code = (
        "import sys, dgcli.cli.manual as m; m.manual(); "
        f"print('LOADED', *[name for name in {names!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "LOADED\n"


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_the_man_page_renders_without_a_warning() -> None:
    command = ["groff", "-man", "-Tutf8", "-ww", "-P-c"]
    done = subprocess.run(command, input=manual(), capture_output=True, encoding="utf-8", check=True)
    assert done.stderr == ""
    assert "[[? a hint]]" in " ".join(done.stdout.split())


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
def test_the_man_page_renders_with_mandoc() -> None:
    done = subprocess.run(
        ["mandoc", "-Tlint", "-Werror"], input=manual(), capture_output=True, encoding="utf-8", check=False
    )
    assert done.stdout == ""
