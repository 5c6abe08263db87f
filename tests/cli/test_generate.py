from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dgcli import api
from dgcli.checkpoint.chat_template import NO_THOUGHT
from dgcli.checkpoint.tokenizer import FileTokenizer
from dgcli.tasks.generate.generated import Generated
from tests.checkpoints import TINY, copy
from tests.cli.conftest import Dg


def prompt_of(path: Path) -> list[int]:
    found: list[int] = json.loads(path.read_text().splitlines()[1])["prompt"]
    return found


def test_prompt_file_and_stdin_are_the_same_request(dg: Dg, tmp_path: Path) -> None:
    (tmp_path / "p").write_text("Tell me")
    for name, arguments, stdin in (("a", ["Tell me"], b""), ("b", ["-f", "p"], b""), ("c", [], b"Tell me\n")):
        assert dg("generate", *arguments, "--seed", "1", "--record", name, stdin=stdin).code == 0
    assert prompt_of(tmp_path / "a") == prompt_of(tmp_path / "b") == prompt_of(tmp_path / "c")


def test_a_pipe_beside_a_prompt_is_context(dg: Dg, tmp_path: Path) -> None:
    dg("generate", "Sum this up.", "--record", "a", stdin=b"Some text.")
    dg("generate", "Sum this up.\n\nSome text.", "--record", "b")
    assert prompt_of(tmp_path / "a") == prompt_of(tmp_path / "b")


def test_the_same_seed_gives_the_same_bytes(dg: Dg) -> None:
    silent = dg("generate", "Rain", "--seed", "2", "--max-tokens", "60", "--animate", "never")
    shown = dg("generate", "Rain", "--seed", "2", "--max-tokens", "60", "--record", "t", terminal=True)
    assert silent.stdout == shown.stdout
    assert silent.stdout.endswith(b"\n")


def test_json(dg: Dg) -> None:
    value = json.loads(dg("generate", "Rain", "--seed", "2", "--json").text)
    assert value["spans"] == []
    assert value["stop_reason"] in ("stop", "length")
    assert value["text"] + "\n" == dg("generate", "Rain", "--seed", "2").text


def test_the_token_limit_is_a_limit(dg: Dg) -> None:
    assert json.loads(dg("generate", "Rain", "--seed", "2", "--max-tokens", "5", "--json").text)["tokens"] <= 5


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 4, "prompt is empty"),
        (["  "], 4, "prompt is empty"),
        (["x", "-f", "y"], 2, "Give one of them"),
        (["-f", "y"], 4, "y"),
    ],
)
def test_what_goes_wrong(dg: Dg, arguments: list[str], code: int, message: str) -> None:
    outcome = dg("generate", *arguments)
    assert (outcome.code, outcome.stdout) == (code, b"")
    assert message in outcome.stderr


@pytest.mark.parametrize(
    ("prompt", "doubted"),
    [
        ("Schreibe mir bitte einen kurzen Brief an die neue Nachbarin, der von unserer Katze erzählt.", True),
        ("Please write a short letter to the new neighbour that tells her about our cat.", False),
    ],
)
def test_a_language_that_the_model_hardly_knows_is_said(dg: Dg, prompt: str, doubted: bool) -> None:
    found = dg("generate", prompt, "--max-tokens", "1", "--seed", "1", model="dg-small")
    assert ("does not look like a language that dg-small knows" in found.stderr) is doubted
    quiet = dg("generate", prompt, "--max-tokens", "1", "--seed", "1", "-q", model="dg-small")
    assert (quiet.stderr, quiet.stdout) == ("", found.stdout)


@pytest.mark.parametrize(
    "command", [["generate", "Rain"], ["infill", "draft"], ["restyle", "mail", "--register", "formal"]]
)
def test_every_prompt_says_that_nothing_is_thought(dg: Dg, tmp_path: Path, command: list[str]) -> None:
    """Where the template knows of thoughts and leaves it to the model to say so."""
    (tmp_path / "draft").write_text("One [[?]] three, [[? a number]] five.")
    (tmp_path / "mail").write_text("We are going to be late.\n")
    knowing = copy(tmp_path / "model")
    template = knowing / "chat_template.jinja"
    template.write_text("{#- <|channel> <channel|> #}" + template.read_text(encoding="utf-8"), encoding="utf-8")
    assert dg(*command, "--seed", "1", "--record", "t", model=str(knowing)).code in (0, 5)
    prompts = [
        "".join(map(chr, line["prompt"])) for line in map(json.loads, (tmp_path / "t").open()) if "prompt" in line
    ]
    tokenizer = FileTokenizer.load(TINY)
    turn, empty = ("".join(map(chr, tokenizer.encode_template(text))) for text in ("<|turn>model\n", NO_THOUGHT))
    assert prompts
    assert all(prompt.count(turn + empty) == prompt.count(turn) == prompt.count(empty) == 1 for prompt in prompts)


def test_that_a_model_was_asked_again_not_to_think_is_said(
    dg: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = api.generate

    def twice(*arguments: Any, **options: Any) -> Generated:
        return replace(once(*arguments, **options), again=True)

    plain = dg("generate", "Rain", "--seed", "2", "--json")
    assert "again" not in json.loads(plain.text)
    monkeypatch.setattr(api, "generate", twice)
    said = dg("generate", "Rain", "--seed", "2", "--json", "--record", "t")
    assert json.loads(said.text)["again"] is True
    assert "dg: the model only thought at first; it was asked again, not to think.\n" in said.stderr
    assert "only thought" in dg("explain", "t").text
    assert dg("generate", "Rain", "--seed", "2", "-q").stderr == ""
