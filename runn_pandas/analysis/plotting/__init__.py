"""Charts of the frames that the package gives."""
