"""A checkpoint ready to run: what `load` reads from its folder, and the model's three ways to be called."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dgcli.checkpoint.adapters import open_adapter, read_adapter
from dgcli.checkpoint.based import parts
from dgcli.checkpoint.chat_template import Chat, rendered_template
from dgcli.checkpoint.memory import CONTEXT, check_fit
from dgcli.checkpoint.tokenizer import FileTokenizer
from dgcli.diffusion import Predict
from dgcli.engine.engine import Model
from dgcli.engine.loading import load_model
from dgcli.errors import ModelError
from dgcli.model.cache import Cache
from dgcli.platform.arguments import check_kind, check_whole
from dgcli.platform.backend import mx, start
from dgcli.platform.soon import Soon
from dgcli.settings import DenoiseSettings, HoleSettings, WritingSettings

if TYPE_CHECKING:
    from dgcli.checkpoint.adapters import Adapter
    from dgcli.engine.prompt_store import PromptStore

_LONGEST_CONTEXT = 4096  # tokens of a document in a prompt; more costs time and helps little


@dataclass(frozen=True)
class LoadedModel:
    """A checkpoint ready to run: weights, tokenizer, chat template and the defaults of its `generation_config.json`."""

    model: Model
    tokenizer: FileTokenizer
    chat: Chat
    settings: DenoiseSettings
    stop_ids: frozenset[int]
    pad_id: int
    holes: HoleSettings
    noise_id: int | None = None
    writing: WritingSettings | None = None
    """How the encoder writes with drafts of the denoiser; None: the denoiser writes."""
    prompts: PromptStore | None = None
    """Where prompts are kept for later runs, if they are."""

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def vocab_size(self) -> int:
        return self.model.vocab_size

    @property
    def canvas_length(self) -> int:
        return self.model.canvas_length

    @property
    def context_length(self) -> int:
        return min(_LONGEST_CONTEXT, self.model.config.max_positions // 4)

    @property
    def answer_length(self) -> int:
        """Tokens of an answer, at most, where nobody says how many."""
        return self.canvas_length if self.writing is None else self.writing.max_tokens

    def encode(self, ids: Sequence[int] | mx.array, cache: Cache | None = None, chunk: int = 512) -> Cache:
        """Read `ids` [L] with the causal encoder: a new cache, of which `hidden` [L, H] are the normed last states.

        `cache` is what was read before; it stays valid.
        """
        return self.model.encode(ids, cache, chunk=chunk)

    def denoise(
        self,
        canvas_ids: Sequence[int] | Sequence[Sequence[int]] | mx.array,
        cache: Cache,
        self_conditioning_logits: mx.array | None = None,
        positions: Sequence[int] | None = None,
    ) -> mx.array:
        """Float32 softcapped logits [..., L or P, V] of a canvas [L] or canvases [B, L] right after `cache`.

        `self_conditioning_logits` are the step's before, already divided by its temperature.
        """
        return self.model.denoise(canvas_ids, cache, self_conditioning_logits, positions)

    def score(self, rows: Sequence[int] | Sequence[Sequence[int]] | mx.array, cache: Cache) -> mx.array:
        """Log-probability [L] (or [B, L]) of each id, read after `cache` by the causal encoder."""
        return self.model.score(rows, cache)

    def head_seconds(self, rows: int = 32) -> float:
        """Seconds that the head takes for one position, as measured now for `rows` of them.

        A step is evaluated at once, so within a run the head cannot be told from the layers before it.
        """
        check_whole("rows", rows, 1)
        network = self.model.network
        hidden = mx.zeros((rows, network.config.hidden_size), dtype=network.dtype)
        mx.eval(network.logits(hidden))
        started = time.perf_counter()
        mx.eval(network.logits(hidden))
        return (time.perf_counter() - started) / rows

    def predictor(self, cache: Cache) -> Predict:
        """The denoiser after `cache`, as the denoise loop calls it.

        It raises ArgumentError for a canvas that is longer than the model's, or with ids outside the vocabulary.
        """
        check_kind("The cache", cache, Cache)

        def predict(
            tokens: Sequence[Sequence[int]], free: Sequence[Sequence[int]], previous: mx.array | None
        ) -> mx.array:
            for row in tokens:
                check_whole("The length of a canvas", len(row), 1, self.canvas_length)
                check_whole("A token of a canvas", max(row), 0, self.vocab_size - 1)
            return self.model.denoise_free(mx.array([list(row) for row in tokens]), free, previous, cache)

        return predict


def load(
    path: str | Path,
    *,
    adapters: Sequence[str | Path] = (),
    context: int = CONTEXT,
    force: bool = False,
    cache: str | Path | None = None,
    warn: Callable[[str], None] = lambda message: None,
) -> LoadedModel:
    """Read a checkpoint folder, and LoRA adapters for it, each PATH or PATH=WEIGHT.

    The folder may hold an adapter instead, whose configuration names the folder of its base.

    It is refused where there is not enough memory for its weights, `context` tokens and a step; `force` loads it all
    the same. In the folder `cache` the encoder's caches of prompts are kept for later runs; text can be recovered from
    them. `warn` is told once if that fails.

    Raises:
        ModelError: it is missing, damaged, of another kind, or does not fit. `DgError.exit_code` is the command's exit
            code.
        UsageError: the weight of an adapter is no number, or an argument is of another kind.
    """
    check_kind("adapters", adapters, list, tuple)
    for name, value in (("The path", path), *(("An adapter", each) for each in adapters)):
        check_kind(name, value, str, Path)
    check_kind("cache", cache, str, Path, type(None))
    check_whole("context", context, 1)
    start()
    try:
        found = parts(Path(path))
        folder = found.checkpoint
        if not force:
            check_fit(folder, context)
        template = Soon(lambda: rendered_template(folder))  # by a process that takes as long as the weights
        opened = [] if found.adapter is None else [read_adapter(found.adapter)]
        opened += [open_adapter(adapter) for adapter in adapters]
        model = load_model(folder).adapted(opened)
        prompts = None if cache is None else _prompts(Path(cache), model, opened, warn)
    except OSError as error:
        place = error.filename or path
        raise ModelError(f"{place} cannot be read: {error.strerror or error}.", "Check its permissions.") from error
    defaults = model.generation
    config = model.config
    tokenizer = FileTokenizer.load(
        folder,
        control=(*defaults.eos_ids, *config.eos_ids, defaults.pad_id, config.pad_id, config.bos_id),
        size=config.vocab_size,
    )
    return LoadedModel(
        model=model,
        tokenizer=tokenizer,
        chat=Chat.of(template.result(), tokenizer),
        settings=DenoiseSettings(
            max_steps=defaults.max_steps,
            t_min=defaults.t_min,
            t_max=defaults.t_max,
            entropy_bound=defaults.entropy_bound,
            stability_threshold=defaults.stability_threshold,
            confidence_threshold=defaults.confidence_threshold,
        ),
        stop_ids=frozenset(defaults.eos_ids),
        pad_id=defaults.pad_id,
        holes=defaults.holes,
        noise_id=defaults.noise_id,
        writing=defaults.writing if defaults.self_speculation else None,
        prompts=prompts,
    )


def _prompts(folder: Path, model: Model, adapters: Sequence[Adapter], warn: Callable[[str], None]) -> PromptStore:
    from dgcli import __version__
    from dgcli.engine.fingerprint import fingerprint
    from dgcli.engine.prompt_store import PromptStore

    return PromptStore(folder, fingerprint(model, adapters, __version__), warn)
