"""DiffusionGemma in MLX: configuration, weights, the causal encoder and the bidirectional denoiser."""

from dgcli.model.adapters import open_adapter, read_adapter
from dgcli.model.based import parts
from dgcli.model.cache import Cache
from dgcli.model.config import ModelConfig
from dgcli.model.fit import CONTEXT, check_fit
from dgcli.model.generation import GenerationDefaults
from dgcli.model.loading import load_model
from dgcli.model.model import Model
from dgcli.model.recall import Recall

__all__ = [
    "CONTEXT",
    "Cache",
    "GenerationDefaults",
    "Model",
    "ModelConfig",
    "Recall",
    "check_fit",
    "load_model",
    "open_adapter",
    "parts",
    "read_adapter",
]
