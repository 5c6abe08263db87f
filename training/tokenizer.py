"""Train the bundled model's tokenizer and write it with the chat template and the generation settings.

A byte-pair vocabulary in the manner of Gemma's: blanks become `▁` and lead the word that they precede, line ends, marks
and digits stand alone, and bytes serve for whatever the vocabulary lacks, so any text goes through. Control tokens have
Gemma's names and the first ids.

    python tokenizer.py TEXT_FOLDER OUT_FOLDER
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

from corpus import SOURCES, read_source
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

VOCABULARY = 8192
_CONTROL = "<pad> <eos> <bos> <unk> <mask> <|turn> <turn|> <|channel> <channel|> <|think|> <|image> <image|> <|image|>"
CONTROL = _CONTROL.split()
BYTES = [f"<0x{value:02X}>" for value in range(256)]
PIECES = r"\n\n|\n|'(?:s|t|re|ve|m|ll|d)(?![\p{L}\p{N}])|▁?\p{L}[\p{L}\p{M}]*|▁?\p{N}|▁?[^\p{L}\p{N}\n▁]|▁"

CHAT_TEMPLATE = """\
{{- bos_token -}}
{%- for message in messages -%}
{%- set role = 'model' if message['role'] == 'assistant' else message['role'] -%}
{{- '<|turn>' + role + '\\n' + (message['content'] | trim) + '<turn|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|turn>model\\n' -}}
{%- endif -%}
"""

GENERATION = {
    "max_denoising_steps": 32,
    "t_min": 0.4,
    "t_max": 0.8,
    "sampler_config": {"_cls_name": "EntropyBoundSamplerConfig", "entropy_bound": 0.1},
    "stability_threshold": 1,
    "confidence_threshold": 0.005,
    "holes": {"draws": 2},  # padding is taught, but fills come out better in holes of several lengths
    "max_new_tokens": 128,
    "eos_token_id": [1, 6],
    "pad_token_id": 0,
    "bos_token_id": 2,
}


def sample(folder: Path, characters: int, seed: int) -> Iterator[str]:
    """Texts of the mixture, each source by its share, up to so many characters in all."""
    for source in SOURCES:
        texts = [text.text for text in read_source(folder, source) if not text.held_out]
        random.Random(seed).shuffle(texts)
        budget = source.share * characters
        for text in texts:
            if budget <= 0:
                break
            budget -= len(text)
            yield text


def train(texts: Iterator[str]) -> Tokenizer:
    """The tokenizer learned from the texts."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(PIECES), "isolated")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[*CONTROL, *BYTES],
        initial_alphabet=[chr(code) for code in range(33, 127)],
        limit_alphabet=130,
        min_frequency=3,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    settings = json.loads(tokenizer.to_str())
    settings["added_tokens"] = [entry for entry in settings["added_tokens"] if entry["content"] in CONTROL]
    return Tokenizer.from_str(json.dumps(settings))  # bytes are plain tokens: text may need them


def write(tokenizer: Tokenizer, out: Path) -> None:
    """Everything about text that a checkpoint folder holds."""
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<bos>",
        "eos_token": "<eos>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
        "model_max_length": 2048,
        "clean_up_tokenization_spaces": False,
    }
    (out / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    (out / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    (out / "generation_config.json").write_text(json.dumps(GENERATION, indent=2) + "\n")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("text", type=Path, help="folder with the text files")
    parser.add_argument("out", type=Path, help="folder for the tokenizer")
    parser.add_argument("--characters", type=int, default=24_000_000, help="how much text to learn from")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    tokenizer = train(sample(args.text, args.characters, args.seed))
    write(tokenizer, args.out)
    tokenizer.encode_special_tokens = True
    text = "He said, \"Don't wait.\"\n\nIt's 1990: a café — naïve 😀 <turn|>\n"
    encoding = tokenizer.encode(text, add_special_tokens=False)
    intact = tokenizer.decode(encoding.ids, skip_special_tokens=False) == text
    print(tokenizer.get_vocab_size(), "tokens;", *encoding.tokens, "; intact:", intact)


if __name__ == "__main__":
    main()
