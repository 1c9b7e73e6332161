"""The transport and the demo run in Pyodide as they do here.

In real Pyodide, under Node, with the wheels of the site: what of the package needs no pandas,
which is in no registry as WebAssembly. A browser has it from Pyodide's own distribution.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.notebooks.execute import NOTEBOOKS, ROOT

HERE = Path(__file__).parent / "pyodide"
PACKAGE = ROOT / "runn_pandas"
# Not imported by the program, or not to be imported under Node.
LEFT_OUT = ("ipywidgets", "jupyterlab_widgets", "openpyxl", "runn_pandas")


def unpacked(built: Path, folder: Path) -> Path:
    """The packages that the program imports: the site's wheels, and those of Pyodide's versions."""
    import yaml

    for path in (*(built / "site/pypi").glob("*.whl"), *(built / "pyodide/wheels").glob("*.whl")):
        if not path.name.startswith(LEFT_OUT):
            with ZipFile(path) as archive:
                archive.extractall(folder)
    # Of PyYAML the index has no pure wheel: its Python part is what is installed here.
    (folder / "yaml").mkdir()
    for path in Path(yaml.__file__).parent.glob("*.py"):
        shutil.copy(path, folder / "yaml")
    return folder


def in_pyodide(built: Path, work: Path) -> dict[str, Any]:
    folders = [PACKAGE, unpacked(built, work), NOTEBOOKS]
    program = [str(HERE / "run.mjs"), str(built / "pyodide/node_modules/pyodide")]
    ran = subprocess.run(
        ["node", *program, str(HERE / "program.py"), *map(str, folders)],
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def here(work: Path) -> dict[str, Any]:
    """The same program in a fresh process of this Python."""
    code = f"import runpy; runpy.run_path({str(HERE / 'program.py')!r}, init_globals=dict(folders="
    code += f"[{str(PACKAGE)!r}, {str(work)!r}, {str(NOTEBOOKS)!r}]))"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=work, capture_output=True, text=True, timeout=110
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def check(out: dict[str, Any]) -> None:
    """What holds wherever it runs."""
    assert out["lists"]["actuals"][0] > 10_000, "many pages"
    assert out["waited"], "for the limit, by a clock that is told"
    assert out["refused"] == 0
    assert all(out["from_cache"].values())
    assert out["requests"] == out["requests_after"], "offline asks nothing"
    assert out["mode"] == "0o600"
    assert out["made"] == out["found"] == "Heron & Söhne"
    assert [name for name, _ in out["errors"]] == [
        "NotFoundError",
        "ValidationError",
        "NotFoundError",
    ]
    assert out["lock"] == "busy"
    assert out["cassette"] == 40
    assert "has no answer to GET /skills/" in out["not recorded"]


def test_the_program_is_right_in_this_python(tmp_path: Path) -> None:
    pytest.importorskip("vcr", reason="needs vcrpy: pip install .[record]")
    check(here(tmp_path))


@pytest.mark.slow
def test_pyodide_gives_the_same(built: Path, tmp_path: Path) -> None:
    out = in_pyodide(built, tmp_path)
    assert out.pop("platform") == "emscripten"
    assert out.pop("threads") is False
    assert out.pop("version") == [3, 14]
    check(out)
    native = here(tmp_path)
    for name in ("platform", "threads", "version"):
        native.pop(name)
    assert out == native
