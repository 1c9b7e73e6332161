"""The command line ``runn``: each command a few lines into the rooms below."""
