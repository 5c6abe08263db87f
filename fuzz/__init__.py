"""What the ordinary suite has no time for, run from the repository as `python -m fuzz.NAME`."""
