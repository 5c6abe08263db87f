"""The entry point of `dg` and of `python -m dgcli`."""

from __future__ import annotations

import sys

from dgcli.platform.leaving import leave_at_once


def main() -> None:
    """Run the command line; from here on Ctrl-C ends it without a traceback, also while it imports."""
    leave_at_once()
    try:
        from dgcli.cli.app import main as run
    except (OSError, MemoryError, ImportError) as error:
        sys.exit(f"dg: It cannot be started ({error}). Look at `ulimit -n` and `ulimit -v`, or install it again.")
    run()


if __name__ == "__main__":
    main()
