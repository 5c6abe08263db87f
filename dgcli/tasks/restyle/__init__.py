"""Rewriting the prose of a text in another register."""
