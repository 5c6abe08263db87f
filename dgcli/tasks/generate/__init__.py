"""Writing an answer to a prompt."""
