"""A text in the person's own editor: $VISUAL, else $EDITOR, else vi, as git and crontab have it."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

_TERMINAL = "/dev/tty"  # the document may come from stdin and go to stdout


def edited_by_hand(text: str, variables: Mapping[str, str]) -> str | None:
    """What the person makes of `text`; None where the editor cannot be started or fails, which changes nothing.

    The newline that editors end a file with is no part of it.
    """
    editor = variables.get("VISUAL") or variables.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="dg-") as folder:
        file = Path(folder, "fill.txt")
        file.write_bytes(f"{text}\n".encode())
        try:
            with open(_TERMINAL, "rb") as keys, open(_TERMINAL, "wb") as screen:
                command = ["sh", "-c", f'{editor} "$@"', editor, str(file)]
                if _run(command, keys.fileno(), screen.fileno()):
                    return None
            return file.read_bytes().decode().removesuffix("\n")
        except (OSError, UnicodeDecodeError):
            return None


def _run(command: list[str], keys: int, screen: int) -> int:
    """Run it to its end. A Ctrl-C that is typed meanwhile is the editor's, not ours."""
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        return subprocess.run(command, stdin=keys, stdout=screen, stderr=screen, check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)
