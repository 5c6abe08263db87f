"""The files of a checkpoint: what they say, checked; their tensors; how they are made and where they are kept."""
