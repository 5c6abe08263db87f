from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import dgcli
from dgcli.checkpoint.chat_template import Chat
from dgcli.checkpoint.pieces import spread
from dgcli.checkpoint.tokenizer import FileTokenizer, without_thoughts
from dgcli.errors import InputError, ModelError
from tests.checkpoints import TINY, copy

TOKENIZER = FileTokenizer.load(TINY)
CHAT = Chat.load(TINY, TOKENIZER)
CONTROL_NAMES = [TOKENIZER.backend.id_to_token(token) for token in sorted(TOKENIZER.control)]
texts = st.lists(st.text(alphabet=st.characters(codec="utf-8")) | st.sampled_from(CONTROL_NAMES)).map("".join)


def as_read(text: str) -> str:
    """A text as a vocabulary in Gemma's manner knows it: U+2581 is how it writes a blank, so it has none by itself."""
    return text.replace("\u2581", " ")


@settings(max_examples=300)
@given(texts)
@example("\u2581")
def test_text_comes_back_and_never_becomes_a_control_token(text: str) -> None:
    ids = TOKENIZER.encode(text)
    assert TOKENIZER.control.isdisjoint(ids)
    assert TOKENIZER.decode(ids) == as_read(text)


@settings(max_examples=100)
@given(texts)
def test_a_request_cannot_end_its_turn(text: str) -> None:
    prompt = CHAT.prompt(text)
    assert prompt[: len(CHAT.before)] == CHAT.before
    assert prompt[len(prompt) - len(CHAT.after) :] == CHAT.after
    assert TOKENIZER.control.isdisjoint(prompt[len(CHAT.before) : len(prompt) - len(CHAT.after)])


def test_the_template_itself_has_control_tokens() -> None:
    assert "<turn|>" in CONTROL_NAMES
    assert TOKENIZER.named("<|turn>") in CHAT.before
    assert TOKENIZER.named("<turn|>") in CHAT.after


@given(texts)
def test_pieces_are_one_for_each_id_and_together_the_text(text: str) -> None:
    ids = TOKENIZER.encode(text)
    pieces = TOKENIZER.pieces(ids)
    assert len(pieces) == len(ids)
    assert "".join(pieces) == as_read(text)


def test_a_character_spread_over_tokens() -> None:
    ids = TOKENIZER.encode("a😀b")
    assert len(ids) > 3
    assert TOKENIZER.pieces(ids).count("😀") == 1
    assert "\ufffd" in TOKENIZER.decode(ids[:2])  # a part of it is broken, not an error
    assert TOKENIZER.pieces(ids[:3])[1:] == ("\ufffd", "\ufffd")


def test_ids_without_a_token_decode_to_nothing() -> None:
    assert TOKENIZER.decode([500_000, *TOKENIZER.encode("a"), 500_001]) == "a"


def unflagged(tmp_path: Path, name: str, *, merged: bool) -> int:
    """A tokenizer that does not say that a token is special; with `merged` its vocabulary makes it from text."""
    copy(tmp_path / "model")
    value = json.loads((TINY / "tokenizer.json").read_text())
    (token,) = (token for token in value["added_tokens"] if token["content"] == name)
    if merged:
        value["added_tokens"].remove(token)
        vocabulary = value["model"]["vocab"]
        for number, piece in enumerate([*name, *(name[:end] for end in range(2, len(name)))]):
            vocabulary.setdefault(piece, 10_000 + number)
        value["model"]["merges"] = [[name[:end], name[end]] for end in range(1, len(name))]
    token["special"] = False
    (tmp_path / "model" / "tokenizer.json").write_text(json.dumps(value))
    return int(token["id"])


@pytest.mark.parametrize("merged", [False, True])
def test_control_ids_named_elsewhere_are_control_tokens_too(tmp_path: Path, merged: bool) -> None:
    """However often a text has their names: 5,000 of them are cut in two as one is."""
    token = unflagged(tmp_path, "<turn|>", merged=merged)
    plain = FileTokenizer.load(tmp_path / "model")
    assert token in plain.encode("a<turn|>b")  # else this shows nothing
    named = FileTokenizer.load(tmp_path / "model", control=[token])
    assert token in named.control
    for count in (1, 5_000):
        text = "a<turn|>b<turn|>" * count
        assert token not in (ids := named.encode(text))
        assert named.decode(ids) == text


@pytest.mark.parametrize("name", ["<|image>", "<image|>", "<|image|>"])
def test_tokens_that_only_the_config_names_for_control_are_control_tokens(tmp_path: Path, name: str) -> None:
    token = unflagged(tmp_path, name, merged=False)
    assert token in FileTokenizer.load(tmp_path / "model").encode(name)  # else this shows nothing
    assert token not in dgcli.load(tmp_path / "model").tokenizer.encode(name)


@given(st.text(alphabet="the \n."))
def test_ordinary_tokens_that_end_an_answer_are_text_like_others(text: str) -> None:
    ends = TOKENIZER.encode("e\n. the")
    named = FileTokenizer(TOKENIZER.backend, FileTokenizer.load(TINY, control=ends).control, TOKENIZER.size)
    assert named.encode(text * 100) == TOKENIZER.encode(text * 100)
    assert named.decode(named.encode(text)) == text


def test_half_a_character_is_refused() -> None:
    for work in (TOKENIZER.encode, TOKENIZER.encode_template, lambda text: TOKENIZER.head(text, 3)):
        with pytest.raises(InputError, match="half a character"):
            work("one \ud83d two")


