"""A recording as a file that others can open: a picture, a page that plays, a terminal recording, an animation."""
