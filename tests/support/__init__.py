"""What tests of several packages share; no test module imports another test module."""
