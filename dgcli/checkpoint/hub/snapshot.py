"""What is known of a checkpoint before it is fetched."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from dgcli.checkpoint.hub.library import endpoint, explained, hub_library, open_url
from dgcli.errors import ModelError

_WEIGHTS = re.compile(r"model[^/]*\.safetensors")
COMMIT, _SUM = re.compile(r"[0-9a-f]{40}"), re.compile(r"[0-9a-f]{64}")
_TEXTS = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"),
    *("chat_template.json", "generation_config.json", "model.safetensors.index.json"),
)
CONFIG = "config.json"
MODEL_TYPE = "diffusion_gemma"


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository."""

    name: str
    size: int
    sha256: str | None
    """Of large files; None: git's hash, which names the file in the cache, is all that the Hub tells."""


@dataclass(frozen=True)
class Snapshot:
    """One revision of a checkpoint on the Hub, and of its files those that `dg` reads."""

    repository: str
    revision: str
    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def look_up(repository: str, revision: str = "main") -> Snapshot:
    """Ask the Hub what a checkpoint consists of. Raises ModelError or DgError, in a sentence, where it does not say."""
    with explained(repository, revision):
        hub = hub_library()
        api = hub.HfApi(endpoint=endpoint(hub), library_name="dg")
        info = api.model_info(repository, revision=revision, files_metadata=True)
        files = [_file(sibling) for sibling in info.siblings or () if is_needed(sibling.rfilename)]
        snapshot = Snapshot(repository, revision, str(info.sha), tuple(sorted(files, key=_order)))
        _check_names(snapshot)
        _check_kind(snapshot)
    return snapshot


def _check_names(snapshot: Snapshot) -> None:
    """Raises ModelError where a commit or a sum, which become names of files, is something else."""
    sums = [file.sha256 for file in snapshot.files if file.sha256 is not None]
    if not COMMIT.fullmatch(snapshot.commit) or not all(map(_SUM.fullmatch, sums)):
        raise ModelError(
            f"What the Hub says about {snapshot.repository} makes no sense: a commit or a sha256 is malformed.",
            "Check HF_ENDPOINT, if it is set: it names the server that was asked.",
        )


def _check_kind(snapshot: Snapshot) -> None:
    """Raises ModelError for another kind of model, before its gigabytes are fetched."""
    names = [file.name for file in snapshot.files]
    if CONFIG not in names or not any(map(_WEIGHTS.fullmatch, names)):
        raise ModelError(
            f"{snapshot.repository} holds no checkpoint: config.json and model*.safetensors are not both there.",
            "Name a repository with DiffusionGemma weights in safetensors files.",
        )
    buffer = BytesIO()
    open_url(snapshot.repository, CONFIG, snapshot.commit, buffer)
    if (kind := model_type(buffer.getvalue())) != MODEL_TYPE:
        raise ModelError(
            f"{snapshot.repository} is not DiffusionGemma: its model_type is {ascii(kind)[:60]}.",
            "dg runs DiffusionGemma only.",
        )


def model_type(config: bytes) -> object:
    """The kind of model that a config.json names; None where it is not a config."""
    try:
        return json.loads(config).get("model_type")
    except (ValueError, AttributeError, RecursionError):
        return None


def _file(sibling: Any) -> RemoteFile:
    return RemoteFile(sibling.rfilename, sibling.size or 0, sibling.lfs.sha256 if sibling.lfs else None)


def is_needed(name: str) -> bool:
    """Whether a file of this name is part of a checkpoint, as `dg` reads them."""
    return name == CONFIG or name in _TEXTS or _WEIGHTS.fullmatch(name) is not None


def _order(file: RemoteFile) -> tuple[bool, bool, str]:
    """Small files first, then weights, the config last."""
    return file.name == CONFIG, _WEIGHTS.fullmatch(file.name) is not None, file.name
