"""A loaded checkpoint that is ready to run, and its prompt cache."""
