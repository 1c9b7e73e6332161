"""What `import runn_pandas` brings along, beyond pandas and requests: next to nothing."""

from __future__ import annotations

import subprocess
import sys

ALLOWED = {"pyarrow.json", "pyarrow._json"}
LATER = {
    "account_check",
    "analysis",
    "command_line",
    "demo",
    "jupyter",
    "lookup",
    "push",
    "transport",
}
SCRIPT = """
import sys, pandas, requests
before = set(sys.modules)
import runn_pandas
print(*sorted(set(sys.modules) - before))
"""


def test_import_is_light() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    new = set(done.stdout.split())
    own = {name for name in new if name.partition(".")[0] == "runn_pandas"}
    # A package that is heavy, or only some people have, is imported where it is used.
    foreign = {n for n in new if n.partition(".")[0] not in sys.stdlib_module_names}
    assert foreign - own <= ALLOWED
    rooms = {name.split(".")[1] for name in own if "." in name}
    assert not rooms & LATER
