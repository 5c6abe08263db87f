"""A text in the person's own editor: $VISUAL, else $EDITOR, else vi, as git and crontab have it."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dgcli.cli import reading, writing
from dgcli.errors import DgError
from dgcli.platform.environment import Environment

_TERMINAL = "/dev/tty"  # the document may come from stdin and go to stdout


def editor_of(variables: Mapping[str, str]) -> str:
    """The command that opens it."""
    return variables.get("VISUAL") or variables.get("EDITOR") or "vi"


def edit_file(path: Path, template: str, env: Environment) -> bool:
    """Let the person edit a file, or a template where none is there; whether it was changed, and so written.

    Raises:
        InputError: the file cannot be read or written, or was changed by something else meanwhile.
        DgError: the editor cannot be started, or fails; nothing is changed.
    """
    source = reading.read(path, env) if path.exists() else None
    before = (template if source is None else source.text).removesuffix("\n")
    after = edited_by_hand(before, env.variables, name=path.name)
    if after is None:
        raise DgError("The editor failed, or there is no terminal for it.", f"Set $EDITOR, or write {path} by hand.")
    if after == before:
        return False
    if source is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        writing.write_atomically(path, f"{after}\n")
    else:
        writing.replace(source, f"{after}\n")
    return True


def edited_by_hand(text: str, variables: Mapping[str, str], *, name: str = "fill.txt") -> str | None:
    """What the person makes of `text`; None where the editor cannot be started or fails, which changes nothing.

    The newline that editors end a file with is not part of it. The editor sees a file of that `name`.
    """
    editor = editor_of(variables)
    with tempfile.TemporaryDirectory(prefix="dg-") as folder:
        file = Path(folder, name)
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
