"""Arguments to pages to a frame."""
