"""Fill holes in text and restyle it with DiffusionGemma."""

__version__ = "0.1.0"
