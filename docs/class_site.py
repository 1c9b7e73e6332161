"""Build the class site: ``python -m docs.class_site OUT``, JupyterLite with the demo account.

It is a folder of files: whoever opens it in a browser has the notebooks 01 to 06, their data and
this package, and installs nothing. What Pyodide's distribution has not is in it as wheels.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "_build" / "class" / "site"
NOTEBOOKS = "0[1-6]-*.ipynb"
PROJECT = "runn-pandas"
# What a notebook needs beside the package itself, and the cell that installs all of it.
EXTRAS = ("altair", "ipywidgets", "vcrpy", "openpyxl")
INSTALL = f"%pip install -q {PROJECT} {' '.join(EXTRAS)}"
# What is in the site as wheels: pure Python, and not in Pyodide's distribution. Of ratelimit the
# index has only the source.
VENDORED = (
    "cattrs",
    "comm",
    "et-xmlfile",
    "ipywidgets",
    "jupyterlab-widgets",
    "openpyxl",
    "ratelimit",
    "requests-cache",
    "url-normalize<3",  # from 3 on it asks for a newer idna than Pyodide has
    "vcrpy",
)
# In the kernel itself, in versions that are made for a browser.
IN_KERNEL = {"ipykernel": "6.9.2", "widgetsnbextension": "4.0.999"}
# What the wheels above ask for and Pyodide 314 has, in its versions: `tests/class_site` compares
# them with Pyodide's own list.
IN_PYODIDE = {
    "altair": "6.0.0",
    "attrs": "26.1.0",
    "certifi": "2026.4.22",
    "charset-normalizer": "3.4.7",
    "idna": "3.11",
    "ipython": "9.12.0",
    "jinja2": "3.1.6",
    "jsonschema": "4.26.0",
    "narwhals": "2.18.1",
    "numpy": "2.4.6",
    "packaging": "26.1",
    "pandas": "3.0.2",
    "platformdirs": "4.9.4",
    "pyarrow": "22.0.0",
    "python-dateutil": "2.9.0.post0",
    "pyyaml": "6.0.3",
    "requests": "2.33.1",
    "tqdm": "4.67.3",
    "traitlets": "5.14.3",
    "typing-extensions": "4.15.0",
    "urllib3": "2.6.3",
    "wrapt": "2.1.2",
    "yarl": "1.23.0",
}
# The Python that the markers of requirements are read for.
BROWSER = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "wasm32",
    "platform_python_implementation": "CPython",
    "platform_system": "Emscripten",
    "python_full_version": "3.14.2",
    "python_version": "3.14",
    "sys_platform": "emscripten",
}


@dataclass(frozen=True)
class Wheel:
    """A wheel by what its metadata says."""

    path: Path
    name: str
    version: str
    requires: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Wheel:
        """Return the metadata of a file."""
        with ZipFile(path) as archive:
            (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
            said = HeaderParser().parsestr(archive.read(name).decode("utf-8"))
        requires = tuple(said.get_all("Requires-Dist") or ())
        return cls(path, canonicalize_name(said["Name"]), said["Version"], requires)


def make_wheels(folder: Path) -> list[Wheel]:
    """Build this project's wheel, and get those that go with it from the package index."""
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "-w", str(folder), str(ROOT), *VENDORED], check=True)
    return [Wheel.read(path) for path in sorted(folder.glob("*.whl"))]


def unmet(wheels: Sequence[Wheel], there: Mapping[str, str]) -> Iterator[str]:
    """Yield what the wheels and the notebooks ask for, and neither the wheels nor `there` have."""
    have = {**there, **{wheel.name: wheel.version for wheel in wheels}}
    wanted = [("the notebooks", name) for name in (PROJECT, *EXTRAS)]
    wanted += [(wheel.name, text) for wheel in wheels for text in wheel.requires]
    for who, text in wanted:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate(
            {**BROWSER, "extra": ""}
        ):
            continue
        version = have.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            yield f"{who} needs {requirement}: {version or 'it is in neither'}"


