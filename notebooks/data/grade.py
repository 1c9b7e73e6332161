"""Grade what a class has handed in: ``python data/grade.py handed-in/*.ipynb``.

Each notebook is run from top to bottom in a fresh kernel beside this folder, so what counts is
what its cells compute, and not what is stored in it. It is a student's code that runs here.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
SAID = re.compile(r"^(\d): (.+)$", re.M)


def said(path: Path) -> dict[int, str]:
    """What the checks of a notebook say when it is run, by the number of the question."""
    book = nbformat.read(path, as_version=4)
    with TemporaryDirectory() as folder:
        # The notebook sees the data as it was handed out, and changes nothing of it.
        for file in HERE.glob("*.*"):
            (Path(folder) / "data").mkdir(exist_ok=True)
            (Path(folder) / "data" / file.name).write_bytes(file.read_bytes())
        client = NotebookClient(book, timeout=120, allow_errors=True, kernel_name="python3")
        client.resources = {"metadata": {"path": folder}}
        client.execute()
    texts = [
        output.text
        for cell in book.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    ]
    return {int(number): told for number, told in SAID.findall("\n".join(texts))}


def main(paths: list[str]) -> None:
    for path in map(Path, paths):
        found = said(path)
        right = [number for number, told in sorted(found.items()) if told == "Right."]
        print(f"{path.name}: {len(right)} right: {', '.join(map(str, right)) or 'none'}")


if __name__ == "__main__":
    main(sys.argv[1:])
