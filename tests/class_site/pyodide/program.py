"""The transport and the demo without pandas: run in Pyodide, and in this Python to compare.

``folders`` are given: the package, the packages that it needs, the notebooks. pandas, numpy and
pyarrow are in no registry as WebAssembly, so `runn_pandas/__init__.py`, which imports them, is
passed by; what is imported below is the package's own code as it is.
"""

from __future__ import annotations

import hashlib
import json
import stat
import sys
import tempfile
import types
from pathlib import Path

package, needed, notebooks = folders  # noqa: F821
sys.path.insert(0, needed)
runn_pandas = types.ModuleType("runn_pandas")
runn_pandas.__path__ = [package]
sys.modules["runn_pandas"] = runn_pandas

from runn_pandas import private_files, threads  # noqa: E402
from runn_pandas.catalog import load  # noqa: E402
from runn_pandas.demo.adapter import DemoAdapter  # noqa: E402
from runn_pandas.demo.server import Demo  # noqa: E402
from runn_pandas.errors import ConfigError, OfflineError, RunnError  # noqa: E402
from runn_pandas.transport.cache import Cache  # noqa: E402
from runn_pandas.transport.cassette import Player, Tape  # noqa: E402
from runn_pandas.transport.session import Session  # noqa: E402

assert "pandas" not in sys.modules
out = {"threads": threads.can_start(), "version": sys.version_info[:2], "platform": sys.platform}
work = Path(tempfile.mkdtemp())
now = [0.0]
slept = []


def sleep(seconds):
    slept.append(seconds)
    now[0] += seconds


def clock():
    return now[0]


demo = Demo(clock=clock)
cache = Cache(work / "cache")


def session(**more):
    options = {"adapter": DemoAdapter(demo), "cache": cache, "clock": clock, "sleep": sleep}
    return Session("https://demo.invalid", "TEST_demo", **{**options, **more})


def whole(one, resource, max_age):
    """The rows of a list, page by page, or from the cache."""
    limit = {"limit": resource.page_limit} if resource.page_limit else {}
    reading = one.reading(resource.operation.path, limit, resource=resource.name, max_age=max_age)
    if reading.cached:
        return [row for body in reading.bodies for row in json.loads(body)["values"]]
    rows, cursor = [], None
    while True:
        page = json.loads(reading.page(cursor))
        rows += page["values"]
        cursor = page.get("nextCursor")
        if cursor is None:
            reading.complete(len(rows))
            return rows


def digest(rows):
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:12]


# Long lists over many pages, with the limit of 120 requests a minute, by a clock that is told.
names = ("people", "projects", "actuals", "assignments", "contracts", "clients", "roles")
one = session()
lists = {}
for name in names:
    lists[name] = whole(one, load().resources[name], 0)
for _ in range(100):
    one.request("GET", "/me/")
out["lists"] = {name: [len(rows), digest(rows)] for name, rows in lists.items()}
out["requests"] = len(demo.log)
out["refused"] = sum(request.status == 429 for request in demo.log)
out["waited"] = sum(slept) > 0

# The cache is a SQLite file for its owner alone, and enough to work without the account.
again = session(offline=True, adapter=None)
out["from_cache"] = {
    name: whole(again, load().resources[name], None) == rows for name, rows in lists.items()
}
out["requests_after"] = len(demo.log)
(file,) = (work / "cache").rglob("*.sqlite")
out["mode"] = oct(stat.S_IMODE(file.stat().st_mode))

# A write, and what is refused.
made = one.request("POST", "/clients/", json={"name": "Heron & Söhne"}).json()
out["made"] = made["name"]
out["found"] = one.request("GET", f"/clients/{made['id']}/").json()["name"]
out["errors"] = []
for method, path, body in (
    ("GET", "/people/999999999/", None),
    ("POST", "/clients/", {"nam": 1}),
    ("GET", "/nowhere/", None),
):
    try:
        one.request(method, path, json=body)
    except RunnError as error:
        out["errors"].append([type(error).__name__, str(error)])

# A lock that only one has.
with private_files.held(work / "lock", "busy"):
    try:
        with private_files.held(work / "lock", "busy"):
            out["lock"] = "held twice"
    except ConfigError as error:
        out["lock"] = str(error)

# The cassette of the exercises.
tape = Tape(Path(notebooks, "data", "class.yaml")).load()
player = Session(tape.base_url, "cassette", wrap=lambda inner: Player(tape))
out["cassette"] = len(whole(player, load().resources["people"], 0))
try:
    whole(player, load().resources["skills"], 0)
except OfflineError as error:
    out["not recorded"] = str(error)

print(json.dumps(out))
