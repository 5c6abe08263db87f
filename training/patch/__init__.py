"""Teaching a decoder-only model to denoise: the base stays as it is, adapters of the denoiser are trained."""
