"""A checkpoint ready to run, and what it remembers of prompts."""
