"""What is known of a checkpoint before it is fetched, and whether it is here already."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from dgcli.errors import ModelError
from dgcli.hub.library import cache_folder, endpoint, explained, library, open_url

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


def cached(repository: str, revision: str = "main") -> Path | None:
    """The folder of a checkpoint that is on this machine as a whole; None where it is not."""
    try:
        found = library().try_to_load_from_cache(repository, CONFIG, cache_dir=cache_folder(), revision=revision)
    except ValueError:  # no name that a repository can have
        return None
    return Path(found).parent if isinstance(found, str) else None


def all_cached() -> Iterator[tuple[str, Path]]:
    """Name and folder of every DiffusionGemma in the cache; a revision other than main is part of the name."""
    if not cache_folder().is_dir():
        return
    for repository in sorted(library().scan_cache_dir(cache_folder()).repos, key=lambda each: str(each.repo_id)):
        for revision in repository.revisions:
            folder = Path(revision.snapshot_path)
            if repository.repo_type != "model" or _kind(folder / CONFIG) != MODEL_TYPE:
                continue
            names = sorted(revision.refs) or [revision.commit_hash]
            for name in names:
                yield (repository.repo_id if name == "main" else f"{repository.repo_id}@{name}"), folder


def remove(folder: Path) -> int:
    """Delete the revision whose snapshot is `folder` from the cache. Returns the bytes that this freed."""
    plan = library().scan_cache_dir(cache_folder()).delete_revisions(folder.name)
    (folder / CONFIG).unlink(missing_ok=True)  # first: what is left where it is killed is no model
    plan.execute()
    return int(plan.expected_freed_size)


def look_up(repository: str, revision: str = "main") -> Snapshot:
    """Ask the Hub what a checkpoint consists of. Raises ModelError or DgError, in a sentence, where it does not say."""
    with explained(repository, revision):
        hub = library()
        api = hub.HfApi(endpoint=endpoint(hub), library_name="dg")
        info = api.model_info(repository, revision=revision, files_metadata=True)
        files = [_file(sibling) for sibling in info.siblings or () if _is_needed(sibling.rfilename)]
        snapshot = Snapshot(repository, revision, str(info.sha), tuple(sorted(files, key=_order)))
        _check_names(snapshot)
        _check_kind(snapshot)
    return snapshot


def _check_names(snapshot: Snapshot) -> None:
    """Raises ModelError where a commit or a sum, which become names of files, is something else."""
    sums = [file.sha256 for file in snapshot.files if file.sha256 is not None]
    if not COMMIT.fullmatch(snapshot.commit) or not all(map(_SUM.fullmatch, sums)):
        raise ModelError(
            f"What the Hub says of {snapshot.repository} makes no sense: a commit or a sha256 is none.",
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
    if (kind := _model_type(buffer.getvalue())) != MODEL_TYPE:
        raise ModelError(
            f"{snapshot.repository} is no DiffusionGemma: its model_type is {ascii(kind)[:60]}.",
            "dg runs DiffusionGemma only.",
        )


def _kind(config: Path) -> object:
    try:
        return _model_type(config.read_bytes())
    except OSError:
        return None


def _model_type(config: bytes) -> object:
    try:
        return json.loads(config).get("model_type")
    except (ValueError, AttributeError):
        return None


def _file(sibling: Any) -> RemoteFile:
    return RemoteFile(sibling.rfilename, sibling.size or 0, sibling.lfs.sha256 if sibling.lfs else None)


def _is_needed(name: str) -> bool:
    return name == CONFIG or name in _TEXTS or _WEIGHTS.fullmatch(name) is not None


def _order(file: RemoteFile) -> tuple[bool, bool, str]:
    """Small files first, then weights, the config last."""
    return file.name == CONFIG, _WEIGHTS.fullmatch(file.name) is not None, file.name
