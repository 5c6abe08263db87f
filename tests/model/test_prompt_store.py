"""Prompts kept on disk change nothing but time: neither what comes out, nor whether a run succeeds."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dgcli
from dgcli.checkpoint.adapters import open_adapter
from dgcli.cli.choose import BUNDLED
from dgcli.engine import prompt_file, prompt_store
from dgcli.engine.engine import Engine
from dgcli.engine.fingerprint import fingerprint
from dgcli.engine.loading import load_engine
from dgcli.engine.prompt_cache import PromptCache
from dgcli.engine.prompt_store import SHORTEST, PromptStore
from dgcli.model.encoder import could_be
from dgcli.platform import private
from dgcli.platform.backend import mx
from tests import checkpoints
from tests.checkpoints import GOLDEN, TINY
from tests.limits import files_of_at_most
from tests.model.comparing import furthest

CANVAS = [(7 * place) % 400 for place in range(32)]
PROMPT = tuple((11 * place + place // 7) % 400 for place in range(SHORTEST + 6))
HEADER = 2**14  # bytes of a file's header that are reckoned with
DRAFT = "The sun was high. " * 12 + "One day the old man went to the river, and there he saw [[?]] in the water.\n"


def others(number: int) -> tuple[int, ...]:
    """Another prompt for each number, of one length."""
    return (number, *PROMPT[1:])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "prompts"


def new_run(model: Engine, folder: Path, said: list[str] | None = None) -> Engine:
    """The engine of a new run that keeps prompts in a folder."""
    warn: Callable[[str], None] = (lambda message: None) if said is None else said.append
    return replace(model, prompts=PromptCache(PromptStore(folder, fingerprint(model), warn)))


def tokens_read(run: Engine) -> int:
    """How many tokens it had to read."""
    assert run.prompts is not None
    return run.prompts.read


def tokens_given(run: Engine) -> int:
    """How many tokens its prompts have."""
    assert run.prompts is not None
    return run.prompts.given


def logits(model: Engine, run: Engine, ids: tuple[int, ...] = PROMPT) -> mx.array:
    cache = run.encode(ids)
    assert cache.length == len(ids)
    return mx.concatenate([model.denoise(CANVAS, cache).reshape(-1), model.score(CANVAS, cache)])


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.safetensors") if not path.name.startswith("."))


def test_a_later_run_reads_nothing_and_gets_the_same_numbers(model: Engine, folder: Path) -> None:
    expected = logits(model, model)
    first, second = new_run(model, folder), new_run(model, folder)
    assert furthest(logits(model, first), expected) == 0
    assert furthest(logits(model, second), expected) == 0
    assert (tokens_read(first), tokens_read(second), tokens_given(second)) == (len(PROMPT), 0, len(PROMPT))


def test_a_prompt_that_goes_on_is_read_from_there(tiny: Engine, folder: Path) -> None:
    new_run(tiny, folder).encode(PROMPT)
    run, longer = new_run(tiny, folder), (*PROMPT, 5, 6, 7)
    assert furthest(logits(tiny, run, longer), logits(tiny, tiny, longer)) < 1e-3
    assert tokens_read(run) == 3


def test_a_shared_beginning_is_read_once(tiny: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_store, "SHORTEST", 4)  # no window is longer
    new_run(tiny, folder).encode(PROMPT[:12])
    run, other = new_run(tiny, folder), (*PROMPT[:9], 399, 398)
    assert furthest(logits(tiny, run, other), logits(tiny, tiny, other)) < 1e-3
    assert tokens_read(run) == 2


def test_short_prompts_are_not_kept(tiny: Engine, folder: Path) -> None:
    new_run(tiny, folder).encode(PROMPT[: SHORTEST - 1])
    assert not folder.exists()


def test_bfloat16_stays_as_it_is(tiny: Engine, folder: Path) -> None:
    narrow = replace(tiny, network=replace(tiny.network, dtype=mx.bfloat16))
    store = PromptStore(folder, "f" * 64)
    cache = tiny.encode(PROMPT)
    layers = tuple((keys.astype(mx.bfloat16), values.astype(mx.bfloat16)) for keys, values in cache.layers)
    store.keep(PROMPT, replace(cache, layers=layers))
    found = replace(narrow, prompts=PromptCache(PromptStore(folder, "f" * 64))).encode(PROMPT)
    for kept, layer in zip(found.layers, layers, strict=True):
        assert all(bool(mx.array_equal(a, b)) and a.dtype == mx.bfloat16 for a, b in zip(kept, layer, strict=True))


def test_another_model_never_hits(tiny: Engine, four_bit: Engine, packed: Engine, tmp_path: Path) -> None:
    adapter = GOLDEN / "adapter"
    copy = load_engine(checkpoints.copy(tmp_path / "copy"))
    known = {fingerprint(each) for each in (tiny, four_bit, packed, copy)}
    known |= {fingerprint(tiny, [open_adapter(f"{adapter}={weight}")]) for weight in (0.5, 1)}
    known.add(fingerprint(tiny, version="2"))
    known.add(fingerprint(replace(tiny, network=replace(tiny.network, dtype=mx.bfloat16))))
    os.utime(copy.path / checkpoints.WEIGHTS, (1, 1))
    known.add(fingerprint(copy))
    assert len(known) == 9
    assert fingerprint(tiny) == fingerprint(load_engine(TINY))


def test_a_run_of_another_model_finds_nothing(tiny: Engine, four_bit: Engine, folder: Path) -> None:
    new_run(tiny, folder).encode(PROMPT)
    run = new_run(four_bit, folder)
    run.encode(PROMPT)
    assert tokens_read(run) == len(PROMPT)


@pytest.fixture(scope="module")
def sound(tiny: Engine, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    """The name of a file, and what is in it."""
    folder = tmp_path_factory.mktemp("sound")
    new_run(tiny, folder).encode(PROMPT)
    (path,) = files(folder)
    return path.name, path.read_bytes()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_never_believed(tiny: Engine, sound: tuple[str, bytes], folder: Path, data: st.DataObject) -> None:
    name, content = sound
    header = 8 + int.from_bytes(content[:8], "little")
    place = data.draw(st.integers(0, header) | st.integers(0, len(content) - 1))
    damage = data.draw(
        st.sampled_from(
            [
                content[:place],
                content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :],
                content[:place] + bytes(min(16, len(content) - place)) + content[place + 16 :],
                content + b"x" * 4,
            ]
        )
    )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / name).write_bytes(damage)
    run = new_run(tiny, folder)
    assert furthest(logits(tiny, run), logits(tiny, tiny)) == 0
    if damage != content and damage[: len(content)] != content:  # what follows the data is nobody's
        assert tokens_read(run) == len(PROMPT)
        assert (folder / name).read_bytes() == content  # made anew


@pytest.mark.parametrize("what", ["other tokens", "link", "folder", "pipe", "reshaped", "no numbers"])
def test_what_is_no_such_prompt_is_ignored(
    tiny: Engine, sound: tuple[str, bytes], folder: Path, tmp_path: Path, what: str
) -> None:
    name, content = sound
    folder.mkdir(parents=True)
    path = folder / name
    if what == "other tokens":
        new_run(tiny, folder).encode(others(1))
        files(folder)[0].rename(path)
    elif what == "link":
        (tmp_path / "elsewhere").write_bytes(content)
        path.symlink_to(tmp_path / "elsewhere")
    elif what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(content)
        change = {"reshaped": lambda header: header["0.keys"]["shape"].reverse()}
        checkpoints.edit_header(path, change.get(what, lambda header: header["ids"].update(dtype="F32")))
    run = new_run(tiny, folder)
    assert furthest(logits(tiny, run), logits(tiny, tiny)) == 0
    assert tokens_read(run) == len(PROMPT)
    assert what != "link" or (tmp_path / "elsewhere").read_bytes() == content


def _other(name: str, change: Callable[[mx.array], mx.array]) -> Callable[[dict[str, mx.array]], object]:
    return lambda arrays: arrays.update({name: change(arrays[name])})


WRONG: dict[str, Callable[[dict[str, mx.array]], object]] = {
    "a layer too few": lambda arrays: (arrays.pop("5.keys"), arrays.pop("5.values")),
    "a layer too many": lambda arrays: arrays.update({"6.keys": arrays["5.keys"], "6.values": arrays["5.values"]}),
    "values without keys": lambda arrays: arrays.pop("0.keys"),
    "other names": lambda arrays: arrays.update({"x.keys": arrays.pop("0.keys")}),
    "no last state": lambda arrays: arrays.pop("last"),
    "another width": _other("last", lambda array: array[:, :-1]),
    "fewer positions": _other("5.keys", lambda array: array[:, :, 1:]),
    "fewer heads": _other("0.values", lambda array: array[:, :1]),
    "two rows": _other("0.keys", lambda array: mx.concatenate([array, array])),
    "one side less": _other("0.keys", lambda array: array[0]),
    "whole numbers": _other("0.keys", lambda array: array.astype(mx.int32)),
    "no numbers": _other("3.values", lambda array: array * mx.nan),
    "without end": _other("last", lambda array: array + mx.inf),
    "tokens in a table": _other("ids", lambda array: array[None]),
    "one token": _other("ids", lambda array: array[0]),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_contents_that_no_run_could_have_written_are_dropped(
    tiny: Engine, sound: tuple[str, bytes], folder: Path, wrong: str
) -> None:
    """Although the sum over them is right: whoever can write the file can make that."""
    name, content = sound
    folder.mkdir(parents=True)
    (folder / name).write_bytes(content)
    loaded = mx.load(str(folder / name))
    assert isinstance(loaded, dict)
    mx.eval(loaded)
    WRONG[wrong](loaded)
    mx.save_safetensors(str(folder / name), loaded, {"sum": prompt_file._sum(loaded)})
    run = new_run(tiny, folder)
    assert furthest(logits(tiny, run), logits(tiny, tiny)) == 0
    assert tokens_read(run) == len(PROMPT)
    assert (folder / name).read_bytes() == content  # made anew


def test_what_is_not_ours_stays(tiny: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True)
    for name in ("notes.txt", "model.safetensors", ".dg-notes"):
        (folder / name).write_text("mine", encoding="utf-8")
        os.utime(folder / name, (1, 1))
    monkeypatch.setattr(prompt_store, "LARGEST", 1)
    new_run(tiny, folder).encode(PROMPT)
    assert {path.name for path in folder.iterdir()} == {"notes.txt", "model.safetensors", ".dg-notes"}


def test_files_are_for_their_owner_only(tiny: Engine, folder: Path) -> None:
    before = os.umask(0)
    try:
        new_run(tiny, folder).encode(PROMPT)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in files(folder)] == [0o600]


def test_the_bound_is_kept_and_what_was_used_longest_ago_goes(
    tiny: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = {}
    for number in range(3):
        new_run(tiny, folder).encode(others(number))
        (paths[number],) = set(files(folder)) - set(paths.values())
        os.utime(paths[number], (number + 1, number + 1))
    room = 3 * paths[0].stat().st_size + HEADER
    monkeypatch.setattr(prompt_store, "LARGEST", room)
    new_run(tiny, folder).encode(others(0))  # the oldest, used again
    new_run(tiny, folder).encode(others(3))
    assert sum(path.stat().st_size for path in files(folder)) <= room
    assert [path.exists() for path in paths.values()] == [True, False, True]


def test_a_run_keeps_its_first_prompts(tiny: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_run(tiny, folder).encode(others(0))
    size = files(folder)[0].stat().st_size
    monkeypatch.setattr(prompt_store, "LARGEST", 2 * size + HEADER)
    run = new_run(tiny, folder)
    for number in (1, 2, 3, 4):
        run.encode(others(number))
    again = new_run(tiny, folder)
    for number, read in ((1, 0), (2, 0), (3, len(PROMPT))):
        before = tokens_read(again)
        again.encode(others(number))
        assert tokens_read(again) - before == read


def test_what_others_wrote_goes_before_what_a_run_wrote_itself_however_old_that_is(
    tiny: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(tiny, folder)
    run.encode(others(0))
    (own,) = files(folder)
    new_run(tiny, folder).encode(others(1))
    (foreign,) = set(files(folder)) - {own}
    os.utime(own, (1, 1))
    monkeypatch.setattr(prompt_store, "LARGEST", 2 * own.stat().st_size + HEADER)
    run.encode(others(2))
    assert (own.exists(), foreign.exists(), len(files(folder))) == (True, False, 2)


def test_what_is_too_large_is_not_written(tiny: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_run(tiny, folder).encode(others(1))
    kept = files(folder)
    monkeypatch.setattr(prompt_store, "LARGEST", kept[0].stat().st_size - 1)
    new_run(tiny, folder).encode(PROMPT)
    assert files(folder) == kept


def test_two_at_once(tiny: Engine, folder: Path) -> None:
    """Each prompt is written and looked for by several at the same time, and all are deleted now and then."""
    failures: list[BaseException] = []
    cache = tiny.encode(PROMPT)

    def work(own: int) -> None:
        try:
            said: list[str] = []
            for turn in range(12):
                store = PromptStore(folder, "a" * 64, said.append)
                for number in range(3):
                    for ids, find in store.known(others(number), partial(could_be, tiny.network)):
                        found = find()
                        assert found is None or found.length == len(ids)
                    store.keep(others(number), replace(cache, hidden=cache.hidden[-1:]))
                if own == 0 and turn % 3 == 0:
                    for path in folder.iterdir():
                        path.unlink(missing_ok=True)
            assert said == []
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(own,)) for own in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(files(folder)) <= 3
    assert [path for path in folder.iterdir() if path.name.startswith(".")] == []


def test_a_folder_that_cannot_be_made_is_said_once(tiny: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    said: list[str] = []
    run = new_run(tiny, tmp_path / "file" / "prompts", said)
    for number in range(3):
        assert furthest(logits(tiny, run, others(number)), logits(tiny, tiny, others(number))) == 0
    assert len(said) == 1


def test_a_link_in_place_of_the_folder_is_not_followed(tiny: Engine, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    folder.parent.mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    said: list[str] = []
    new_run(tiny, folder, said).encode(PROMPT)
    assert len(said) == 1
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_others_made_is_not_believed(tiny: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_run(tiny, folder).encode(PROMPT)
    monkeypatch.setattr(os, "getuid", lambda: -1)
    said: list[str] = []
    run = new_run(tiny, folder, said)
    run.encode(PROMPT)
    assert (tokens_read(run), len(said)) == (len(PROMPT), 1)


def test_a_full_disk_is_said_once_and_leaves_nothing(tiny: Engine, folder: Path) -> None:
    said: list[str] = []
    run = new_run(tiny, folder, said)
    with files_of_at_most(4096):
        found = [logits(tiny, run, others(number)) for number in range(2)]
    for number, each in enumerate(found):
        assert furthest(each, logits(tiny, tiny, others(number))) == 0
    assert len(said) == 1
    assert list(folder.iterdir()) == []


def test_a_folder_for_reading_is_read(tiny: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_run(tiny, folder).encode(PROMPT)

    def refuse(*args: object, **options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    for name in ("utime", "chmod", "mkdir", "unlink"):
        monkeypatch.setattr(os, name, refuse)
    monkeypatch.setattr(private.tempfile, "mkstemp", refuse)
    said: list[str] = []
    run = new_run(tiny, folder, said)
    run.encode(PROMPT)
    assert (tokens_read(run), said) == (0, [])
    run.encode(others(1))
    assert len(said) == 1


def test_an_interruption_leaves_nothing(tiny: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(source: Path, target: Path) -> None:
        assert len(list(folder.iterdir())) == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        new_run(tiny, folder).encode(PROMPT)
    assert list(folder.iterdir()) == []


def test_what_a_kill_left_is_swept(tiny: Engine, folder: Path) -> None:
    folder.mkdir(parents=True)
    old, young = folder / ".dg-abc_1.tmp.safetensors", folder / ".dg-abc_2.tmp.safetensors"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    new_run(tiny, folder).encode(PROMPT)
    assert not old.exists()
    assert young.exists()  # another process may be at it


def test_the_bundled_model_writes_the_same_text(folder: Path) -> None:
    plain, keeping = dgcli.load(BUNDLED), dgcli.load(BUNDLED, cache=folder)
    expected = dgcli.infill(plain, DRAFT, seed=3, steps=2).text
    assert dgcli.infill(keeping, DRAFT, seed=3, steps=2).text == expected
    assert files(folder)
    again = dgcli.load(BUNDLED, cache=folder)
    assert dgcli.infill(again, DRAFT, seed=3, steps=2).text == expected
