"""Checkpoints of the Hugging Face Hub: which are on this machine, and fetching one when that is asked for.

Nothing is sent but requests for files; huggingface_hub's telemetry is off.
"""

from dgcli.checkpoint.hub.cached import all_cached, cached, remove
from dgcli.checkpoint.hub.fetch import fetch
from dgcli.checkpoint.hub.snapshot import Snapshot, look_up

__all__ = ["Snapshot", "all_cached", "cached", "fetch", "look_up", "remove"]
