"""What asks the person at the terminal which text to take."""

from __future__ import annotations

from dgcli.cli.editor import edited_by_hand
from dgcli.platform.environment import Environment
from dgcli.watch.offers import Picture
from dgcli.watch.picker import Picker


def picker(env: Environment, picture: Picture) -> Picker:
    """Draws what is offered on stderr, and reads keys from the terminal. Texts are edited in the person's editor."""
    return Picker(env.stderr, env.make_way, lambda text: edited_by_hand(text, env.variables), picture)
