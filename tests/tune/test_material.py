from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dgcli.errors import InputError, UsageError
from dgcli.tasks.restyle.registers import Register, find_register, read_registers
from dgcli.tune.data.material import MINE, SAMPLES, Material, fills_holes, material, read_data
from tests.tune.data import BARE, RELEASED, file_of_pairs, folder_of_texts


def registers(words: str) -> Register:
    return find_register(words, read_registers())


def made(path: Path, *, rewrites: bool = True, bare: bool = False) -> Material:
    asking = BARE if bare else RELEASED
    return material(read_data(path), asking, registers, unnamed=MINE, rewrites=rewrites, seed=0)


def test_pairs_become_rewritings_in_their_registers(tmp_path: Path) -> None:
    found = made(file_of_pairs(tmp_path / "pairs.jsonl"))
    assert found.counts()["restyle"] == 36 + 18  # half of them asked back, too
    assert found.counts(held_out=True)["restyle"] == 4
    assert found.registers == {"ship's log": registers("ship's log")}
    assert found.source == "40 pairs"
    assert {each.register for each in found.samples} == {registers("ship's log").description}
    assert {*made(file_of_pairs(tmp_path / "own.jsonl", register=None)).registers} == {"mine"}


@pytest.mark.parametrize("bare", [False, True])
def test_what_was_rewritten_is_to_be_written_as_before(tmp_path: Path, bare: bool) -> None:
    """Only sources, and of a pair that is held out nothing that is learned."""
    path = tmp_path / "pairs.jsonl"
    pairs = [{"source": f"we were in port on day {n}.", "target": f"In port, day {n}!"} for n in range(40)]
    path.write_text("".join(f"{json.dumps(pair)}\n" for pair in pairs))
    found = made(path, bare=bare)
    assert {*found.counts()} == {*found.counts(held_out=True)} == {"restyle", "unchanged"}
    decode = RELEASED.chat.tokenizer.decode
    learned, held_out = (
        [decode(each.ids) for each in examples if each.kind == "unchanged"]
        for examples in (found.learned, found.held_out)
    )
    assert "we were in port" in " ".join(learned)
    assert not any("In port" in text for text in (*learned, *held_out))
    days = [{*re.findall(r"day (\d+)\.", " ".join(texts))} for texts in (learned, held_out)]
    assert all(days)
    assert not days[0] & days[1]


def test_a_register_that_looks_misspelt_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'formal'"):
        made(file_of_pairs(tmp_path / "pairs.jsonl", register="fromal"))


def test_texts_become_fills_running_text_and_rewritings(tmp_path: Path) -> None:
    folder = folder_of_texts(tmp_path / "texts")
    found = made(folder)
    assert {*found.counts()} == {"infill", "continuation", "restyle"}
    assert {*found.registers} == {"mine"}
    assert {*made(folder, bare=True, rewrites=False).counts()} == {"infill", "continuation"}
    assert {*made(folder, rewrites=False).counts()} == {"infill", "continuation"}
    assert found.source == "10 texts of 1,638 words"
    assert found == made(folder)


def test_samples_are_held_out(tmp_path: Path) -> None:
    """Their texts are those of whole files that nothing is learned from."""
    found = made(folder_of_texts(tmp_path / "texts"))
    assert SAMPLES // 2 < len(found.samples) <= SAMPLES
    learned = days(" ".join(RELEASED.chat.tokenizer.decode(each.ids) for each in found.learned))
    shown = days(" ".join(sample.text + sample.wanted + sample.behind for sample in found.samples))
    assert len(learned) > 50
    assert shown
    assert not shown & learned


def test_where_nearly_all_pairs_share_a_text_none_can_be_held_out(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(f'{{"source": "Hello.", "target": "Ahoy {number}."}}\n' for number in range(30)))
    with pytest.raises(InputError, match="share a text"):
        made(path)


def days(text: str) -> set[str]:
    return {*re.findall(r"On day (\d+) she", text)}


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    path = file_of_pairs(tmp_path / "pairs.jsonl")
    path.write_text(path.read_text() + '{"source": "' + "a " * 999 + '", "target": "b"}\n')
    assert made(path).notes == ("1 pair is too long and left out.",)
    folder = folder_of_texts(tmp_path / "texts")
    for name in ("a.py", "b.py"):
        (folder / name).write_text("pass\n")
    assert made(folder).notes == ("Left out: a.py is a program, not prose. So was 1 more.",)
    (tmp_path / "long.jsonl").write_text(
        "".join(f'{{"source": "{number} {"a " * 999}", "target": "b"}}\n' for number in range(20))
    )
    with pytest.raises(InputError, match="too long"):
        made(tmp_path / "long.jsonl")


def test_fills_and_pairs_of_one_file_are_learned_together(tmp_path: Path) -> None:
    """Fills belong to no register, and their samples are holes, with what their marks asked for."""
    path = file_of_pairs(tmp_path / "picks.jsonl", 30)
    fills = [{"before": f"Day {n}: ", "fill": "rain", "behind": " again.", "hint": "weather"} for n in range(40)]
    path.write_text(path.read_text() + "".join(f"{json.dumps(each)}\n" for each in fills))
    assert fills_holes(read_data(path))
    assert not fills_holes(read_data(file_of_pairs(tmp_path / "pairs.jsonl")))
    found = made(path)
    assert found.source == "30 pairs and 40 fills"
    learned, held_out = found.counts(), found.counts(held_out=True)
    assert learned["infill"] + held_out["infill"] == 40
    assert (held_out["infill"], held_out["restyle"]) == (4, 3)  # a tenth of each
    assert {*found.registers} == {"ship's log"}
    assert {sample.mark for sample in found.samples if not sample.register} == {"[[? weather]]"}
    assert {*made(path, bare=True).counts()} == {"infill", "restyle", "unchanged"}
