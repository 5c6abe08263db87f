"""DiffusionGemma in MLX: the layers, the causal encoder, the bidirectional denoiser, and adapters for both."""
