from __future__ import annotations

from dgcli.tasks.restyle.manner import rewrite_request
from dgcli.tasks.restyle.registers import Register
from dgcli.tasks.restyle.score import ANY
from dgcli.tune.data.pairs import LONGEST, Pair, pair_examples, passages
from tests.tune.data import BARE, CHAT, RELEASED

LOG = Register("log", "Write a log.")


def test_a_pair_is_asked_for_as_restyle_asks() -> None:
    (found,) = pair_examples(Pair("We cannot go.", "Bound in port.", "log"), LOG, BARE)
    asked = CHAT.prompt(rewrite_request("We cannot go.", "Write a log."))
    assert found.ids == (*asked, *CHAT.tokenizer.encode("Bound in port."), 6)
    assert (found.given, found.held, found.kind) == (len(asked), frozenset(), "restyle")
    (other,) = pair_examples(Pair("We cannot go.", "Bound in port.", "log"), LOG, RELEASED)
    assert CHAT.tokenizer.decode(other.ids).startswith("Rewrite this text. Answer with")


def test_sides_with_as_many_sentences_are_parted_as_restyle_parts_a_paragraph() -> None:
    """No part is longer than a passage, but for a sentence that is; together they are the pair."""
    source = "The wind is in the north. We cannot go today. They wait for us at home."
    target = "Wind N. Bound in port. Awaited."
    found = list(passages(Pair(source, target, None), BARE))
    assert len(found) == 3
    assert [" ".join(side) for side in zip(*found, strict=True)] == [source, target]
    assert list(passages(Pair(source, target, None), RELEASED)) == [(source, target)]
    assert list(passages(Pair(source, "Bound in port. Awaited.", None), BARE)) == [(source, "Bound in port. Awaited.")]


def test_what_is_too_long_is_left_out() -> None:
    assert pair_examples(Pair("a " * LONGEST, "b", None), LOG, BARE) == ()


def test_a_pair_is_asked_back_as_restyle_asks_whether_its_source_can_be_told() -> None:
    """Without the register, or in the one that it is told from."""
    pair = Pair("We cannot go.", "Bound in port.", "log")
    for register, said in (
        (LOG, ANY),
        (Register("log", "Write a log.", unlike="Say it as it is."), "Say it as it is."),
    ):
        (found,) = pair_examples(pair, register, BARE, back=True)
        asked = CHAT.prompt(rewrite_request("Bound in port.", said))
        assert found.ids == (*asked, *CHAT.tokenizer.encode("We cannot go."), 6)
