"""What is in ``kernel`` is for the notebooks' kernels: looking for doctests would import it here."""

collect_ignore = ["kernel"]
