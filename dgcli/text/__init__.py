"""Texts: documents and their holes, what in a text may change, and how a fill meets the text around it."""
