"""Time of one step of filling a hole in held text, against mlx-vlm's step on a full canvas: it has no holes.

    python -m benchmarks.hole_time --peer PYTHON_WITH_MLX_VLM [--checkpoint FOLDER] [--rounds 5] [--json FILE]

A hole of 24 tokens between 100 and 130 tokens of held text, in a canvas of 254. What is computed at the hole is
compared with a pass over the whole canvas, all logits included. Everything else is as in step_time.py.
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

LEFT, HOLE, RIGHT = 100, 24, 130


def main() -> None:
    parser = described(__doc__)
    parser.add_argument("--peer", required=True, help="a Python that has mlx-vlm")
    parser.add_argument("--checkpoint", type=Path, help="where the checkpoint is, or is to be made")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=7, help="of a round; the first two and the last are not counted")
    add_json(parser)
    options = parser.parse_args()
    width = LEFT + HOLE + RIGHT
    with tempfile.TemporaryDirectory() as temporary:
        checkpoint = make(options.checkpoint or Path(temporary) / "checkpoint")
        ours, peer = Worker(sys.executable, "our_loop.py", checkpoint), Worker(options.peer, "peer_loop.py", checkpoint)
        difference = inexactness(ours, Path(temporary) / "logits.safetensors")
        request = {"steps": options.steps, "prompt": PROMPT}
        base = f"{peer.about['name']}, full canvas"
        found = in_turns(
            {
                f"{ours.about['name']}, {HOLE} free of {width}": lambda: ours.ask(
                    request | {"width": width, "held": [LEFT, RIGHT]}
                ),
                base: lambda: peer.ask(request | {"temperature": 1.0}),
            },
            options.rounds,
            base,
        )
        ours.close()
        peer.close()
    show(found, base)
    print(f"largest difference of the hole's logits from those of a whole pass: {difference:.1e}")
    if options.json:
        about = machine() | {"blas": [ours.about["blas"], peer.about["blas"]], "logits_differ_by": difference}
        options.json.write_text(json.dumps(about | {"steps": found}, indent=1) + "\n", encoding="utf-8")


def inexactness(ours: Worker, out: Path) -> float:
    canvas = [(7919 * position) % 32768 for position in range(LEFT + HOLE + RIGHT)]
    ours.ask({"canvas": canvas, "prompt": PROMPT, "free": list(range(LEFT, LEFT + HOLE)), "out": str(out)})
    logits = mx.load(str(out))
    return float(mx.abs(logits["second"] - logits["second.full"]).max().item())  # type: ignore[index, call-overload]


if __name__ == "__main__":
    main()
