"""DiffusionGemma in MLX: configuration, weights, the causal encoder and the bidirectional denoiser."""