@pytest.mark.parametrize("spelled", ['"type"', '"\\u0074ype"', '"ty\\u0070e"'])
@pytest.mark.parametrize("kind", ['"Unigram"', '"Uni\\u0067ram"', '"\\u0055nigram"'])
def test_a_tokenizer_of_another_kind_is_found_however_that_is_spelled(tmp_path: Path, spelled: str, kind: str) -> None:
    text = (TINY / "tokenizer.json").read_text()
    for old, new in (('"type": "BPE"', f"{spelled}: {kind}"), ('"type": "BPE"', f'{spelled}: {kind}, "type": "BPE"')):
        assert old in text
        (tmp_path / "tokenizer.json").write_text(text.replace(old, new))
        with pytest.raises(ModelError, match="of another kind: it has parts of type Unigram"):
            FileTokenizer.load(tmp_path)


def test_thoughts_are_left_out() -> None:
    opening, closing = TOKENIZER.named("<|channel>"), TOKENIZER.named("<channel|>")
    assert opening is not None
    assert closing is not None
    a, b, c = (TOKENIZER.encode(letter)[0] for letter in "abc")
    assert without_thoughts([a, opening, b, closing, c], TOKENIZER) == (a, c)
    assert without_thoughts([a, opening, b, c], TOKENIZER) == (a,)  # never closed
    assert without_thoughts([opening, b, opening, closing, a], TOKENIZER) == (a,)


def test_ids_that_hold_a_string_are_told_by_their_text() -> None:
    held = TOKENIZER.holding(("e", '"', " "))
    for token in range(TOKENIZER.size if TOKENIZER.size < 10_000 else 10_000):
        text = TOKENIZER.pieces((token,))[0] if token not in TOKENIZER.control else ""
        if token not in TOKENIZER.control:
            assert (token in held) == any(each in text for each in 'e" ')
    assert TOKENIZER.holding(()) == frozenset()


def test_line_breaking_ids_are_those_with_a_newline() -> None:
    for token in TOKENIZER.encode("a\nb\r\nc\n\n"):
        assert (token in TOKENIZER.line_breaking) == bool(re.search(r"[\r\n]", TOKENIZER.decode([token])))


def test_spaced_ids_are_those_that_begin_with_a_blank_or_a_new_line(tmp_path: Path) -> None:
    for tokenizer in (TOKENIZER, byte_level(tmp_path)):
        ids = [
            token for token in tokenizer.encode("Some words,\n日本 12 dogs' — 'twas") if token not in tokenizer.control
        ]
        pieces = [tokenizer.pieces((token,))[0] for token in ids]
        assert {piece[:1].isspace() for piece in pieces} == {True, False}
        assert [token in tokenizer.spaced for token in ids] == [piece[:1].isspace() for piece in pieces]


@settings(max_examples=100)
@given(texts, st.integers(0, 12))
def test_head_and_tail_are_parts_of_the_text_within_the_limit(text: str, limit: int) -> None:
    head, tail = TOKENIZER.head(text, limit), TOKENIZER.tail(text, limit)
    assert text.startswith(head)
    assert text.endswith(tail)
    if len(TOKENIZER.encode(text)) <= limit:
        assert head == tail == text
    if limit == 0 and text:
        assert head == tail == ""


@pytest.mark.parametrize("content", ["", "{", "[]", '{"model": {"type": "BPE"}}', "\x00"])
def test_a_file_that_is_no_tokenizer(tmp_path: Path, content: str) -> None:
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(ModelError, match=r"tokenizer\.json cannot be read"):
        FileTokenizer.load(tmp_path)


def test_a_missing_tokenizer(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"tokenizer\.json is missing"):
        FileTokenizer.load(tmp_path)


def test_byte_tokens_flagged_special_are_still_text() -> None:
    added = json.loads((TINY / "tokenizer.json").read_text())["added_tokens"]
    special = {token["content"] for token in added if token["special"]}
    assert any(name.startswith("<0x") for name in special)  # else this test shows nothing
    assert TOKENIZER.decode(TOKENIZER.encode("né 😀")) == "né 😀"


def byte_level(tmp_path: Path) -> FileTokenizer:
    """A small tokenizer in the manner of GPT-2: bytes stand as characters, digits by themselves."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=["<|end|>", "<noise>"], initial_alphabet=alphabet, show_progress=False
    )
    backend.train_from_iterator(["some words\n\nand ümlauts, some more of them 12 34"] * 4, trainer)
    backend.save(str(tmp_path / "tokenizer.json"))
    return FileTokenizer.load(tmp_path)


@given(text=texts)
def test_a_byte_level_vocabulary_has_a_text_for_each_id(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    tokenizer = byte_level(tmp_path_factory.mktemp("tokenizer"))
    ids = tokenizer.encode(text)
    pieces = tokenizer.pieces(ids)
    assert len(pieces) == len(ids)
    assert "".join(pieces) == text == tokenizer.decode(ids)


def test_parts_of_characters_in_a_byte_level_vocabulary(tmp_path: Path) -> None:
    tokenizer = byte_level(tmp_path)
    ids = tokenizer.encode("a😀b")
    assert tokenizer.pieces(ids).count("😀") == 1
    assert tokenizer.pieces(ids[:3])[1:] == ("\ufffd", "\ufffd")
    assert tokenizer.control == {0, 1}
    assert tokenizer.pieces([1]) == ("",)
    breaking = tokenizer.line_breaking
    assert {*tokenizer.encode("\n"), *tokenizer.encode("\n\n")} <= breaking
    assert breaking.isdisjoint(tokenizer.encode("some words, ümlauts 12"))


def test_bytes_of_several_characters_are_shared_out() -> None:
    first, second, third = "a日".encode()[:2], "a日".encode()[2:] + b"b", b"\xff"
    assert spread([first, second, third]) == ["a日", "b", "\ufffd"]
    assert spread([]) == []
