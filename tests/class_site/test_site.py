"""The class site is whole: its notebooks, and a wheel for each thing that a browser lacks."""

from __future__ import annotations

import hashlib
import json
import tarfile
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from docs import class_site
from docs.class_site import IN_KERNEL, IN_PYODIDE, ROOT, Wheel, unmet

THERE = {**IN_PYODIDE, **IN_KERNEL}
FILES = [
    "01-first-steps.ipynb",
    "02-reconcile-a-timesheet.ipynb",
    "03-utilisation-and-capacity.ipynb",
    "04-revenue-and-budget.ipynb",
    "05-clean-up-people.ipynb",
    "06-class-exercise.ipynb",
    "data/class.yaml",
    "data/harvest-june-2026.csv",
    "data/hr-leave.csv",
    "data/hr-people.csv",
]


def wheel(name: str, version: str = "1.0", *requires: str) -> Wheel:
    return Wheel(Path(f"{name}-{version}-py3-none-any.whl"), name, version, requires)


def every(*more: Wheel) -> list[Wheel]:
    """Wheels of all that the notebooks ask for, and more."""
    return [*(wheel(name) for name in (class_site.PROJECT, *class_site.EXTRAS)), *more]


def test_what_is_in_neither_or_too_old_is_told() -> None:
    assert list(unmet(every(), {})) == []
    assert list(unmet(every(wheel("a", "1.0", "b>=2", "c")), {"b": "1.9"})) == [
        "a needs b>=2: 1.9",
        "a needs c: it is in neither",
    ]
    assert list(unmet(every()[1:], {})) == ["the notebooks needs runn-pandas: it is in neither"]


def test_what_only_other_systems_or_an_extra_need_is_not_missed() -> None:
    requires = (
        'colorama; sys_platform == "win32"',
        'tomli; python_version < "3.11"',
        'duckdb>=1.0; extra == "sql"',
    )
    assert list(unmet(every(wheel("a", "1.0", *requires)), {})) == []
    asked = wheel("a", "1.0", 'js; sys_platform == "emscripten"')
    assert list(unmet(every(asked), {})) == [
        'a needs js; sys_platform == "emscripten": it is in neither'
    ]


def test_a_wheel_with_machine_code_is_refused() -> None:
    fast = Wheel(Path("a-1.0-cp314-cp314-linux_x86_64.whl"), "a", "1.0", ())
    assert class_site.not_pure([wheel("b"), fast]) == [fast.path.name]


def test_the_metadata_of_a_wheel_is_read(tmp_path: Path) -> None:
    path = tmp_path / "Url_Normalize-2.2-py3-none-any.whl"
    said = "Metadata-Version: 2.1\nName: Url_Normalize\nVersion: 2.2\nRequires-Dist: idna>=3.3\n"
    with ZipFile(path, "w") as archive:
        archive.writestr("url_normalize-2.2.dist-info/METADATA", said)
    assert Wheel.read(path) == Wheel(path, "url-normalize", "2.2", ("idna>=3.3",))


def test_each_dependency_of_the_package_is_vendored_or_in_pyodide() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    vendored = {name.partition("<")[0]: "9999" for name in class_site.VENDORED}
    own = wheel("runn-pandas", "1.0", *project["dependencies"])
    told = [line for line in unmet([own], {**THERE, **vendored}) if "runn-pandas needs" in line]
    assert told == []
    there = {name: version for name, version in THERE.items() if name != "pandas"}
    told = [line for line in unmet([own], {**there, **vendored}) if "runn-pandas needs" in line]
    assert len(told) == 1
    assert "pandas" in told[0]


def test_the_notebooks_are_those_of_the_repository_and_install_first(tmp_path: Path) -> None:
    staged = class_site.stage(tmp_path)
    names = [path.relative_to(tmp_path).as_posix() for path in staged]
    assert set(FILES) <= set(names)
    assert not any("__pycache__" in name for name in names)
    for path in tmp_path.glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert code[0]["source"] == [class_site.INSTALL]
        cells.remove(code[0])
        own = json.loads((ROOT / "notebooks" / path.name).read_text(encoding="utf-8"))["cells"]
        assert cells == own


