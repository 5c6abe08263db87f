"""The entry point of `dg` and of `python -m dgcli`."""

from __future__ import annotations

from dgcli.cli.interrupts import leave_at_once


def main() -> None:
    """Run the command line; from here on Ctrl-C ends it without a traceback, also while it imports."""
    leave_at_once()
    from dgcli.cli.app import main as run

    run()


if __name__ == "__main__":
    main()
