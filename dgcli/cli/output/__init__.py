"""What goes to stdout, and where a changed document goes."""
