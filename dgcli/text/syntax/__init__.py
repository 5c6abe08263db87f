"""What a fill may hold where it lands: the kind of a file, the place within it, and what its parser says."""
