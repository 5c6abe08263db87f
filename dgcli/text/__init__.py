"""What a text is: its document and holes, what of it may be touched, how a fill meets what stands around it."""
