"""The tasks (generate, infill, restyle): from documents and prompts to canvases, and back to text."""
