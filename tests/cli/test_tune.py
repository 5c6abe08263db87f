"""`dg tune` with a trainer that only says that it learns: what is said before, meanwhile and in the end, and kept."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dgcli.engine.loading import LoadedModel
from dgcli.platform.interrupts import asking
from tests.checkpoints import copy, edit_json
from tests.cli.conftest import Dg, Outcome
from tests.tune.data import file_of_pairs, folder_of_texts
from tests.tune.trainer import FakeTrainer, read_plan


@dataclass
class Estimated:
    total: int


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> FakeTrainer:
    """In the place of the real one; samples are answered at once."""
    fake = FakeTrainer()
    monkeypatch.setattr("dgcli.cli.tuning.train", fake)
    monkeypatch.setattr("dgcli.cli.preparing.read_plan", read_plan)
    monkeypatch.setattr(
        "dgcli.cli.preparing.estimate", lambda config, plan, examples, weights, item: Estimated(weights)
    )
    monkeypatch.setattr("dgcli.cli.tuning.answers", lambda model, samples, seed: iter(["<b>an answer</b>"]))
    return fake


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    return file_of_pairs(tmp_path / "pairs.jsonl")


def tuned(dg: Dg, data: Path, *arguments: str, **options: object) -> Outcome:
    return dg("tune", str(data), "--adapter", "ship/log", *arguments, **options)  # type: ignore[arg-type]


def test_what_will_be_learned_is_said_before(dg: Dg, pairs: Path, trainer: FakeTrainer) -> None:
    done = tuned(dg, pairs, "--check", "--minutes", "10")
    assert done.code == 0, done.stderr
    assert not trainer.calls
    assert not Path("ship").exists()
    assert done.stdout == b""
    assert "learns from 40 pairs: 54 rewritings (4 held out)" in done.stderr
    assert "“ship's log” is learned as: Make it ship's log." in done.stderr
    assert "the denoiser; rank 16" in done.stderr
    assert "10 min" in done.stderr
    assert "memory: about" in done.stderr


def test_a_report_and_what_it_was_made_from_are_kept(dg: Dg, pairs: Path, trainer: FakeTrainer, tmp_path: Path) -> None:
    """stdout has the report as text; the folder has it as a page, in which texts are no markup."""
    done = tuned(dg, pairs)
    assert done.code == 0, done.stderr
    folder = tmp_path / "ship" / "log"
    origin = json.loads((folder / "tune.json").read_text())
    assert (origin["source"], origin["data"], origin["registers"]) == ("40 pairs", "pairs.jsonl", ["ship's log"])
    assert (origin["before"], origin["after"], origin["step"]) == (3.0, pytest.approx(1.8), 6)
    assert "held-out loss  3.000 before, 1.800 after: 40% lower" in done.text
    assert done.text.count("yours  Day") == 4
    page = (folder / "report.html").read_text()
    assert "&lt;b&gt;an answer" in page
    assert "<b>" not in page
    assert "The 4 texts above are from your data; no other file of this folder holds text of yours" in page
    assert "--register 'ship'\"'\"'s log' --adapter ship/log" in done.stderr


def test_the_folder_holds_no_text_but_what_the_report_shows(dg: Dg, pairs: Path, trainer: FakeTrainer) -> None:
    tuned(dg, pairs)
    shown = Path("ship/log/report.html").read_text()
    for line in pairs.read_text().splitlines():
        for text in (json.loads(line)["source"], json.loads(line)["target"]):
            holding = {path.name for path in Path("ship/log").iterdir() if text.encode() in path.read_bytes()}
            assert holding <= ({"report.html"} if text in shown else set())


def test_what_is_said_in_a_pipe_and_on_a_terminal(dg: Dg, pairs: Path, trainer: FakeTrainer) -> None:
    """A line for each measurement in a pipe; on a terminal a bar, which is gone in the end; with -q nothing."""
    said = tuned(dg, pairs).stderr
    assert "dg: step 4 of 6: held-out loss 2.200, about 2 min left." in said
    assert "\x1b" not in said
    assert "step 6 of 6" in dg("tune", str(pairs), "--adapter", "b/", terminal=True).stderr
    assert dg("tune", str(pairs), "--adapter", "c/", "-q").stderr == ""


def test_json(dg: Dg, pairs: Path, trainer: FakeTrainer) -> None:
    found = json.loads(tuned(dg, pairs, "--json").stdout)
    assert found["held_out_losses"] == [[0, 3.0], [2, 2.6], [4, 2.2], [6, pytest.approx(1.8)]]
    assert found["before"] == 3.0
    assert len(found["samples"]) == 4
    assert {"text", "before", "after", "wanted", "register", "behind", "hint"} == {*found["samples"][0]}


def test_ctrl_c_keeps_the_best_and_the_same_command_goes_on(dg: Dg, pairs: Path, trainer: FakeTrainer) -> None:
    """With its plan and the losses that it had; a second run of what is finished is refused."""
    trainer.at_step = lambda step: os.kill(os.getpid(), signal.SIGINT) if step == 3 else None
    stopped = tuned(dg, pairs, "--minutes", "5")
    assert stopped.code == 130
    assert "stopped; the best so far, of step 3, is in ship/log. Run the same again to go on." in stopped.stderr
    assert stopped.stdout == b""
    trainer.at_step = lambda step: None
    done = tuned(dg, pairs, "--json")
    assert done.code == 0, done.stderr
    assert trainer.calls[1]["begun"] == 3
    assert trainer.calls[1]["plan"] == trainer.calls[0]["plan"]
    assert [step for step, _ in json.loads(done.stdout)["held_out_losses"]] == [0, 2, 3, 4, 6]
    again = tuned(dg, pairs)
    assert again.code == 4
    assert "finished adapter, made from pairs.jsonl" in again.stderr


def test_ctrl_c_while_samples_are_written_keeps_what_was_learned(
    dg: Dg, pairs: Path, trainer: FakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that were written are shown. The first is written before anything is learned, too."""
    asked: list[object] = []

    def answers(model: object, samples: object, seed: int) -> Iterator[str]:
        asked.append(samples)
        if len(asked) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return iter(["an answer"])

    monkeypatch.setattr("dgcli.cli.tuning.answers", answers)
    done = tuned(dg, pairs, "--json")
    assert done.code == 0, done.stderr
    assert len(json.loads(done.stdout)["samples"]) == 1
    assert "finished adapter" in tuned(dg, pairs).stderr


