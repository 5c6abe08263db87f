"""What the benchmarks and experiments share: arguments, passages, tables with intervals, pictures, runs in turns."""
