"""Run by the Python that has mlx-vlm: what it computes from a checkpoint.

python vlm_logits.py CHECKPOINT INPUTS OUT. INPUTS (safetensors) holds `prompt` and `canvas`; OUT gets `logits` and
`conditioned`, float32. The weights are cast to float32: on the CPU mlx gathers experts in no other type.
"""

import sys
from pathlib import Path

import mlx.core as mx  # noqa: TID251 - this is not dg
from mlx_vlm.utils import load_model

model = load_model(Path(sys.argv[1]))
model.set_dtype(mx.float32)
inputs = mx.load(sys.argv[2])
prompt, canvas = inputs["prompt"][None], inputs["canvas"][None]
_, cache = model.model.encoder(prompt, cache=model.make_cache())
masks = model.diffusion_decoder_masks(canvas, cache, None)
logits = model.diffusion_decoder_logits(canvas, cache=cache, decoder_attention_mask=masks)
soft = model.diffusion_self_conditioning(logits / 0.7, model.diffusion_prepare_self_conditioning())
conditioned = model.diffusion_decoder_logits(canvas, cache=cache, self_conditioning=soft, decoder_attention_mask=masks)
mx.save_safetensors(
    sys.argv[3], {"logits": logits[0].astype(mx.float32), "conditioned": conditioned[0].astype(mx.float32)}
)