def test_a_termination_ends_with_its_own_code(dg: Dg, pairs: Path, trainer: FakeTrainer) -> None:
    trainer.at_step = lambda step: os.kill(os.getpid(), signal.SIGTERM) if step == 1 else None
    assert tuned(dg, pairs).code == 128 + signal.SIGTERM


def test_a_run_goes_on_only_as_it_was_begun(dg: Dg, pairs: Path, trainer: FakeTrainer, tmp_path: Path) -> None:
    trainer.at_step = lambda step: os.kill(os.getpid(), signal.SIGINT) if step == 1 else None
    tuned(dg, pairs, "--rank", "4")
    other = tuned(dg, pairs, "--rank", "8")
    assert other.code == 2
    assert "rank 4, not 8" in other.stderr
    more = tuned(dg, file_of_pairs(tmp_path / "more.jsonl", 50))
    assert more.code == 4
    assert "other data" in more.stderr


def test_a_run_goes_on_only_with_the_model_that_it_was_begun_with(
    dg: Dg, pairs: Path, trainer: FakeTrainer, tmp_path: Path
) -> None:
    """Another one with the same tokenizer would take its state without a word."""
    trainer.at_step = lambda step: os.kill(os.getpid(), signal.SIGINT) if step == 1 else None
    tuned(dg, pairs)
    other = copy(tmp_path / "other")
    edit_json(other / "config.json", lambda config: config["text_config"].update(rms_norm_eps=1e-5))
    done = tuned(dg, pairs, "-m", str(other))
    assert done.code == 4
    assert "another model" in done.stderr


