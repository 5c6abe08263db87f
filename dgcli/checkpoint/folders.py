"""A model that is an adapter on a base: a folder with an adapter, whose configuration names the base's folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from dgcli.checkpoint.fields import read_json
from dgcli.errors import ModelError

PEFT_FILE, MLX_FILE, CONFIG = "adapter_model.safetensors", "adapters.safetensors", "adapter_config.json"


@dataclass(frozen=True)
class ModelFolders:
    """Where the weights of a model are, and what is added to them."""

    checkpoint: Path
    """The folder with weights, configuration and tokenizer."""
    adapter: Path | None
    """The folder with what is added to them."""
    infiller: Path | None = None
    """The folder with what is added to the encoder in its place where it writes between two texts."""


def find_folders(folder: Path) -> ModelFolders:
    """The folders of the model that `folder` is.

    A folder without a `config.json` but with an adapter stands for its base, `base_model_name_or_path` of the adapter's
    configuration, with the adapter; a relative path begins at the folder. `infiller` of that configuration may name
    another adapter's folder in the same way, but only one in the folder or right beside it: what comes from elsewhere
    takes no adapter of the person's for its own.

    Raises ModelError where either names no folder, and where the infiller is none of these.
    """
    if os.path.exists(folder / "config.json") or not os.path.exists(folder / CONFIG):
        return ModelFolders(folder, None)
    config = read_json(folder / CONFIG).values
    named = config.get("base_model_name_or_path")
    if not isinstance(named, str) or not named or not os.path.isdir(base := folder / named):
        raise ModelError(
            f"{folder} holds an adapter, and its base {named!a:.200} is not a folder.",
            f"Name a model with <model>, and the adapter with <adapter> {folder}.",
        )
    infiller = config.get("infiller")
    if infiller is None:
        return ModelFolders(base.resolve(), folder)
    if not isinstance(infiller, str) or not infiller or not os.path.isdir(folder / infiller):
        raise ModelError(
            f"{folder} names an infilling adapter, {infiller!a:.200}, which is not a folder.",
            "Put it there, or install dg again.",
        )
    found, home = (folder / infiller).resolve(), folder.resolve()
    if not found.is_relative_to(home) and found.parent != home.parent:
        raise ModelError(
            f"{folder} names an infilling adapter, {infiller!a:.200}, that is neither in that folder nor beside it.",
            "Put it there, or install dg again.",
        )
    return ModelFolders(base.resolve(), folder, found)
