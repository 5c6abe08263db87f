"""Time of one whole denoising step on a full canvas, against mlx-vlm's loop with its entropy-bound sampler.

    python -m benchmarks.step_time --peer PYTHON [--narrow] [--checkpoint FOLDER] [--rounds 5] [--json FILE]

A step is all that the loop does: forward pass, softcap, temperature, argmax, sampling, entropy, acceptance, new noise,
self-conditioning, stop rule. Both run the same float32 checkpoint of 117M random weights (made in FOLDER, or in a
temporary one) in processes of their own, with the same BLAS, in turns; ratios are of rounds, medians of them are
printed. mlx-vlm is run as it samples (temperature 1.0, which multiplies its schedule) and as it does by default
(temperature 0, which takes the argmax and draws nothing). That both compute the same is checked first. With --narrow
the checkpoint has few weights beside an embedding of 262,144 tokens.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.common.arguments import add_json, described
from benchmarks.common.random_checkpoint import make
from benchmarks.common.side_by_side import PROMPT, Worker, in_turns, machine, show
from dgcli.platform.backend import mx


def main() -> None:
    parser = described(__doc__)
    parser.add_argument("--peer", required=True, help="a Python that has mlx-vlm")
    parser.add_argument("--checkpoint", type=Path, help="where the checkpoint is, or is to be made")
    parser.add_argument("--narrow", action="store_true", help="a small model with the released vocabulary")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=7, help="of a round; the first two and the last are not counted")
    add_json(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        checkpoint = make(options.checkpoint or Path(temporary) / "checkpoint", narrow=options.narrow)
        ours, peer = Worker(sys.executable, "our_loop.py", checkpoint), Worker(options.peer, "peer_loop.py", checkpoint)
        difference = disagreement(ours, peer, Path(temporary))
        request = {"steps": options.steps, "prompt": PROMPT}
        base = f"{peer.about['name']}, sampling"
        found = in_turns(
            {
                ours.about["name"]: lambda: ours.ask(request),
                base: lambda: peer.ask(request | {"temperature": 1.0}),
                f"{peer.about['name']}, argmax": lambda: peer.ask(request | {"temperature": 0.0}),
            },
            options.rounds,
            base,
        )
        ours.close()
        peer.close()
    show(found, base)
    print(f"largest difference of logits between the two: {difference:.1e}")
    if options.json:
        about = machine() | {"blas": [ours.about["blas"], peer.about["blas"]], "logits_differ_by": difference}
        options.json.write_text(json.dumps(about | {"steps": found}, indent=1) + "\n", encoding="utf-8")


def disagreement(ours: Worker, peer: Worker, folder: Path) -> float:
    """The largest difference of the logits that the two compute for one canvas, at its first and second step."""
    request = {"canvas": [(7919 * position) % 32768 for position in range(256)], "prompt": PROMPT}
    logits = []
    for worker in (ours, peer):
        out = str(folder / "logits.safetensors")
        worker.ask(request | {"out": out})
        logits.append({name: mx.array(array) for name, array in mx.load(out).items()})  # type: ignore[union-attr]
        mx.eval(logits[-1])
    found, expected = logits
    return float(max(mx.abs(found[step] - expected[step]).max().item() for step in ("first", "second")))


if __name__ == "__main__":
    main()