def test_one_run_at_a_time_is_in_a_folder(dg: Dg, pairs: Path, trainer: FakeTrainer) -> None:
    inner: list[Outcome] = []
    trainer.at_step = lambda step: inner.append(tuned(dg, pairs)) if step == 1 else None
    assert tuned(dg, pairs).code == 0
    assert inner[0].code == 4
    assert "Another `dg tune` is at work in ship/log" in inner[0].stderr
    assert len(trainer.calls) == 1


def test_what_a_run_goes_on_from_is_there_until_its_end_is_kept(
    dg: Dg, pairs: Path, trainer: FakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full at the end costs no run."""
    state = Path("ship/log/state.safetensors")

    def keeps_state(step: int) -> None:
        state.write_bytes(b"state")

    trainer.at_step = keeps_state

    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patched:
        patched.setattr("dgcli.cli.tuning.write_whole", full)
        failed = tuned(dg, pairs)
    assert failed.code == 1
    assert "report.html cannot be written (No space left on device)" in failed.stderr
    assert state.exists()
    assert tuned(dg, pairs).code == 0
    assert not state.exists()


@pytest.mark.parametrize("name", ["", " ", ".hidden", "ship=0.5", "a\nb", "a\x1b[31mb", "folder/\udcff"])
def test_a_name_that_would_not_be_found_is_refused(name: str, dg: Dg, pairs: Path, trainer: FakeTrainer) -> None:
    done = dg("tune", str(pairs), "--adapter", name)
    assert done.code == 2
    assert not trainer.calls
    assert "\x1b" not in done.stderr


def test_names_of_files_may_have_bytes_that_are_no_text(dg: Dg, trainer: FakeTrainer, tmp_path: Path) -> None:
    texts = folder_of_texts(tmp_path / "texts")
    try:
        (texts / "03.md").rename(texts / os.fsdecode(b"\xff.md"))
    except OSError:
        pytest.skip("this file system has no such names")
    assert tuned(dg, texts).code == 0
    pairs = file_of_pairs(tmp_path / os.fsdecode(b"\xff.jsonl"))
    assert dg("tune", str(pairs), "--adapter", "b/").code == 0
    assert "made from \ufffd.jsonl" in dg("tune", str(pairs), "--adapter", "b/").stderr


def test_what_is_there_already_is_left_alone(dg: Dg, pairs: Path, trainer: FakeTrainer) -> None:
    Path("ship/log").mkdir(parents=True)
    Path("ship/log/note.txt").write_text("mine")
    done = tuned(dg, pairs)
    assert done.code == 4
    assert "not a run that `dg tune` could go on with" in done.stderr
    assert [path.name for path in Path("ship/log").iterdir()] == ["note.txt"]


def test_a_name_is_known_from_everywhere(dg: Dg, pairs: Path, trainer: FakeTrainer, tmp_path: Path) -> None:
    data = {"XDG_DATA_HOME": str(tmp_path / "data")}
    assert dg("tune", str(pairs), "--adapter", "ship", **data).code == 0
    assert (tmp_path / "data" / "dg" / "adapters" / "ship" / "report.html").exists()
    assert "ship" in dg("models", **data).text.split("ADAPTER")[1]


def test_nothing_that_is_better_is_an_error(dg: Dg, pairs: Path, trainer: FakeTrainer) -> None:
    trainer.falls = 0.0
    done = tuned(dg, pairs)
    assert done.code == 1
    assert "Nothing was learned" in done.stderr
    assert Path("ship/log/report.html").exists()


def test_texts_are_learned_as_mine(dg: Dg, trainer: FakeTrainer, tmp_path: Path) -> None:
    done = tuned(dg, folder_of_texts(tmp_path / "texts"))
    assert done.code == 0, done.stderr
    assert "10 texts of 1,638 words" in done.stderr
    assert "[[?]]" in done.text
    assert "dg restyle --register mine --adapter ship/log" in done.stderr
    assert {each.kind for each in trainer.calls[0]["examples"]} >= {"infill", "restyle"}


def test_too_little_memory_is_said_before(
    dg: Dg, pairs: Path, trainer: FakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can be done by itself is: states are computed again, batches are smaller; else it ends, unless forced."""
    monkeypatch.setattr(
        "dgcli.cli.preparing.estimate",
        lambda config, plan, examples, weights, item: Estimated(
            weights + (10**15 if not plan.checkpointing else 10**9)
        ),
    )
    monkeypatch.setattr("dgcli.cli.preparing.usable_memory", lambda: 2 * 10**9)
    assert "states computed again" in tuned(dg, pairs, "--check").stderr
    monkeypatch.setattr("dgcli.cli.preparing.usable_memory", lambda: 10**8)
    done = tuned(dg, pairs)
    assert done.code == 3
    assert "takes about 1.0 GB of memory, but only 100.0 MB is available" in done.stderr
    assert not trainer.calls
    assert tuned(dg, pairs, "--force", "-q").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing.jsonl",), "cannot be read"),
        (("nothing",), "does not exist"),
        (("pairs.jsonl", "--register", "fromal"), "did you mean 'formal'"),
        (("pairs.jsonl", "--mode", "none"), "--mode"),
        (("pairs.jsonl", "--rank", "0"), "--rank"),
        (("pairs.jsonl", "--target", "x_proj"), "no matrix named x_proj"),
    ],
)
def test_what_cannot_be_used(arguments: tuple[str, ...], said: str, dg: Dg, pairs: Path, trainer: FakeTrainer) -> None:
    done = dg("tune", *arguments, "--adapter", "ship/log")
    assert done.code in (2, 4)
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_first_signal_asks_for_an_end_and_a_second_makes_one() -> None:
    before = signal.getsignal(signal.SIGINT)
    with asking() as asked:
        assert not asked()
        os.kill(os.getpid(), signal.SIGINT)
        assert asked()
        assert asked.number == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before


