"""`dg replay`: play a recording in the terminal, or make a file of it that others can open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dgcli.cli import claims, options, writing
from dgcli.cli.config import tell_faults
from dgcli.cli.guard import guarded
from dgcli.cli.help import DISPLAY, OUTPUT
from dgcli.errors import UsageError
from dgcli.platform.environment import Environment

if TYPE_CHECKING:
    from dgcli.watch.recording import Recording
    from dgcli.watch.view import View

_KINDS = ("svg", "html", "cast", "gif", "txt")


@guarded
def replay(
    context: typer.Context,
    trace: Annotated[
        Path, typer.Argument(metavar="TRACE", help="A file that --record wrote.", show_default=False, readable=False)
    ],
    export: Annotated[
        list[Path] | None,
        typer.Option(
            "--export",
            metavar="FILE",
            help="Write .svg, .html, .cast (asciinema), .gif or .txt instead of playing. Several may be given.",
            show_default=False,
            readable=False,
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    strip: Annotated[
        int,
        typer.Option(
            "--strip", metavar="N", min=1, max=50, help="Frames in an SVG; 1: only the last.", rich_help_panel=OUTPUT
        ),
    ] = 1,
    speed: Annotated[
        float,
        typer.Option(
            "--speed", metavar="FACTOR", min=0.01, max=100.0, help="How fast to play.", rich_help_panel=DISPLAY
        ),
    ] = 1.0,
    columns: Annotated[
        int,
        typer.Option(
            "--columns", metavar="N", min=24, max=400, help="Width of exported pictures.", rich_help_panel=OUTPUT
        ),
    ] = 80,
    rows: Annotated[
        int,
        typer.Option(
            "--rows", metavar="N", min=5, max=200, help="Height of exported pictures, at most.", rich_help_panel=OUTPUT
        ),
    ] = 24,
    view: options.ViewWanted = None,
    force: Annotated[
        bool, typer.Option("-f", "--force", help="Replace files that are there.", rich_help_panel=OUTPUT)
    ] = False,
    verbose: options.Verbose = False,
) -> None:
    """Play a recorded run: space plays and pauses, arrows step and change the speed, [ ] jump to a hole, q quits."""
    env: Environment = context.obj
    targets = export or []
    for target in targets:
        if target.suffix.lower().removeprefix(".") not in _KINDS:
            raise UsageError(
                f"The name of {target} does not say what kind of file it should be.", f"Use .{', .'.join(_KINDS)}."
            )
        if claims.is_same(trace, target):
            raise UsageError(f"{target} is the recording itself.", "Export to another file.")
        claims.claim(target, env, force=force)

    from dgcli.watch.recording import read_trace

    tell_faults(env)
    recording = read_trace(trace)
    if not targets and not env.draws_on_stderr:
        raise UsageError("There is no terminal to play on.", "Write a file with --export run.html.")
    for note in recording.notes:
        env.tell(f"dg: {note}")
    for target in targets:
        content = _content(target, recording, env, strip, speed, columns, rows, view)
        writing.overwrite(target, content)
    if not targets:
        from dgcli.cli.play import play

        play(recording, env, speed=speed, view=view)


def _content(
    target: Path,
    recording: Recording,
    env: Environment,
    strip: int,
    speed: float,
    columns: int,
    rows: int,
    view: View | None,
) -> str | bytes:
    """The exported file; what it is depends on its ending."""
    from dgcli.cli import looks
    from dgcli.watch.export.frames import evenly
    from dgcli.watch.picture import Look, picture
    from dgcli.watch.theme import Theme
    from dgcli.watch.timeline import Timeline
    from dgcli.watch.view import Colors

    timeline = Timeline(recording)
    theme = looks.theme_name(env)
    look = Look(width=columns, height=rows, view=looks.view(env, view), tallest=rows)
    title = f"dg {recording.command}"
    match target.suffix.lower():
        case ".svg":
            from dgcli.watch.export.svg import svg

            pictures = [picture(timeline.scene(place), look) for place in evenly(timeline, strip)]
            return svg(pictures, columns=columns, title=title, theme=theme)
        case ".html":
            from dgcli.watch.export.page import page

            seed = "" if recording.seed is None else f" · seed {recording.seed}"
            return page(timeline, title=title, details=f"{recording.model}{seed}")
        case ".cast":
            from dgcli.watch.export.cast import cast

            return cast(timeline, look, theme=Theme.of(theme, Colors.true), title=title, speed=speed)
        case ".gif":
            from dgcli.watch.export.gif import gif

            return gif(timeline, look, theme=theme, speed=speed)
    from dgcli.watch.export.plain import plain

    return plain(timeline, Look(width=columns, height=rows, view=look.view, signs=True))
