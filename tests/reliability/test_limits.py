"""Limits of the process and names that are not UTF-8: a sentence that names what a person can change."""

from __future__ import annotations

import ast
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import dgcli
from dgcli.checkpoint.quantisation import TensorPart
from dgcli.checkpoint.weights import Weights
from dgcli.cli.faults import advice_of, told
from dgcli.errors import DgError, InputError, ModelError
from tests.checkpoints import GOLDEN, copy
from tests.reliability.process import COMMAND, DRAFT, FILLED, PATIENCE, run, sentence, variables

QUICK = ("--steps", "1", "--seed", "1", "-q")
BAD = os.fsdecode(b"caf\xe9")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "draft.md").write_bytes(DRAFT)
    return tmp_path


def limited(kind: int, most: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (most, most))


@pytest.mark.parametrize("most", range(5, 16))
def test_too_few_open_files(home: Path, most: int) -> None:
    done = run("infill", "draft.md", *QUICK, home=home, preexec_fn=limited(resource.RLIMIT_NOFILE, most))
    if done.returncode:  # it was too few
        assert f"At most {most} files may be open at once; `ulimit -n` says so." in sentence(done.stderr)
    else:
        assert most > 5


def test_why_a_file_of_weights_is_not_opened() -> None:
    """mlx itself says that it failed, and no more."""
    weights = Weights(GOLDEN / "tiny")
    name = min(weights.names)
    part = TensorPart(name, weights.info(name).shape, (weights.info(name).dtype,))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    try:
        with pytest.raises(ModelError, match="cannot be read: Too many open files"):
            weights.take(part, None)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    weights.take(part, None)


def test_files_that_may_not_be_large(home: Path) -> None:
    for arguments in (("-o", "out.md"), ("--record", "r.jsonl"), ("-i",)):
        done = run("infill", "draft.md", *arguments, *QUICK, home=home, preexec_fn=limited(resource.RLIMIT_FSIZE, 20))
        assert done.returncode == 4
        assert "A file may have at most 20 bytes; `ulimit -f` says so." in sentence(done.stderr)
    assert (home / "draft.md").read_bytes() == DRAFT


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is kept on Linux only")
def test_too_little_memory(home: Path) -> None:
    done = run("infill", "draft.md", *QUICK, home=home, preexec_fn=limited(resource.RLIMIT_AS, 200 * 2**20))
    assert done.returncode == 1
    assert "`ulimit -v` says so" in sentence(done.stderr)


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("setpriv") is None, reason="root is asked to become another user")
@pytest.mark.parametrize("most", [1, 3])
def test_too_few_processes(home: Path, most: int) -> None:
    home.chmod(0o777)
    rights = "+dac_read_search,+dac_override"
    line = ["setpriv", "--reuid", "54321", "--clear-groups", f"--inh-caps={rights}", f"--ambient-caps={rights}"]
    command = [*line, "bash", "-c", f'ulimit -u {most}; exec "$@"', "dg", *COMMAND, "infill", "draft.md", *QUICK]
    done = subprocess.run(command, cwd=home, env=variables(home), capture_output=True, check=False, timeout=PATIENCE)
    assert done.returncode in (1, 3)
    assert f"At most {most} processes and threads may run at once; `ulimit -u` says so." in sentence(done.stderr)


def test_without_a_limit_the_advice_is_the_errors_own() -> None:
    assert told(InputError("It is wrong.", "Mend it.")) == "dg: It is wrong. Mend it."
    assert told(OSError(13, "Permission denied", "x")).startswith("dg: x cannot be used (Permission denied).")
    assert told(MemoryError()).startswith("dg: There is not enough memory.")
    assert told(ValueError("odd")).startswith("dg: A fault inside dg (ValueError: odd).")


def test_below_the_command_line_advice_names_settings_and_there_their_options() -> None:
    """In the calls that make errors; those of two modules know the options of the one command that calls them."""
    package = Path(dgcli.__file__).parent
    known = {package / "checkpoint" / "memory.py", package / "checkpoint" / "recipes.py"}
    for file in {*package.rglob("*.py")} - {*package.joinpath("cli").rglob("*.py")} - known:
        calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
        made = [call for call in calls if ast.unparse(call.func).endswith("Error")]
        for advice in (ast.unparse(said) for call in made for said in call.args[1:]):
            assert not re.search(r"(?<![\w-])--?[a-z]", re.sub("`.*?`", "", advice)), (file, advice)  # others' programs
            for setting in re.findall(r"<[a-z_]+>", advice):
                assert advice_of(DgError("", setting)).startswith("-"), (file, advice)


# Names and arguments that are not UTF-8


@pytest.fixture
def odd(home: Path) -> Path:
    try:
        (home / f"{BAD}.md").write_bytes(DRAFT)
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    return home


def test_names_that_are_not_utf8_work(odd: Path) -> None:
    name = f"{BAD}.md"
    for arguments in (("-o", f"out {name}"), ("--record", f"{BAD}.jsonl"), ("--json",), ("--diff",)):
        done = run("infill", name, *arguments, *QUICK, home=odd)
        assert (done.returncode, done.stderr) == (0, b""), arguments
        if arguments == ("--json",):
            assert os.fsencode(json.loads(done.stdout)["file"]) == os.fsencode(name)
    assert run("replay", f"{BAD}.jsonl", "--export", f"{BAD}.html", home=odd).returncode == 0
    assert run("infill", "-i", name, "--backup", BAD, *QUICK, home=odd).returncode == 0
    expected = {f"{BAD}.md", f"{BAD}.md{BAD}", f"out {name}", f"{BAD}.jsonl", f"{BAD}.html", "draft.md"}
    assert {path.name for path in odd.iterdir()} >= expected
    assert (odd / f"{BAD}.md{BAD}").read_bytes() == DRAFT


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("generate", BAD), 4),
        (("generate", "x", "-m", BAD), 3),
        (("infill", "draft.md", "--lines", "1", "--hint", BAD), 4),
        (("infill", "draft.md", "--match", BAD), 4),
        (("restyle", "letter.md", "--register", BAD), 4),
        (("restyle", "letter.md", "--register", "formal", "--example", f"{BAD}=x"), 4),
        (("infill", f"no {BAD}.md"), 4),
        (("models", "set-default", BAD), 2),
    ],
    ids=ascii,
)
def test_words_that_are_not_utf8_are_refused_in_a_sentence(odd: Path, arguments: tuple[str, ...], code: int) -> None:
    copy(odd / BAD)
    (odd / "letter.md").write_text("We go there with the others in the morning.\n")
    done = run(*arguments, "-q", home=odd)
    assert done.returncode == code, done.stderr
    sentence(done.stderr)


def test_a_draft_is_filled_within_ordinary_limits(home: Path) -> None:
    done = run("infill", "draft.md", *QUICK, home=home, preexec_fn=limited(resource.RLIMIT_NOFILE, 64))
    assert re.fullmatch(FILLED, done.stdout)
