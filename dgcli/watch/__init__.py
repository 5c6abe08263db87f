"""Watching a run: context managers with `show(event)`. None of them can change a result."""
