"""DiffusionGemma in MLX: the causal encoder, the bidirectional denoiser, and adapters for both."""

from dgcli.model.cache import Cache
from dgcli.model.model import Model

__all__ = ["Cache", "Model"]
