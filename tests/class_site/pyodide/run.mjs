// node run.mjs PYODIDE PROGRAM FOLDER...: run a Python program in Pyodide, which sees the folders.
// Its own standard library comes from the npm package; nothing is fetched.
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [pyodide, program, ...folders] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodide, "pyodide.mjs")).href);
const python = await loadPyodide({ indexURL: pyodide });
folders.forEach((folder, number) => {
  python.FS.mkdirTree(`/mnt/${number}`);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, `/mnt/${number}`);
});
python.globals.set("folders", python.toPy(folders.map((_, number) => `/mnt/${number}`)));
python.runPython(readFileSync(program, "utf8"));
