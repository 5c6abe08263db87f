"""What a user asks for: documents and prompts to canvases, finished canvases back to text."""
