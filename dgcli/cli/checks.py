"""What `dg doctor` looks at, one function per part of the machine; each finding says what to do about it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from dgcli.checkpoint.config import read_config
from dgcli.checkpoint.folders import find_folders
from dgcli.checkpoint.hub import all_cached
from dgcli.checkpoint.hub.library import cache_folder
from dgcli.checkpoint.hub.revisions import is_replaced, published
from dgcli.checkpoint.memory import RELEASED_REST, longest_context, more_room, need
from dgcli.checkpoint.registry import PUBLISHED, largest_within
from dgcli.cli.choose import choose
from dgcli.cli.config import config_file, read_settings, registers_file
from dgcli.cli.faults import advice_of
from dgcli.cli.library import Entry, library
from dgcli.cli.progress import size
from dgcli.cli.selftest import outcomes
from dgcli.cli.speed import peak_memory
from dgcli.errors import DgError, ModelError, UsageError
from dgcli.platform.backend import mx, start, this_backend
from dgcli.platform.environment import Environment
from dgcli.platform.memory import available_memory, total_memory, usable_memory
from dgcli.platform.products import matmul
from dgcli.platform.wired_limit import most
from dgcli.tasks.restyle.registers import find_register, read_registers

GOOD, NOTE, BAD = "good", "note", "bad"
TESTED = "self-test"  # the subject of what is wrong, not only unfavourable
PROBE_SECONDS = 1.0  # of each of two probes
_SLOW = 25.0  # GFLOP/s in float32 that no fast BLAS stays below
_NARROW = 60  # columns in which a canvas is hard to follow
_SIDE = 1024  # of the matrices that are multiplied
_LITTLE_DISK = 20e9  # bytes that a 26B model at four bits takes, and some


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    subject: str
    state: str
    says: str
    advice: str = ""


def self_test(env: Environment) -> Iterator[Finding]:
    """Whether this device computes what it should, how fast, and in how much memory."""
    start()
    for check in (software, processor, memory, tested, speed):
        yield from check(env)


def findings(env: Environment) -> Iterator[Finding]:
    """All of them, the quick ones first."""
    start()
    for check in (software, processor, memory, terminal, configuration, models, revisions, larger_models, cache, speed):
        yield from check(env)


def software(_: Environment) -> Iterator[Finding]:
    versions = ", ".join(f"{name} {_version(name)}" for name in ("dgcli", "mlx", "mlx-lm", "huggingface_hub"))
    yield Finding("software", GOOD, f"{versions}, Python {platform.python_version()}, {platform.platform(terse=True)}")


def processor(_: Environment) -> Iterator[Finding]:
    if this_backend().device == "metal":
        name = mx.device_info().get("device_name", "Apple GPU")
        yield Finding("processor", GOOD, f"{name}, with Metal")
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    advice = "Install Python for arm64 (now x86_64) and dg again." if sys.platform == "darwin" else ""
    yield Finding("processor", BAD if advice else GOOD, f"{platform.machine()}, {cores} cores, without Metal", advice)
    loaded = this_backend().blas
    blas = f"{loaded}, loaded before mlx" if loaded else "that of numpy, as none was found for mlx"
    yield Finding("BLAS", GOOD, blas)


def memory(_: Environment) -> Iterator[Finding]:
    if this_backend().device == "metal":
        limit, total = usable_memory(), total_memory()
        advice = ""
        wanted = largest_within(most(total) - RELEASED_REST, sys.maxsize)
        if wanted and wanted.weights + RELEASED_REST > limit:
            needed = wanted.weights + RELEASED_REST
            advice = f"For {wanted.name}, which needs {size(needed)}, {more_room(needed)}"
        says = f"{size(total)}, of which Metal may use {size(limit)}"
        yield Finding("memory", NOTE if advice else GOOD, says, advice)
        return
    yield Finding("memory", GOOD, f"{size(available_memory())} free of {size(total_memory())}")


def terminal(env: Environment) -> Iterator[Finding]:
    if not env.stderr.isatty():
        yield Finding(
            "terminal", NOTE, "stderr is not a terminal: nothing is drawn", "Run dg in a terminal to watch it."
        )
        return
    columns = shutil.get_terminal_size().columns
    kind = env.variables.get("TERM", "dumb")
    if kind == "dumb":
        yield Finding("terminal", NOTE, "TERM is dumb: nothing is drawn", "Set TERM, as in TERM=xterm-256color.")
    elif columns < _NARROW:
        yield Finding("terminal", NOTE, f"{kind}, {columns} columns", "A wider window shows more of a canvas.")
    else:
        colours = "no colours (NO_COLOR is set)" if env.variables.get("NO_COLOR") else "colours"
        yield Finding("terminal", GOOD, f"{kind}, {columns} columns, {colours}")
    encoding = (env.stderr.encoding or "").lower().replace("-", "")
    if encoding and encoding != "utf8":
        yield Finding("encoding", NOTE, f"stderr takes {encoding}, not UTF-8", "Set LANG, as in LANG=C.UTF-8.")


def configuration(env: Environment) -> Iterator[Finding]:
    path = config_file(env)
    there = str(path) if path.exists() else f"none ({path} would be it)"
    try:
        config = read_settings(env)
        for fault in config.faults:
            yield Finding("configuration", BAD, fault, "To correct it: dg config edit")
    except UsageError as error:
        yield Finding("configuration", BAD, error.problem, error.advice)
        return
    try:
        registers = read_registers(registers_file(env))
        if config.register is not None:
            find_register(config.register, registers)
    except UsageError as error:
        yield Finding("registers", BAD, error.problem, error.advice)
    try:
        choice = choose(None, env)
        need(find_folders(choice.folder).checkpoint)
    except DgError as error:
        yield Finding("default model", BAD, error.problem, advice_of(error))
    else:
        yield Finding("default model", GOOD, f"{choice.name}; configuration: {there}")


def models(env: Environment) -> Iterator[Finding]:
    try:
        every = library(env)
    except UsageError:  # of the configuration, which was named
        return
    for found in every:
        if not isinstance(found, Entry):
            yield Finding("model", BAD, f"{found.name} is unusable: {found.problem}", "Fetch or convert it again.")
        elif (context := longest_context(found.folder)) is None:
            says = f"{found.name} needs {size(found.need.total)}, but only {size(usable_memory())} is available"
            more = more_room(found.need.total)
            yield Finding("model", BAD, says, f"Use a smaller one, or {more}" if more else "Use a smaller one.")
        else:
            yield Finding("model", GOOD, f"{found.name} fits, with up to {context} tokens of context")


def revisions(_: Environment) -> Iterator[Finding]:
    for name, folder in all_cached():
        conversion = published(name)
        with suppress(ModelError):
            if conversion is not None and is_replaced(folder, read_config(folder)):
                says = f"{name} is an old revision ({folder.name[:12]}): its weights were replaced in June 2026"
                yield Finding("revision", NOTE, says, f"Fetch it again: dg pull {conversion.name}")


def larger_models(_: Environment) -> Iterator[Finding]:
    room = usable_memory() - RELEASED_REST
    found = largest_within(room, sys.maxsize)
    if found is None:
        smallest = min(PUBLISHED.values(), key=lambda each: each.weights)
        needed = smallest.weights + RELEASED_REST
        says = f"the 26B model needs at least {size(needed)}, but only {size(usable_memory())} is available"
        more = more_room(needed)
        advice = f"Stay with the small one, or {more}" if more else "Stay with the small one: the machine is too small."
        yield Finding("26B model", NOTE, says, advice)
    else:
        says = f"{found.name} is the largest that would fit, with {size(found.weights + RELEASED_REST)}"
        yield Finding("26B model", GOOD, says, f"To fetch it: dg pull {found.name}")


def cache(env: Environment) -> Iterator[Finding]:
    folder = cache_folder()
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    offline = "; HF_HUB_OFFLINE is set, so nothing is fetched" if env.variables.get("HF_HUB_OFFLINE") else ""
    advice = "Set HF_HUB_CACHE to a folder on a larger disk before dg pull." if free < _LITTLE_DISK else ""
    yield Finding("Hub cache", NOTE if advice else GOOD, f"{folder}, {size(free)} free{offline}", advice)


def tested(_: Environment) -> Iterator[Finding]:
    """What the self-test came to, one finding for each way to compute; BAD where one is wrong."""
    for outcome in outcomes():
        says = (
            f"{outcome.way}: error {outcome.error:.1e}, which has to be below {outcome.bound:g}; "
            f"{1000 * outcome.seconds:.1f} ms a step"
        )
        advice = "" if outcome.passed else "Do not trust what dg writes here, and report it: docs/macs.md says how."
        yield Finding(TESTED, GOOD if outcome.passed else BAD, says, advice)
    yield Finding("peak memory", GOOD, size(peak_memory()))


def speed(_: Environment) -> Iterator[Finding]:
    dtype = mx.float32 if this_backend().compute_dtype is not None else mx.bfloat16
    square = mx.random.normal((_SIDE, _SIDE)).astype(dtype)
    packed = mx.quantize(square, group_size=64, bits=4)
    mx.eval(square, packed)
    whole = _gigaflops(lambda: matmul(square, square), 2 * _SIDE**3)
    rows = square[:64]
    quantised = _gigaflops(
        lambda: mx.quantized_matmul(rows, *packed, transpose=True, group_size=64, bits=4), 2 * 64 * _SIDE**2
    )
    is_slow = this_backend().device == "cpu" and whole < _SLOW
    advice = "Something else may be busy: look at top." if is_slow else ""
    name = str(dtype).rpartition(".")[2]
    says = f"{whole:.0f} GFLOP/s in {name}, {quantised:.1f} with 4-bit weights"
    yield Finding("speed", BAD if is_slow else GOOD, says, advice)


def _gigaflops(product: Callable[[], mx.array], operations: int) -> float:
    mx.eval(product())
    started, count = time.perf_counter(), 0
    while (seconds := time.perf_counter() - started) < PROBE_SECONDS or not count:
        mx.eval(product())
        count += 1
    return count * operations / seconds / 1e9


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
