"""The base of the bundled model, from the file that others publish: the same numbers in mlx's layout."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

import hatch_build
from dgcli.checkpoint.tokenizer import FileTokenizer
from dgcli.platform.backend import mx
from hatch_build import BLOCK, HEAD_DIM, HEADS, converted, read_gguf, tokenizer

RNG = np.random.default_rng(0)


def four_bits(rows: int, columns: int) -> tuple[bytes, np.ndarray]:
    """A matrix in Q4_1, and what it stands for."""
    numbers = RNG.integers(0, 16, (rows, columns // BLOCK, BLOCK), dtype=np.uint8)
    scales, minimums = RNG.random((2, rows, columns // BLOCK)).astype("<f2")
    packed = numbers[..., :16] | numbers[..., 16:] << 4
    blocks = np.concatenate([scales[..., None].view("u1"), minimums[..., None].view("u1"), packed], axis=-1)
    exact = numbers * scales[..., None].astype("f4") + minimums[..., None].astype("f4")
    return blocks.tobytes(), exact.reshape(rows, columns)


def eight_bits(rows: int, columns: int) -> tuple[bytes, np.ndarray]:
    """A matrix in Q8_0, and what it stands for."""
    numbers = RNG.integers(-127, 128, (rows, columns // BLOCK, BLOCK), dtype=np.int8)
    scales = RNG.random((rows, columns // BLOCK)).astype("<f2")
    blocks = np.concatenate([scales[..., None].view("u1"), numbers.view("u1")], axis=-1)
    return blocks.tobytes(), (numbers * scales[..., None].astype("f4")).reshape(rows, columns)


def expanded(tensors: dict[str, np.ndarray], name: str, bits: int) -> np.ndarray:
    weight, scales, biases = (mx.array(tensors[f"{name}.{part}"]) for part in ("weight", "scales", "biases"))
    scales, biases = (array.astype(mx.float32) for array in (scales, biases))
    return np.array(mx.dequantize(weight, scales, biases, group_size=BLOCK, bits=bits))


def test_numbers_are_the_same() -> None:
    up, up_exact = four_bits(64, 96)
    table, table_exact = eight_bits(40, 64)
    norm = RNG.random(8).astype("<f4")
    tensors = {
        "blk.3.ffn_up.weight": ((64, 96), 3, memoryview(up + b"what stands behind")),
        "token_embd.weight": ((40, 64), 8, memoryview(table)),
        "output_norm.weight": ((8,), 0, memoryview(norm.tobytes())),
    }
    found = dict(converted(tensors))
    assert np.array_equal(found["model.decoder.norm.weight"], norm)
    assert np.allclose(expanded(found, "model.decoder.layers.3.mlp.up_proj", 4), up_exact, atol=1e-6)
    assert np.allclose(expanded(found, "model.decoder.embed_tokens", 8), table_exact, atol=1e-5)


def test_rotated_pairs_are_halves_of_a_head_again() -> None:
    """GGUF has the two numbers of a pair side by side."""
    rows = HEADS * HEAD_DIM
    data, exact = four_bits(rows, BLOCK)
    found = dict(converted({"blk.0.attn_q.weight": ((rows, BLOCK), 3, memoryview(data))}))
    halves = expanded(found, "model.decoder.layers.0.self_attn.q_proj", 4).reshape(HEADS, 2, HEAD_DIM // 2, BLOCK)
    pairs = exact.reshape(HEADS, HEAD_DIM // 2, 2, BLOCK)
    assert np.allclose(halves[:, 0], pairs[:, :, 0], atol=1e-6)
    assert np.allclose(halves[:, 1], pairs[:, :, 1], atol=1e-6)


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def test_a_file_is_read(tmp_path: Path) -> None:
    special = ["<|endoftext|>", *(f"<{number}>" for number in range(1, 17))]
    tokens = [*special, "a", "b", "ab", "Ġ", "1"]
    metadata = [
        text("general.architecture") + struct.pack("<I", 8) + text("llama"),
        text("llama.rope.freq_base") + struct.pack("<If", 6, 1e5),
        text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, len(tokens)) + b"".join(map(text, tokens)),
        text("tokenizer.ggml.token_type")
        + struct.pack(f"<IIQ{len(tokens)}i", 9, 5, len(tokens), *[3] * len(special), *[1] * 5),
        text("tokenizer.ggml.merges") + struct.pack("<IIQ", 9, 8, 1) + text("a b"),
    ]
    norm = np.arange(4, dtype="<f4")
    info = text("output_norm.weight") + struct.pack("<IQIQ", 1, 4, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(metadata)) + b"".join(metadata) + info
    found, tensors = read_gguf(memoryview(head + bytes(-len(head) % 32) + norm.tobytes()))
    assert found["general.architecture"] == "llama"
    assert np.array_equal(dict(converted(tensors))["model.decoder.norm.weight"], norm)

    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer(found)))
    read = FileTokenizer.load(tmp_path)
    assert read.encode("ab 11") == (19, 20, 21, 21)
    assert read.decode(read.encode("ab 11")) == "ab 11"
    names = ("<eos>", "<|turn>", "<turn|>", "<noise>", "<pad>")
    assert tuple(map(read.named, names)) == (0, 1, 2, 15, 16)
    assert read.control == set(range(17))


def test_what_is_no_such_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"GGUF and something else")
    monkeypatch.setenv(hatch_build.LOCAL_COPY, str(wrong))
    with pytest.raises(SystemExit, match="its sum is another"):
        hatch_build.make(tmp_path / "base")
    monkeypatch.setenv(hatch_build.LOCAL_COPY, str(tmp_path / "nothing.whl"))
    with pytest.raises(SystemExit, match=r"cannot be read.*name the wheel"):
        hatch_build.make(tmp_path / "base")
    assert not (tmp_path / "base" / "model.safetensors").exists()


def test_what_is_there_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless it is another than it should be; settings are written anew in any case."""
    monkeypatch.setattr(hatch_build, "MADE_SHA256", {name: hatch_build._sha256(name.encode()) for name in ("a", "b")})
    monkeypatch.setattr(hatch_build, "_gguf", lambda: pytest.fail("it was fetched again"))
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    hatch_build.make(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text()) == hatch_build.CONFIG
    (tmp_path / "b").write_text("something else")
    with pytest.raises(pytest.fail.Exception, match="fetched again"):
        hatch_build.make(tmp_path)


def test_of_the_vocabulary_the_first_tokens_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With those merges that make them: the rows of the embedding are theirs, and texts are encoded by them."""
    monkeypatch.setattr(hatch_build, "VOCABULARY", 21)
    special = ["<|endoftext|>", *(f"<{number}>" for number in range(1, 17))]
    metadata = {
        "tokenizer.ggml.tokens": [*special, "a", "b", "c", "ab", "abc"],
        "tokenizer.ggml.token_type": [3] * 17 + [1] * 5,
        "tokenizer.ggml.merges": ["a b", "ab c"],
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer(metadata)))
    read = FileTokenizer.load(tmp_path)
    assert read.encode("abc") == (20, 19)
    table, exact = eight_bits(22, 64)
    found = dict(converted({"token_embd.weight": ((22, 64), 8, memoryview(table))}))
    assert np.allclose(expanded(found, "model.decoder.embed_tokens", 8), exact[:21], atol=1e-5)
