"""What a text or image is, and who may see it."""
