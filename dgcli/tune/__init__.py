"""Tuning: LoRA adapters that are learned from a person's texts, by the loss of block diffusion."""