def test_a_tiny_model_learns(dg: Dg, pairs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the real trainer; the model takes the adapter to write its samples."""
    tuned: list[bool] = []

    def answers(model: LoadedModel, samples: object, seed: int) -> Iterator[str]:
        tuned.append(model.network is not model.base.network)
        return iter(["an answer"])

    monkeypatch.setattr("dgcli.cli.tuning.answers", answers)
    done = dg("tune", str(pairs), "--adapter", "ad/", "--steps", "2", "--rank", "2", "--rate", "0.01", "--json")
    assert done.code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["after"] < found["before"]
    assert tuned == [False, True] * 4
    assert (tmp_path / "ad" / "adapter_model.safetensors").exists()


@pytest.mark.parametrize(
    ("option", "value"), [("--minutes", each) for each in ("0", "-1", "inf", "nan")] + [("--rate", "nan")]
)
def test_a_run_that_would_have_no_end_or_no_sense_is_refused(
    option: str, value: str, dg: Dg, pairs: Path, trainer: FakeTrainer
) -> None:
    done = tuned(dg, pairs, option, value)
    assert done.code == 2
    assert option in done.stderr
    assert not trainer.calls


def test_of_many_registers_a_few_are_named(dg: Dg, trainer: FakeTrainer, tmp_path: Path) -> None:
    """All of them are in the adapter's folder."""
    lines = [{"source": f"text {n}", "target": f"words {n}", "register": f"like day {n}"} for n in range(60)]
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    done = tuned(dg, path)
    assert done.code == 0, done.stderr
    assert done.stderr.count("is learned as") == 3
    assert "so are 57 more; registers.toml in the adapter's folder has all" in done.stderr
    assert "like day 0, like day 1, like day 2 and 57 more" in done.text
    assert Path("ship/log/registers.toml").read_text().count("description") == 60


def test_the_time_that_samples_take_is_counted_before_they_are_written(
    dg: Dg, pairs: Path, trainer: FakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told from the first of them."""
    times = iter(range(0, 1000, 30))
    monkeypatch.setattr("dgcli.cli.tuning.time.monotonic", lambda: float(next(times)))
    done = tuned(dg, pairs)
    assert "then 4 samples" in done.stderr
    assert "dg: about 7 min to go." in done.stderr  # 3 steps of a minute, and 4 samples of 30 s twice
    assert "dg: writes 4 samples, before and after, about 4 min left." in done.stderr
