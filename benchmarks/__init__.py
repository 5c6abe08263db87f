"""What is published of `dg` in numbers: one script for each, run as `python -m benchmarks.NAME --help`."""
