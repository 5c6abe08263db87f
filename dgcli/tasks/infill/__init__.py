"""Filling the holes of a document."""