# -- of the built site


@pytest.mark.slow
def test_everything_that_the_notebooks_need_is_in_the_site_or_in_pyodides_list(
    built: Path,
) -> None:
    locked = json.loads(
        (built / "pyodide/node_modules/pyodide/pyodide-lock.json").read_text(encoding="utf-8")
    )
    there = {name: package["version"] for name, package in locked["packages"].items()}
    assert IN_PYODIDE.items() <= there.items(), "docs/class_site.py has other versions"
    assert locked["info"]["python"] == class_site.BROWSER["python_full_version"]
    wheels = [Wheel.read(path) for path in (built / "site/pypi").glob("*.whl")]
    assert {one.name for one in wheels} >= {"runn-pandas", "ratelimit", "requests-cache"}
    assert list(unmet(wheels, {**there, **IN_KERNEL})) == []
    assert list(unmet([one for one in wheels if one.name != "ratelimit"], there)), "it would tell"


@pytest.mark.slow
def test_the_index_that_the_browser_asks_has_every_wheel_as_it_is(built: Path) -> None:
    folder = built / "site" / "pypi"
    index = json.loads((folder / "all.json").read_text(encoding="utf-8"))
    found = {
        one["filename"]: one["digests"]["sha256"]
        for package in index.values()
        for files in package["releases"].values()
        for one in files
    }
    wheels = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.whl")
    }
    assert found == wheels
    settings = json.loads((built / "site" / "jupyter-lite.json").read_text(encoding="utf-8"))
    kernel = settings["jupyter-config-data"]["litePluginSettings"][
        "@jupyterlite/pyodide-kernel-extension:kernel"
    ]
    assert any(url.startswith("./pypi/all.json") for url in kernel["pipliteUrls"])


@pytest.mark.slow
def test_the_site_has_its_pages_files_and_widgets_and_nothing_of_this_machine(built: Path) -> None:
    site = built / "site"
    assert (site / "lab" / "index.html").is_file()
    for name in FILES:
        assert (site / "files" / name).is_file(), name
    listed = json.loads((site / "api/contents/all.json").read_text(encoding="utf-8"))["content"]
    assert {one["path"] for one in listed} >= {name for name in FILES if "/" not in name}
    settings = json.loads((site / "jupyter-lite.json").read_text(encoding="utf-8"))
    extensions = {one["name"] for one in settings["jupyter-config-data"]["federated_extensions"]}
    assert {
        "@jupyter-widgets/jupyterlab-manager",
        "@jupyterlite/pyodide-kernel-extension",
    } <= extensions
    written = [path for kind in ("json", "html", "ipynb") for path in site.rglob(f"*.{kind}")]
    assert not [path for path in written if str(ROOT) in path.read_text(encoding="utf-8")]
    size = class_site.megabytes([site])
    print(f"the class site: {size:.1f} MB, {len(list((site / 'pypi').glob('*.whl')))} wheels")
    assert size < 40


@pytest.mark.slow
@pytest.mark.parametrize("form", ["folder", "archive"])
def test_pyodide_can_be_part_of_the_site(form: str, built: Path, tmp_path: Path) -> None:
    runtime = built / "pyodide" / "node_modules" / "pyodide"
    if form == "archive":
        # As Pyodide's releases are: a folder of this name in it.
        with tarfile.open(tmp_path / "pyodide.tar.bz2", "w:bz2", compresslevel=1) as archive:
            archive.add(runtime, "pyodide")
        runtime = tmp_path / "pyodide.tar.bz2"
    assert class_site.main([str(tmp_path / "site"), "--pyodide", str(runtime)]) == 0
    settings = json.loads((tmp_path / "site/jupyter-lite.json").read_text(encoding="utf-8"))
    kernel = settings["jupyter-config-data"]["litePluginSettings"][
        "@jupyterlite/pyodide-kernel-extension:kernel"
    ]
    assert kernel["pyodideUrl"].startswith("./static/pyodide/pyodide.mjs")
    assert (tmp_path / "site/static/pyodide/pyodide.asm.wasm").is_file()
