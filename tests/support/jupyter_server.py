"""A Jupyter server on this machine: JupyterLab at ``/lab``, Notebook 7 at ``/notebooks``."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parents[2]
START = 90  # seconds for the server to answer
SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    # Every cell is drawn, also those that are out of sight.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
WIDGETS = "@jupyter-widgets/jupyterlab-manager:plugin"


@dataclass
class Server:
    """A server that runs, over a folder of its own."""

    url: str
    token: str
    work: Path  # where its notebooks are
    home: Path

    def set(self, plugin: str, **values: Any) -> None:
        """Set what the settings of a part of the front ends say; read when a page is opened."""
        package, name = plugin.split(":")
        file = self.home / "settings" / package / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))

    def ask(self, path: str, method: str = "GET") -> Any:
        """The answer of the server's own API."""
        request = urllib.request.Request(f"{self.url}/api/{path}", method=method)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def is_idle(self, name: str) -> bool:
        """Whether the kernel of a notebook has started, and waits for a page's requests."""
        kernels = [one["kernel"] for one in self.ask("sessions") if one["path"] == name]
        return any(one["execution_state"] == "idle" and one["connections"] for one in kernels)

    def shut_down(self, name: str) -> None:
        """End the kernels of a notebook."""
        for session in self.ask("sessions"):
            if session["path"] == name:
                self.ask(f"sessions/{session['id']}", "DELETE")


@contextmanager
def running(home: Path) -> Iterator[Server]:
    """Start a server in a folder, with the example notebooks; it ends with the block."""
    work = home / "work"
    shutil.copytree(ROOT / "notebooks", work, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", uuid4().hex, work, home)
    for plugin, values in SETTINGS.items():
        server.set(plugin, **values)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", f"--notebook-dir={work}"]
    log = home / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, env=_environment(home, server.token), cwd=work, stdout=out, stderr=out
        )
    try:
        _until_up(server, process, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _environment(home: Path, token: str) -> dict[str, str]:
    """What the server sees: nothing of the user's."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("RUNN_", "JUPYTER", "PYTEST"))}
    return env | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTER_TOKEN": token,
        "RUNN_CACHE_DIR": str(home / "cache"),
        "RUNN_STATE_DIR": str(home / "state"),
        "PYTHONPATH": str(ROOT),
    }


def _until_up(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        try:
            server.ask("status")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"Jupyter did not start: {log.read_text()[-2000:]}")
