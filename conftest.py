"""For doctests of a part of the package alone, too."""

# Imported by pytest itself, module by module, rp.mirror would be the package, not the function.
import runn_pandas  # noqa: F401
