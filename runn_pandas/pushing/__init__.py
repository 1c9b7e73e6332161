"""Writing frames back to Runn: planned, previewed, journaled, undone."""
