"""What a person is told about an error: what is wrong, what to do, and which limit was reached, if any."""

from __future__ import annotations

import re
import resource
from collections.abc import Iterator

from dgcli.cli.progress import size
from dgcli.errors import DgError, lacks_memory

# Settings as the advice of an error names them, and the options that they are here.
_OPTIONS = {
    "adapter": "--adapter",
    "any_size": "--force",
    "force": "--force",
    "format": "--format",
    "in_code": "--in-code",
    "lines": "--lines",
    "max_tokens": "--max-tokens",
    "model": "-m",
    "record": "--record",
    "revision": "--revision",
    "seed": "--seed",
    "span": "--span",
    "strength": "--strength",
}
_SETTING = re.compile(rf"<({'|'.join(_OPTIONS)})>")
_NO_FILE = "too many open files"
_NO_PROCESS = ("can't start new thread", "resource temporarily unavailable")
_NO_ROOM = "file too large"


def told(error: Exception) -> str:
    """One line for a person."""
    limit = limit_of(error)
    if isinstance(error, DgError):
        problem, advice = error.problem, advice_of(error)
    elif lacks_threads(error):
        problem, advice = "No more processes or threads can be started.", "End some."
    elif lacks_memory(error):
        problem, advice = "There is not enough memory.", "Choose a smaller model with -m."
    elif isinstance(error, OSError):
        problem = f"{error.filename or 'A file or stream'} cannot be used ({error.strerror or error})."
        advice = "Check its permissions and the disk."
    else:
        problem = f"A fault inside dg ({type(error).__name__}: {error})."
        advice = "Run again with -v and report it."
    return f"dg: {problem} {limit or advice}".rstrip()


def advice_of(error: DgError) -> str:
    """What to do about it, with the options of the command line."""
    return _SETTING.sub(lambda setting: _OPTIONS[setting[1]], error.advice)


def limit_of(error: BaseException) -> str:
    """What limit was reached and how it is raised, as a sentence; empty where there is none."""
    said = " ".join(str(each).lower() for each in _chain(error))
    memory = _soft(resource.RLIMIT_AS)
    if _NO_FILE in said and (most := _soft(resource.RLIMIT_NOFILE)) is not None:
        return f"At most {most} files may be open at once; `ulimit -n` says so."
    if _NO_ROOM in said and (most := _soft(resource.RLIMIT_FSIZE)) is not None:
        return f"A file may have at most {size(most)}; `ulimit -f` says so."
    if memory is not None and any(lacks_memory(each) for each in _chain(error) if isinstance(each, Exception)):
        return f"A process may have at most {size(memory)} of memory; `ulimit -v` says so."
    if lacks_threads(error) and (most := _soft(resource.RLIMIT_NPROC)) is not None:
        return f"At most {most} processes and threads may run at once; `ulimit -u` says so."
    return ""


def lacks_threads(error: BaseException) -> bool:
    """Whether it was raised because no process or thread could be started, and memory is not limited."""
    said = " ".join(str(each).lower() for each in _chain(error))
    return any(sign in said for sign in _NO_PROCESS) and _soft(resource.RLIMIT_AS) is None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _soft(kind: int) -> int | None:
    """The limit that holds now; None where there is none."""
    most = resource.getrlimit(kind)[0]
    return None if most == resource.RLIM_INFINITY else most
