"""Two programs with one key that read a long list by several cursors, against a real limit.

``pytest -n0 -m slow tests/reader/test_shared_limit.py -s`` prints the log of the server.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections import Counter

import pytest

import runn_pandas as rp
from runn_pandas.demo.server import Request
from runn_pandas.reader import streams
from tests.support.desk import new_demo, served

LIMIT, WINDOW = 60, 3.0
READER = """
import sys
import runn_pandas as rp
account = rp.connect("LIVE_demo-one-key", base_url=sys.argv[1], max_age=0)
account.workers = int(sys.argv[2])
lengths = {len(rp.read_runn("actuals", progress=False)) for _ in range(4)}
assert lengths == {int(sys.argv[3])}, lengths
"""


def log_of_two(workers: int) -> list[Request]:
    """Give the requests of two programs that each read all actuals four times."""
    demo = new_demo(15, limit=LIMIT, window=WINDOW)
    with served(demo) as url:
        rows = str(len(demo.company.tables["actuals"]))
        command = [sys.executable, "-c", READER, url, str(workers), rows]
        both = [subprocess.Popen(command) for _ in range(2)]
        assert [one.wait(120) for one in both] == [0, 0]
    return demo.log


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_two_programs_with_one_key_are_refused_no_more_often_than_with_one_cursor() -> None:
    refused = {}
    for workers in (1, 8):
        log = log_of_two(workers)
        began = min(request.time for request in log)
        windows = Counter(int((request.time - began) / WINDOW) for request in log)
        refused[workers] = sum(request.status == 429 for request in log)
        print(f"{workers} at once: {refused[workers]} of {len(log)} refused; {dict(windows)}")
        # Where a window begins only the first of both knows that the other one is there too.
        assert refused[workers] <= 2 * len(windows)
    # Before lists were read by spans, six runs like these had 9 refused of 681; now 8 of 779.
    assert refused[8] <= refused[1] + 3


@pytest.mark.slow
def test_an_end_that_waits_for_the_limit_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(streams, "PATIENCE", 0.8)
    caplog.set_level(logging.DEBUG, "runn_pandas")
    demo = new_demo(150, limit=7, window=2.0)
    with served(demo) as url:
        account = rp.connect("LIVE_demo-one-key", base_url=url, max_age=0)
        frame = rp.read_runn("time-offs/rostered-off", account=account, progress=False)
    assert len(frame) == len(demo.company.tables["time-offs/rostered-off"])
    pages = -(-len(frame) // 200)
    assert pages > 7, "more than the window has"
    assert "read from one end only" not in caplog.text
    assert len([r for r in demo.log if r.status != 429]) <= pages + 2
