"""The files of a checkpoint: reading and checking them, their tensors, conversion, and where they are kept."""
