"""From a checkpoint's folder to a model that is ready to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dgcli.checkpoint.adapters import Adapter, open_adapter, read_adapter
from dgcli.checkpoint.chat_template import Chat, rendered_template
from dgcli.checkpoint.config import ModelConfig, read_config
from dgcli.checkpoint.folders import find_folders
from dgcli.checkpoint.generation import read_generation
from dgcli.checkpoint.memory import CONTEXT, check_fit
from dgcli.checkpoint.tensors import tensor_table
from dgcli.checkpoint.tied import check_encoder, has_own_head
from dgcli.checkpoint.tokenizer import FileTokenizer
from dgcli.checkpoint.weights import Weights
from dgcli.engine.engine import Engine
from dgcli.errors import ModelError
from dgcli.model.build import build_network, held_bytes
from dgcli.platform.arguments import check_kind, check_whole
from dgcli.platform.backend import start, this_backend
from dgcli.platform.memory import available_memory, release_memory, wire_memory
from dgcli.platform.soon import Soon
from dgcli.settings import DenoiseSettings, HoleSettings, WritingSettings

if TYPE_CHECKING:
    from dgcli.engine.prompt_store import PromptStore

_ADVICE = "Name a folder that holds a DiffusionGemma checkpoint."
_HEADROOM = 0.8  # the part of the available memory that expanded weights may take


@dataclass(frozen=True, eq=False, kw_only=True)
class LoadedModel(Engine):
    """A checkpoint ready to run: its engine, tokenizer, chat template and the defaults of `generation_config.json`."""

    tokenizer: FileTokenizer
    chat: Chat
    settings: DenoiseSettings
    stop_ids: frozenset[int]
    pad_id: int
    holes: HoleSettings
    noise_id: int | None = None
    writing: WritingSettings | None = None
    """How the encoder writes with drafts of the denoiser; None: the denoiser writes."""
    store: PromptStore | None = None
    """Where prompts are kept for later runs, if they are."""
    base: Engine
    """The same weights without adapters."""

    @property
    def answer_length(self) -> int:
        """Tokens of an answer, at most, where nobody says how many."""
        return self.canvas_length if self.writing is None else self.writing.max_tokens


def load(
    path: str | Path,
    *,
    adapters: Sequence[str | Path] = (),
    context: int = CONTEXT,
    force: bool = False,
    cache: str | Path | None = None,
    warn: Callable[[str], None] = lambda message: None,
    beside: LoadedModel | None = None,
) -> LoadedModel:
    """Read a checkpoint folder, and LoRA adapters for it, each PATH or PATH=WEIGHT.

    The folder may hold an adapter instead, whose configuration names the folder of its base.

    It is refused where there is not enough memory for its weights, `context` tokens and a step; `force` loads it all
    the same. In the folder `cache` the encoder's caches of prompts are kept for later runs; text can be recovered from
    them. `warn` is told once if that fails. The weights of `beside` are shared, where they are of the same checkpoint.

    Raises:
        ModelError: it is missing, damaged, of another kind, or does not fit. `DgError.exit_code` is the command's exit
            code.
        UsageError: the weight of an adapter is not a number, or an argument is of another kind.
    """
    check_kind("adapters", adapters, list, tuple)
    for name, value in (("The path", path), *(("An adapter", each) for each in adapters)):
        check_kind(name, value, str, Path)
    check_kind("cache", cache, str, Path, type(None))
    check_whole("context", context, 1)
    start()
    with _named(path):
        found = find_folders(Path(path))
        folder = found.checkpoint
        shared = beside.base if beside is not None and beside.base.path == folder.resolve() else None
        if not force and shared is None:
            check_fit(folder, context)
        template = Soon(lambda: rendered_template(folder))  # by a process that takes as long as the weights
        opened = [] if found.adapter is None else [read_adapter(found.adapter)]
        opened += [open_adapter(adapter) for adapter in adapters]
        config = _config(folder)
        defaults = read_generation(folder, config)
        base = shared or _engine(folder, config)
        engine = base.adapted(opened)
        store = None if cache is None else _store(Path(cache), engine, opened, warn)
    tokenizer = FileTokenizer.load(
        folder,
        control=(*defaults.eos_ids, defaults.pad_id, *config.control_ids),
        size=config.vocab_size,
    )
    return LoadedModel(
        **vars(engine),
        tokenizer=tokenizer,
        chat=Chat.of(template.result(), tokenizer),
        settings=defaults.denoising,
        stop_ids=frozenset(defaults.eos_ids),
        pad_id=defaults.pad_id,
        holes=defaults.holes,
        noise_id=defaults.noise_id,
        writing=defaults.writing if defaults.self_speculation else None,
        store=store,
        base=base,
    )


def load_engine(folder: str | Path) -> Engine:
    """The engine alone of a checkpoint folder, which needs no tokenizer then.

    Weights become float32 on the CPU, quantised ones expanded where memory allows, and stay as stored on Metal.
    Raises ModelError that names the file and the field or tensor at fault.
    """
    with _named(folder):
        return _engine(Path(folder), _config(Path(folder)))


def _config(folder: Path) -> ModelConfig:
    if not folder.is_dir():
        problem = "is not a folder" if folder.exists() else "does not exist"
        raise ModelError(
            f"The model folder {folder} {problem}.", "Name a folder that holds a DiffusionGemma checkpoint."
        )
    return read_config(folder)


def _engine(folder: Path, config: ModelConfig) -> Engine:
    weights = Weights(folder)
    check_encoder(weights)
    tensors = tensor_table(config, own_head=has_own_head(weights))
    parameters = sum(tensor.size for tensor in tensors.values())
    network = build_network(config, weights, tensors, expand=_expands(parameters))
    wire_memory()
    release_memory()
    return Engine(path=folder.resolve(), network=network, parameters=parameters, nbytes=held_bytes(network))


def _expands(parameters: int) -> bool:
    """Whether quantised weights become float32, which is faster where there is room."""
    return this_backend().dequantise and parameters * 4 < _HEADROOM * available_memory()


def _store(folder: Path, engine: Engine, adapters: Sequence[Adapter], warn: Callable[[str], None]) -> PromptStore:
    from dgcli import __version__
    from dgcli.engine.fingerprint import fingerprint
    from dgcli.engine.prompt_store import PromptStore

    return PromptStore(folder, fingerprint(engine, adapters, __version__), warn)


@contextmanager
def _named(path: str | Path) -> Iterator[None]:
    """Raises ModelError, which names the file or the model, where one cannot be read."""
    try:
        yield
    except OSError as error:
        place = error.filename or path
        raise ModelError(f"{place} cannot be read: {error.strerror or error}.", "Check its permissions.") from error
