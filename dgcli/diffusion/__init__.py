"""The denoising algorithm. It sees one method, `Predict`, and never a model."""

from dgcli.diffusion.denoise_settings import DenoiseSettings
from dgcli.diffusion.draws import Draws, PhiloxDraws, Site
from dgcli.diffusion.loop import Predict, denoise, denoise_rows

__all__ = ["DenoiseSettings", "Draws", "PhiloxDraws", "Predict", "Site", "denoise", "denoise_rows"]
