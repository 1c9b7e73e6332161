"""JSON and typed columns, one way and back."""
