"""Rendering a chat template: a program from elsewhere, so it runs in a process of its own, with limits.

The sandbox keeps it from reaching Python's objects; the limits keep it from running for ever and from taking all
memory. This file is also what that process runs, alone: it imports nothing of dgcli, and jinja2 there only.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

_SECONDS = 5  # of processor time
_PATIENCE = 120  # seconds until a process on a busy machine is given up
_MEMORY = 2**30  # bytes; not every system holds a process to it
_LONGEST = 100_000  # characters of a rendered template


def render(source: str, variables: Mapping[str, Any]) -> str:
    """The text of a template for JSON values. Raises ValueError that says why there is none."""
    import subprocess

    job = json.dumps({"path": sys.path, "source": source, "variables": variables}).encode()
    try:
        command = [sys.executable, "-I", "-S", __file__]
        done = subprocess.run(command, input=job, capture_output=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise ValueError("it does not come to an end") from None
    except OSError as error:
        raise ValueError(f"no process can be started for it: {error.strerror}") from error
    if done.returncode:
        raise ValueError(f"it does not come to an end, or takes more than {_MEMORY >> 20} MiB")
    answer = json.loads(done.stdout)
    if "text" not in answer:
        raise ValueError(answer["error"])
    return str(answer["text"])


def main() -> None:
    """Read a job from stdin, write the answer to stdout."""
    job = json.load(sys.stdin.buffer)
    sys.path[:] = job["path"]
    try:
        answer = {"text": _render(job["source"], job["variables"])}
    except Exception as error:  # whatever it does is the template's fault
        answer = {"error": (str(error) or type(error).__name__)[:300]}
    sys.stdout.write(json.dumps(answer))


def _render(source: str, variables: dict[str, Any]) -> str:
    from jinja2 import TemplateError, nodes
    from jinja2.ext import Extension
    from jinja2.parser import Parser
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        """`{% generation %} … {% endgeneration %}` marks the model's own words for training: passed through here."""

        tags = {"generation"}  # noqa: RUF012  (Jinja reads a class attribute)

        def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
            next(parser.stream)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    def raise_exception(message: str) -> None:
        raise TemplateError(message)

    _limit()
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", Generation]
    )
    environment.globals["raise_exception"] = raise_exception
    text = environment.from_string(source).render(**variables)
    if len(text) > _LONGEST:
        raise ValueError(f"it makes {len(text)} characters of one message")
    return text


def _limit() -> None:
    import resource
    from contextlib import suppress

    for name, most in ((resource.RLIMIT_CPU, _SECONDS), (resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CORE, 0)):
        with suppress(OSError, ValueError):
            resource.setrlimit(name, (most, most))


if __name__ == "__main__":
    main()