def not_pure(wheels: Sequence[Wheel]) -> list[str]:
    """Return the wheels that a browser cannot load."""
    return [wheel.path.name for wheel in wheels if not wheel.path.name.endswith("-none-any.whl")]


def stage(folder: Path) -> list[Path]:
    """Put the notebooks and their data into a folder; return all files."""
    shutil.copytree(
        ROOT / "notebooks" / "data", folder / "data", ignore=shutil.ignore_patterns("__pycache__")
    )
    for path in sorted((ROOT / "notebooks").glob(NOTEBOOKS)):
        book = json.loads(path.read_text(encoding="utf-8"))
        first = next(n for n, one in enumerate(book["cells"]) if one["cell_type"] == "code")
        install = {
            "cell_type": "code",
            "execution_count": None,
            "id": "install",
            "metadata": {},
            "outputs": [],
            "source": [INSTALL],
        }
        book["cells"].insert(first, install)
        (folder / path.name).write_text(json.dumps(book, ensure_ascii=False), encoding="utf-8")
    return sorted(path for path in folder.rglob("*") if path.is_file())


def build(out: Path, pyodide: str | None = None) -> tuple[list[Wheel], list[Path]]:
    """Build the site into a folder; return its wheels and its notebooks with their data.

    Parameters
    ----------
    out
        The folder; what is in it is replaced.
    pyodide
        Pyodide's distribution, a folder or an archive of it, to be part of the site; without it
        the browser gets Pyodide from its own address.

    Raises
    ------
    RuntimeError
        If something that a notebook needs could not be installed in a browser.
    """
    with tempfile.TemporaryDirectory() as work:
        lite = Path(work, "lite")
        wheels = make_wheels(Path(work, "wheels"))
        wrong = [*unmet(wheels, {**IN_PYODIDE, **IN_KERNEL}), *not_pure(wheels)]
        if wrong:
            raise RuntimeError("\n".join(wrong))
        files = stage(Path(work, "files"))
        contents = [path.relative_to(Path(work, "files")) for path in files]
        lite.mkdir()
        more = []
        if pyodide is not None and Path(pyodide).is_dir():
            shutil.copytree(pyodide, lite / "static" / "pyodide")
        elif pyodide is not None:
            place = Path(pyodide)
            more = ["--pyodide", str(place.resolve()) if place.is_file() else pyodide]
        settings = {"jupyter-config-data": {"appName": "runn_pandas for a class"}}
        (lite / "jupyter-lite.json").write_text(
            json.dumps({"jupyter-lite-schema-version": 0, **settings}), encoding="utf-8"
        )
        shutil.rmtree(out, ignore_errors=True)
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--apps", "lab", "--apps"]
        command += ["notebooks", "--no-sourcemaps", "--no-unused-shared-packages", *more]
        command += ["--lite-dir", str(lite), "--contents", str(Path(work, "files"))]
        command += [part for one in wheels for part in ("--piplite-wheels", str(one.path))]
        ran = subprocess.run(
            [*command, "--output-dir", str(out.resolve())],
            cwd=lite,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise RuntimeError(ran.stdout[-5000:])
    return wheels, contents


def megabytes(paths: Sequence[Path]) -> float:
    """Return the size of files and of what is in folders."""
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*"))]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m docs.class_site", description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=OUT, help="where")
    parser.add_argument(
        "--pyodide", help="a distribution of Pyodide to put into it, file or folder"
    )
    given = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        wheels, contents = build(given.out, given.pyodide)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    print(*(f"  {path}" for path in contents), sep="\n")
    print(*(f"  {wheel.name} {wheel.version}" for wheel in wheels), sep="\n")
    files = [path for path in given.out.rglob("*") if path.is_file()]
    print(
        f"{len(files)} files, {megabytes([given.out]):.0f} MB, of which"
        f" {megabytes([given.out / 'files']):.1f} MB of notebooks and data, in"
        f" {time.monotonic() - began:.0f} s: {given.out / 'lab' / 'index.html'}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
