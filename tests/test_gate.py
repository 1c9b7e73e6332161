"""What ``.ci/run`` runs side by side: shown in order, stopped by the first that fails."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

GATE = Path(__file__).parents[1] / ".ci" / "run"
BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None or os.name != "posix", reason="needs bash")


def started(folder: Path, one: str, two: str) -> subprocess.Popen[str]:
    """The gate's own functions, with two short steps side by side."""
    functions = re.search(r"^step\(\) .*?(?=^# The README)", GATE.read_text(), re.S | re.M)
    assert functions is not None
    script = f"""set -euo pipefail
{functions[0]}
one() {{
  {one}
}}
two() {{
  {two}
}}
side_by_side one two
echo after
"""
    return subprocess.Popen(
        [str(BASH), "-c", script], cwd=folder, stdout=subprocess.PIPE, text=True
    )


def alive(file: Path) -> bool:
    """Whether the process whose number is in a file still runs."""
    with suppress(ProcessLookupError):
        os.kill(int(file.read_text()), 0)
        state = Path(f"/proc/{file.read_text().strip()}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def appears(file: Path) -> None:
    end = time.monotonic() + 60
    while not (file.exists() and file.read_text().endswith("\n")):
        assert time.monotonic() < end
        time.sleep(0.01)


WAITS = "bash -c 'echo $$ > child; exec sleep 600'"


def test_both_are_shown_in_order(tmp_path: Path) -> None:
    process = started(
        tmp_path, "until [ -e two ]; do sleep 0.01; done; echo 1", "echo 2; touch two"
    )
    assert process.communicate(timeout=60)[0] == "1\n2\nafter\n"
    assert process.returncode == 0


def test_a_failure_stops_the_other_and_is_shown_last(tmp_path: Path) -> None:
    fails = "until [ -s child ]; do sleep 0.01; done; echo 1; (exit 3); echo never"
    process = started(tmp_path, fails, f"echo 2; {WAITS}")
    assert process.communicate(timeout=60)[0] == "2\n1\n"
    assert process.returncode == 3
    assert not alive(tmp_path / "child")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_it_leaves_no_process(number: int, code: int, tmp_path: Path) -> None:
    process = started(tmp_path, "true", WAITS)
    appears(tmp_path / "child")
    process.send_signal(number)
    assert process.communicate(timeout=60)[0] == ""
    assert process.returncode == code
    assert not alive(tmp_path / "child")
