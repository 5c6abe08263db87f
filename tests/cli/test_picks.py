"""What a person takes or edits with --pick is kept for `dg tune` if they say so: for them alone, bounded, deletable."""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dgcli.cli import picks
from dgcli.cli.picking import BEFORE, BEHIND, Picks
from dgcli.tasks.choosing import Decision, Offer, Verdict
from dgcli.tasks.infill.filled import Fill
from dgcli.text.document import Document, Span
from dgcli.tune.data.fills import FilledHole
from dgcli.tune.data.lines import read_lines
from dgcli.tune.data.pairs import Pair
from tests.cli.conftest import Dg

DRAFT = "One [[?]] three.\n\nFour [[? a number]] six.\n"
DOCUMENT = Document(
    text="a [[?]] b [[?]] c [[?]] d",
    spans=(Span(start=2, end=7), Span(start=10, end=15, hint="loud"), Span(start=18, end=23)),
)


def offer(hole: int = 1, before: str = "a ", behind: str = " b", old: str = "[[?]]") -> Offer:
    texts = ("first", "second")
    made = [Fill(span=Span(start=0, end=5), old=old, text=text, tokens=1, score=0.0, converged=True) for text in texts]
    return Offer(hole=hole, holes=3, before=before, fills=tuple(made), behind=behind)


def decided(decisions: Sequence[Decision], offers: Sequence[Offer]) -> Picks:
    asked = iter(decisions)
    found = Picks(lambda offer: next(asked))
    for each in offers:
        found(each)
    return found


@pytest.fixture
def keeping(dg: Dg, tmp_path: Path) -> Dg:
    """`dg` where config.toml says that picks are kept, at a terminal."""
    (tmp_path / "config.toml").write_text("keep_picks = true\n")
    return partial(dg, XDG_STATE_HOME=str(tmp_path / "state"), terminal=True)


def answer(monkeypatch: pytest.MonkeyPatch, *decisions: Decision) -> None:
    """Let a person decide so."""
    asked = iter(decisions)
    monkeypatch.setattr("dgcli.cli.picking.picker", lambda env, picture: lambda offer: next(asked))


