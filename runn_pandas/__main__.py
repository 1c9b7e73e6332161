"""``python -m runn_pandas``: the command line."""

from __future__ import annotations

import sys

from runn_pandas.command_line.program import main

if __name__ == "__main__":
    sys.exit(main())
