"""Everything that `dg` reads from elsewhere, as functions of a folder; what they may raise is a DgError, nothing else.

Used by the tests beside this, and for longer by fuzz/fuzz.py.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path
from unittest.mock import patch

import dgcli
from dgcli.checkpoint.adapters import read_adapter
from dgcli.checkpoint.chat_template import Chat
from dgcli.checkpoint.config import read_config
from dgcli.checkpoint.generation import read_generation
from dgcli.checkpoint.header import read_header
from dgcli.checkpoint.memory import longest_context, need
from dgcli.checkpoint.partial import Partial
from dgcli.checkpoint.tensors import parameter_count
from dgcli.checkpoint.tokenizer import FileTokenizer
from dgcli.checkpoint.weights import Weights
from dgcli.cli import changes, looks
from dgcli.cli.choose import choose
from dgcli.cli.config import config_file, read_settings, tell_faults, with_default
from dgcli.cli.library import entry
from dgcli.engine import prompt_file
from dgcli.engine.engine import Engine
from dgcli.engine.fingerprint import sha256_of
from dgcli.engine.loading import load_engine
from dgcli.engine.prompt_cache import PromptCache
from dgcli.engine.prompt_store import SHORTEST, PromptStore
from dgcli.errors import DgError
from dgcli.platform.backend import mx
from dgcli.platform.environment import Environment
from dgcli.tasks.restyle.registers import find_register, read_registers
from dgcli.text.blocks import chunks, pieces, same_structure
from dgcli.text.code import code_ranges, html_code
from dgcli.text.document import decode, splice
from dgcli.text.marks import choose_lines, choose_matches, choose_span, find_marks
from dgcli.watch.export.cast import cast
from dgcli.watch.export.page import page
from dgcli.watch.export.plain import plain
from dgcli.watch.export.svg import svg
from dgcli.watch.picture import Look, picture
from dgcli.watch.recording import read_trace
from dgcli.watch.report import report
from dgcli.watch.theme import Theme
from dgcli.watch.timeline import Timeline
from dgcli.watch.trace import Trace
from dgcli.watch.view import Colors, ThemeName, View
from tests.checkpoints import GOLDEN, INDEX, TINY, WEIGHTS, quantised, save, shards
from tests.fakes import Letters
from tests.watch.runs import events, piece

LONGEST = 20.0  # seconds of processor time for one file; most take milliseconds
OFFLINE = Environment(sys.stdin.buffer, sys.stdout.buffer, sys.stderr, {}, time.perf_counter, Path("none"))
PROMPT = tuple((11 * place) % 400 for place in range(SHORTEST + 6))
KEPT_BY = "a" * 64  # the fingerprint of a model
KEPT = f"{KEPT_BY[:16]}-{sha256_of(PROMPT)[:32]}.safetensors"
CHANGE = "dg/changes/00000000000000000001.change"
TEXT = "One 日本 e\u0301 <turn|> <eos>\r\n\ttwo [[?~2 a hint]] three `[[?]]`.\n"


@dataclass(frozen=True)
class Reader:
    """A kind of file, the folder that it lies in, and what reads it."""

    file: str
    source: Callable[[Path], object]
    """Makes the folder with a good file in it."""
    read: Callable[[Path], object]

    def folder(self, place: Path) -> Path:
        self.source(place)
        return place

    def attempt(self, folder: Path, data: bytes) -> str | None:
        """Read `data` in the place of the good file. The refusal, None where it is accepted; all else is a fault."""
        path = folder / self.file
        path.write_bytes(data)
        started = time.process_time()
        refusal: DgError | None = None
        try:
            self.read(folder)
        except DgError as error:
            refusal = error
        taken = time.process_time() - started
        assert taken < LONGEST, f"{taken:.0f} s"
        if refusal is None:
            return None
        assert refusal.exit_code in (1, 2, 3, 4)
        assert refusal.problem
        assert len(refusal.problem) + len(refusal.advice) < 3000, "a refusal is a sentence"
        return refusal.problem


def _tiny(folder: Path) -> None:
    shutil.copytree(TINY, folder, dirs_exist_ok=True)


def _tensors(folder: Path) -> None:
    arrays = {f"a.{index}": mx.zeros((index, 3), dtype=dtype) for index, dtype in enumerate((mx.float32, mx.bfloat16))}
    save(folder / WEIGHTS, {**arrays, "b": mx.zeros((4,), dtype=mx.uint32)})


def _shards(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shards(folder)


def _adapter(folder: Path) -> None:
    shutil.copytree(GOLDEN / "adapter", folder, dirs_exist_ok=True)


def _trace(folder: Path) -> None:
    ticks = iter(range(10**6))
    with Trace(
        folder / "run.jsonl", lambda: {"command": "infill", "model": "m", "seed": 7}, piece, lambda: next(ticks)
    ) as made:
        for event in events(steps=3):
            made.show(event)
        made.finish({"result": "…", "stop_reason": "steps", "steps_used": 12, "converged": False})


def _draft(folder: Path) -> None:
    (folder / "draft.md").write_text(
        TEXT * 2 + "```\n[[?]]\n```\n\\[[?]] [[? two\nlines]]", encoding="utf-8", newline=""
    )


def _settings(folder: Path) -> None:
    (folder / "config.toml").write_text(
        'model = "owner/name"\ntheme = "dark"\nfolders = ["~/a", "b"]\n[other]\nx = 1\n'
    )


def _registers(folder: Path) -> None:
    (folder / "registers.toml").write_text('plain = "Write short."\n[Ship]\ndescription = "Like a log,\\n at sea."\n')


def _change(folder: Path) -> None:
    change = changes.Change(run=10**18, command="infill", file="/a.md", count=1, model="m", seed=1)
    with changes.kept(change, TEXT, TEXT[1:], _with_state(folder), quiet=True):
        pass
    [made] = (folder / CHANGE).parent.iterdir()
    made.rename(folder / CHANGE)


def _packed(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    quantised(folder, "affine", 32, 4)


def _half_made(folder: Path) -> None:
    half = folder / ".made.partial"
    half.mkdir()
    for name in (".lock", "a.safetensors", "b.safetensors"):
        (half / name).touch()
    (half / ".job.json").write_text('{"job": {"a": 1}, "finished": {"a.safetensors": "0", "c.safetensors": "1"}}')


def _template(folder: Path) -> None:
    """Several of them, as a processor has them; none has a file of its own then."""
    _tiny(folder)
    source = (folder / "chat_template.jinja").read_text(encoding="utf-8")
    (folder / "chat_template.jinja").unlink()
    named = [{"name": "tool_use", "template": "{{ x"}, {"name": "default", "template": source}]
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": named}))


@cache
def _model() -> Engine:
    return load_engine(TINY)


def _keeping(folder: Path) -> Engine:
    """The engine of a new run that keeps prompts in a folder."""
    return replace(_model(), prompts=PromptCache(PromptStore(folder, KEPT_BY)))


def _kept_prompt(folder: Path) -> None:
    _keeping(folder).encode(PROMPT)


def _read_again(folder: Path) -> None:
    """Whatever is kept, a prompt is what it would be without. Of damage that has the right sum, a run goes on."""
    data = (folder / KEPT).read_bytes()
    read, afresh = (engine.encode(PROMPT) for engine in (_keeping(folder), _model()))
    for one, other in zip(chain(*read.layers), chain(*afresh.layers), strict=True):
        assert mx.array_equal(one, other)
    (folder / KEPT).write_bytes(data)
    opened = prompt_file._open

    def summed(path: Path) -> tuple[prompt_file.Arrays, str]:
        arrays, _ = opened(path)
        return arrays, prompt_file._sum(arrays)

    with patch.object(prompt_file, "_open", summed):
        _keeping(folder).encode(PROMPT)


def _config(folder: Path) -> None:
    config = read_config(folder)
    parameter_count(config)
    need(folder)
    longest_context(folder)


def _index(folder: Path) -> None:
    weights = Weights(folder)
    for name in weights.names:
        weights.info(name)


def _run(folder: Path) -> None:
    """A checkpoint that is accepted runs."""
    model = dgcli.load(folder)
    dgcli.generate(model, "One <eos> two", seed=1, steps=2, max_tokens=min(40, 2 * model.canvas_length))
    dgcli.infill(model, TEXT, seed=1, steps=2)


def _tokenizer(folder: Path) -> None:
    tokenizer = FileTokenizer.load(folder, control=(0, 1, 2, 6))
    ids = tokenizer.encode(TEXT)
    assert tokenizer.control.isdisjoint(ids)
    tokenizer.encode_template(TEXT)
    tokenizer.decode(ids)
    tokenizer.pieces((*ids, 0, 10**6))
    assert TEXT.startswith(tokenizer.head(TEXT, 5))
    assert TEXT.endswith(tokenizer.tail(TEXT, 5))
    assert tokenizer.line_breaking is not None


def _play(folder: Path) -> None:
    recording = read_trace(folder / "run.jsonl")
    timeline = Timeline(recording)
    for view in View:
        look = Look(width=60, height=12, view=view, tallest=12)
        pictures = [picture(scene, look) for _, scene in timeline]
    title = f"dg {recording.command}"
    svg(pictures[-2:], columns=60, title=title, theme=ThemeName.dark).encode()
    plain(timeline, look).encode()
    page(timeline, title=title, details=recording.model).encode()
    cast(timeline, look, theme=Theme.of(ThemeName.dark, Colors.true), title=title, speed=1.0).encode()
    report(recording, 80).encode()


def _fill(folder: Path) -> None:
    text = decode((folder / "draft.md").read_bytes(), "draft.md")
    for attempt in (
        lambda: choose_lines(text, "x", "2-3", "h"),
        lambda: choose_matches(text, "x", re.compile(r"\w+"), "h", 3),
        lambda: choose_span(text, "x", "3:9", "h"),
        lambda: find_marks(text, "draft.md"),
        lambda: find_marks(text, "draft.md", code=code_ranges(text), in_code=False),
    ):
        try:
            document = attempt()
        except DgError:
            continue
        splice(document, ["fill"] * len(document.spans))
        for span in document.spans:
            document.line_of(span)
    for start, end in (*code_ranges(text), *html_code(text)):
        assert 0 <= start <= end <= len(text)


def _configured(folder: Path) -> None:
    """Every key of the config file that anything asks for, and the change that `dg models set-default` makes."""
    env = replace(OFFLINE, settings=folder)
    read = (
        lambda: read_settings(env).folders,
        lambda: tell_faults(env, quiet=True),
        lambda: looks.view(env, None),
        lambda: looks.theme_name(env),
        lambda: choose(None, env),
    )
    for each in read:
        with suppress(DgError):
            each()
    read_settings(env)
    path = config_file(env)
    with_default(path.read_text(encoding="utf-8"), 'a"b\\c', path)


def _look_back(folder: Path) -> None:
    for each in changes.changes(_with_state(folder)):
        assert changes.when(each)
        assert b"".join(each.texts()).decode()


def _with_state(folder: Path) -> Environment:
    return replace(OFFLINE, variables={"XDG_STATE_HOME": str(folder)})


def _find_registers(folder: Path) -> None:
    registers = read_registers(folder / "registers.toml")
    for name in (*registers, "Ship", "as at sea"):
        assert find_register(name, registers).description.strip()


def _prose(folder: Path) -> None:
    text = decode((folder / "draft.md").read_bytes(), "draft.md")
    for format in ("auto", "markdown", "text"):
        found = list(chunks(text.splitlines(keepends=True), format=format, name="draft.md"))
        assert "".join(chunk.text for chunk in found) == text
        for chunk in found:
            parts = [each if isinstance(each, str) else each.source for each in pieces(chunk)]
            assert "".join(parts) == chunk.text
            same_structure(chunk, chunk.text.upper())


def _unpack(folder: Path) -> None:
    entry("made", "folder", folder)
    dgcli.load(folder)


def _go_on(folder: Path) -> None:
    with Partial.open(folder / "made", {"a": 1}) as partial:
        assert all((partial.folder / file).is_file() for file in partial.finished)
    for name in ("a.safetensors", "b.safetensors"):
        (folder / ".made.partial" / name).touch()


READERS = {
    "header": Reader(WEIGHTS, _tensors, lambda folder: read_header(folder / WEIGHTS)),
    "config": Reader("config.json", _tiny, _config),
    "generation": Reader("generation_config.json", _tiny, lambda folder: read_generation(folder, read_config(folder))),
    "index": Reader(INDEX, _shards, _index),
    "tokenizer": Reader("tokenizer.json", _tiny, _tokenizer),
    "tokenizer_config": Reader("tokenizer_config.json", _tiny, lambda folder: Chat.load(folder, Letters())),
    "template": Reader("chat_template.jinja", _tiny, lambda folder: Chat.load(folder, Letters())),
    "templates": Reader("chat_template.json", _template, lambda folder: Chat.load(folder, Letters())),
    "kept prompt": Reader(KEPT, _kept_prompt, _read_again),
    "adapter": Reader("adapter_model.safetensors", _adapter, read_adapter),
    "adapter_config": Reader("adapter_config.json", _adapter, read_adapter),
    "trace": Reader("run.jsonl", _trace, _play),
    "document": Reader("draft.md", _draft, _fill),
    "prose": Reader("draft.md", _draft, _prose),
    "settings": Reader("config.toml", _settings, _configured),
    "change": Reader(CHANGE, _change, _look_back),
    "registers": Reader("registers.toml", _registers, _find_registers),
    "job": Reader(".made.partial/.job.json", _half_made, _go_on),
}
RUNNERS = {
    "quantisation": Reader("config.json", _packed, _unpack),
    "config that is run": Reader("config.json", _tiny, _run),
    "generation config that is run": Reader("generation_config.json", _tiny, _run),
    "tokenizer that is run": Reader("tokenizer.json", _tiny, _run),
    "weights that are run": Reader(WEIGHTS, _tiny, _run),
}