def kept(tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "state" / "dg" / "picks" / "picks.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_what_was_taken_and_what_was_edited_are_fills() -> None:
    found = decided([1, "my\r\nown", 0], [offer(), offer(2), offer(3)])
    assert [each["fill"] for each in found.fills(DOCUMENT)] == ["second", "my\nown", "first"]
    assert [each.get("hint") for each in found.fills(DOCUMENT)] == [None, "loud", None]


def test_a_number_that_an_edited_text_no_longer_has_is_told() -> None:
    said: list[str] = []
    decisions = iter(["We meet at three.", "We meet at 4 pm.", 0])
    found = Picks(lambda offer: next(decisions), said.append)
    for _ in range(3):
        found(offer(old="Let us meet at 4 pm."))
    assert len(said) == 1
    assert said[0].startswith("dg: your text no longer has what stood there: ")
    assert "4" in said[0]


def test_the_last_decision_about_a_hole_counts() -> None:
    """A person may go back, and take something else, or nothing."""
    found = decided(
        [0, 1, Verdict.BACK, 0, Verdict.BACK, Verdict.BACK, "mine", Verdict.SKIP],
        [offer(), offer(2), offer(3), offer(2), offer(3), offer(2), offer(), offer(2)],
    )
    assert [each["fill"] for each in found.fills(DOCUMENT)] == ["mine"]


@pytest.mark.parametrize("decision", [Verdict.AGAIN, Verdict.SKIP, Verdict.REST, Verdict.STOP, "", " \n"])
def test_what_nobody_chose_is_no_pick(decision: Decision) -> None:
    assert not [*decided([decision], [offer()]).fills(DOCUMENT)]
    assert not [*decided([decision], [offer(old="words")]).pairs("formal")]


def test_the_text_around_a_hole_is_short_and_has_no_other_holes() -> None:
    found = decided([0, 0], [offer(before="x [...] y ", behind=" z [...] w"), offer(2, "b" * 5000, "c" * 5000)])
    near, long = found.fills(DOCUMENT)
    assert (near["before"], near["behind"]) == (" y ", " z ")
    assert (len(long["before"]), len(long["behind"])) == (BEFORE, BEHIND)


def test_paragraphs_that_were_reworded_are_pairs() -> None:
    found = decided([1, "Other words.", "The old\nwords"], [offer(each, old="The old words") for each in (1, 2, 3)])
    assert [*found.pairs("formal")] == [
        {"source": "The old words", "target": "second", "register": "formal"},
        {"source": "The old words", "target": "Other words.", "register": "formal"},
    ]


def test_picks_are_kept_as_tune_reads_them(keeping: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of several runs, in a file that nobody else may read."""
    (tmp_path / "draft.md").write_text(DRAFT)
    answer(monkeypatch, "two", "five")
    done = keeping("infill", "--pick", "--animate", "never", "draft.md", "--steps", "1", "-o", "out.md")
    assert done.code == 0, done.stderr
    assert kept(tmp_path) == [
        {"before": "One ", "fill": "two", "behind": " three.\n\nFour "},
        {"before": "One two three.\n\nFour ", "fill": "five", "behind": " six.\n", "hint": "a number"},
    ]
    folder = tmp_path / "state" / "dg" / "picks"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "picks.jsonl").stat().st_mode) == 0o600
    answer(monkeypatch, 0, "V")
    keeping("infill", "--pick", "--animate", "never", "draft.md", "--steps", "1", "-o", "other.md")
    assert len(kept(tmp_path)) == 4
    (tmp_path / "pairs.jsonl").write_text(
        (folder / "picks.jsonl").read_text()
        + "".join(f'{{"source": "s{number}", "target": "t{number}"}}\n' for number in range(20))
    )
    lines = read_lines(tmp_path / "pairs.jsonl")
    assert lines[0] == FilledHole("One ", "two", " three.\n\nFour ")
    assert lines[-1] == Pair("s19", "t19", None)


def test_nothing_is_kept_unasked_or_of_a_run_that_was_given_up(
    dg: Dg, keeping: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "draft.md").write_text(DRAFT)

    def give_up(offer: Offer) -> Decision:
        if offer.hole > 1:
            raise KeyboardInterrupt
        return 0

    monkeypatch.setattr("dgcli.cli.picking.picker", lambda env, picture: give_up)
    command = ("infill", "--pick", "--animate", "never", "draft.md", "--steps", "1")
    assert keeping(*command, "-o", "out.md").code == 130
    assert not kept(tmp_path)
    (tmp_path / "config.toml").unlink()
    answer(monkeypatch, "two", "five")
    assert keeping(*command, "-o", "out.md").code == 0
    assert not kept(tmp_path)


def test_a_pick_that_cannot_be_kept_is_told_and_the_run_goes_on(
    keeping: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "draft.md").write_text(DRAFT)
    (tmp_path / "state").write_text("no folder")
    answer(monkeypatch, "two", "five")
    done = keeping("infill", "--pick", "--animate", "never", "draft.md", "--steps", "1", "-o", "out.md")
    assert done.code == 0
    assert "is not kept for `dg tune`" in done.stderr
    assert (tmp_path / "out.md").read_text() == "One two three.\n\nFour five six.\n"


@pytest.mark.parametrize(("name", "most"), [("MOST", 2), ("LARGEST", 60)])
def test_the_oldest_go_where_there_are_too_many(
    name: str, most: int, keeping: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picks, name, most)
    (tmp_path / "draft.md").write_text("[[?]]\n")
    for text in ("one", "two", "three"):
        answer(monkeypatch, text)
        keeping("infill", "--pick", "--animate", "never", "draft.md", "--steps", "1", "--plain")
    assert [each["fill"] for each in kept(tmp_path)] in (["two", "three"], ["three"])


def test_log_says_how_many_and_forget_deletes_them(
    keeping: Dg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "draft.md").write_text(DRAFT)
    answer(monkeypatch, "two", "five")
    keeping("infill", "--pick", "--animate", "never", "draft.md", "--steps", "1", "-o", "out.md")
    told = keeping("log").stderr
    assert "2 picks are kept in" in told
    assert "picks.jsonl, which `dg tune` learns from; `dg undo --forget` deletes it" in told
    assert json.loads(keeping("log", "--json").stdout)["picks"]["count"] == 2
    assert keeping("undo", "--forget").stderr == "dg: deleted what was kept of 0 changes, and 2 picks.\n"
    assert not kept(tmp_path)
    assert keeping("log").stderr == "dg: no change by -i is kept.\n"
