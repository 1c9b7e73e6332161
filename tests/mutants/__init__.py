"""Small random changes of the code, and whether the tests notice: ``python -m tests.mutants``."""
