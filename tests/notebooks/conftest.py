"""``kernel`` is for the kernels of notebooks: a search for doctests would import it right here."""

collect_ignore = ["kernel"]
