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


def find_folders(folder: Path) -> ModelFolders:
    """The folders of the model that `folder` is.

    A folder without a `config.json` but with an adapter stands for its base, `base_model_name_or_path` of the adapter's
    configuration, with the adapter; a relative path begins at the folder.

    Raises ModelError where it names no folder.
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
    return ModelFolders(base.resolve(), folder)
