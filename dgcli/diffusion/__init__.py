"""The denoising algorithm. It sees one method, `Predict`, and never a model."""

from dgcli.diffusion.denoise_settings import DenoiseSettings
from dgcli.diffusion.draws import Draws, PhiloxDraws, Site
from dgcli.diffusion.loop import denoise, denoise_rows
from dgcli.diffusion.predict import Logits, Predict, unfinished

__all__ = [
    "DenoiseSettings",
    "Draws",
    "Logits",
    "PhiloxDraws",
    "Predict",
    "Site",
    "denoise",
    "denoise_rows",
    "unfinished",
]
