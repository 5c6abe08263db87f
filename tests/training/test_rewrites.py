"""Examples of rewriting are requests of `dg restyle` and their answers, whatever they share at the beginning."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgcli.text.kept import Facts
from training.patch.rewrites import HERE, Pairs, Rewrite, _filled, _table, collated

ids = st.integers(20, 29)
asked = st.lists(ids, min_size=2, max_size=9).map(tuple)
answers = st.lists(ids, min_size=1, max_size=5).map(tuple)


@given(st.lists(st.tuples(asked, answers), min_size=1, max_size=5), st.lists(ids, max_size=6).map(tuple))
def test_rows_are_their_beginning_and_the_rest(rows: list, beginning: tuple[int, ...]) -> None:
    rows = [((*beginning, *asked), answer) for asked, answer in rows]
    made = collated(rows)
    prefix = tuple(made.prefix[0])
    assert len(prefix) >= len(beginning)
    for (asked, answer), tokens, target, counts in zip(rows, made.tokens, made.target, made.counts, strict=True):
        whole = (*asked, *answer)
        assert (*prefix, *tokens)[: len(whole) - 1] == whole[:-1]
        assert tuple(target[counts]) == answer
        assert not counts[: len(asked) - len(prefix) - 1].any()


@pytest.mark.parametrize("name", ["everyday.tsv", "letters.tsv", "manners.tsv"])
def test_pairs_are_two_different_texts(name: str) -> None:
    rows = _table((HERE / name).read_text(encoding="utf-8"))
    assert len(rows) > 100
    assert all(all(text and text == text.strip() for text in row.values()) for row in rows)
    assert all(len({*row.values()}) == len(row) for row in rows)


def test_letters_keep_their_slots_numbers_and_end() -> None:
    for row in _table((HERE / "letters.tsv").read_text(encoding="utf-8")):
        for what in (r"\{\w+\}", r"\d+"):
            assert sorted(set(re.findall(what, row["source"]))) == sorted(set(re.findall(what, row["target"]))), row
        assert row["target"][-1] in ".!?,", row


def test_names_and_days_are_the_same_on_both_sides() -> None:
    one = Rewrite("hey {name}, come {day} at {time}", "Dear {name}, please come on {day} at {time}.", "formal")
    for seed in range(50):
        made = _filled(one, random.Random(seed), lower=False)
        assert "{" not in made.source + made.target
        assert not Facts.of(made.source).changed_in(made.target)
        lower = _filled(one, random.Random(seed), lower=True)
        assert lower.target == made.target
        assert lower.source == lower.source.replace(made.source[4:7], made.source[4:7].lower())


@pytest.mark.reference
def test_rows_read_behind_what_they_share_cost_what_they_cost_alone() -> None:
    torch = pytest.importorskip("torch")
    from tests.training.test_patch import network
    from training.patch.network import adapter, load_adapter
    from training.patch.rewrite import loss

    model = network()
    rows = [((20, 21, 22, 30, 31), (40, 41)), ((20, 21, 22, 33), (50, 51, 52))]
    alone = [loss(model, collated([row])).detach() for row in rows]
    assert torch.allclose(loss(model, collated(rows)), torch.cat(alone), atol=1e-4)

    found = adapter(model, "encoder")
    assert all(".encoder.language_model.layers." in name for name in found)
    other = network()
    load_adapter(other, {name: tensor + 1 for name, tensor in found.items()}, "encoder")
    assert all(torch.equal(tensor, found[name] + 1) for name, tensor in adapter(other, "encoder").items())


def test_what_is_held_out_is_not_trained_on(tmp_path: Path) -> None:
    held_out = {(one.source, one.target) for one in Pairs.read(tmp_path, held_out=True).kinds["everyday"]}
    every = {(row["casual"], row["formal"]) for row in _table((HERE / "everyday.tsv").read_text(encoding="utf-8"))}
    assert held_out < every
    assert len(held_out) < len(every) / 10
