"""What happens when a command fails: one sentence what is wrong, one what to do, and the documented exit code."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

import typer

from dgcli.cli.faults import told
from dgcli.cli.help import Misused
from dgcli.errors import DgError, ExitCode, lacks_memory
from dgcli.platform.environment import Environment

_Command = TypeVar("_Command", bound=Callable[..., None])


def guarded(command: _Command) -> _Command:
    """Run a command whose first argument is the typer context; turn what it raises into a message and an exit code."""

    @functools.wraps(command)
    def run(context: typer.Context, *args: Any, **options: Any) -> None:
        env: Environment = context.obj
        try:
            command(context, *args, **options)
        except DgError as error:
            env.tell(told(error))
            if options.get("verbose") and error.__cause__ is not None:
                _tell_traceback(env)
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt as error:
            env.tell("dg: interrupted; no file was left half-written.")
            raise typer.Exit(ExitCode.INTERRUPTED) from error
        except BrokenPipeError as error:
            _abandon(1)  # the reader went away, which is its right
            raise typer.Exit(ExitCode.DONE) from error
        except (typer.Exit, typer.Abort, Misused):
            raise
        except Exception as error:
            _explain(error, env, verbose=bool(options.get("verbose")))
            raise typer.Exit(ExitCode.FAILED) from error

    return run  # type: ignore[return-value]


def _explain(error: Exception, env: Environment, *, verbose: bool) -> None:
    """Say what went wrong where nothing foresaw it."""
    env.tell(told(error))
    if lacks_memory(error):  # a thread of OpenBLAS may be waiting for some, and the ordinary exit waits for that thread
        os._exit(ExitCode.FAILED)
    if verbose:
        _tell_traceback(env)


def _tell_traceback(env: Environment) -> None:
    for line in traceback.format_exc().splitlines():
        env.tell(line)


def _abandon(descriptor: int) -> None:
    """Let nothing complain about a stream while the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def settle_streams(env: Environment, code: ExitCode | int) -> ExitCode | int:
    """Write what the streams still hold, at the end of a process, and give its exit code.

    Of a stream that takes no more, Python would say so in words of its own, and end with a code of its own.
    """
    try:
        (sys.stdout or env.stdout).flush()
    except BrokenPipeError:
        _abandon(1)
    except (OSError, ValueError) as error:
        _abandon(1)
        if code == ExitCode.DONE:
            env.tell(told(error))
            code = ExitCode.FAILED
    try:
        env.stderr.flush()
    except (OSError, ValueError):
        _abandon(2)
    return code
