"""The rules of the house, held by the machine: direction of imports, purity, sizes, no address, no city by name."""

from __future__ import annotations

import ast
import configparser
import os
import re
import subprocess
import sys
from functools import cache
from glob import glob
from pathlib import Path

import pytest

from tests.places import ROOT

PACKAGES = ("spatialhub", "layers", "webmap", "migrations", "benchmarks")
HEAVY = {"pandas", "geopandas", "fiona", "pyogrio", "sqlalchemy", "geoalchemy2", "flask", "folium", "alembic"}
LONGEST_FUNCTION = 60
# Written in halves so that this file does not name an address itself.
REGISTRIES = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com", "npmmirror" + ".com",
              "yarnpkg" + ".com", "registry." + "npm", "jsdelivr" + ".net", "unpkg" + ".com", "--index" + "-url",
              "tuna.tsinghua" + ".edu.cn", "mirrors." + "aliyun")  # fmt: skip
CITY_BY_NAME = re.compile(r"""\bcity(\.\w+)?\s*(==|!=|\bin\b)\s*[\(\[\{]?\s*["']""")


@cache
def committed() -> tuple[Path, ...]:
    """Files of the project: what git knows or would take; in an archive without git, everything."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return tuple(path for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts)
    return tuple(path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file())


def python_files(*folders: str) -> list[Path]:
    """Python files of the project, in the folders named or everywhere."""
    found = [path for path in committed() if path.suffix == ".py"]
    return [path for path in found if not folders or path.relative_to(ROOT).parts[0] in folders]


def run(*command: str) -> subprocess.CompletedProcess:
    """Run a command in the checkout."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def tool(name: str) -> str:
    """Path of a tool installed beside this Python."""
    path = Path(sys.executable).parent / name
    if not path.is_file():
        pytest.skip(f"{name} is not installed beside this Python: `make test` installs it")
    return str(path)


def test_imports_run_downward_only():
    done = run(tool("lint-imports"))
    assert done.returncode == 0, done.stdout


def test_every_module_has_its_line_in_the_contract():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    listed = set(re.findall(r"[\w.]+", config["importlinter:contract:journey"]["layers"]))
    modules = {path.stem for path in (ROOT / "spatialhub").glob("*.py")} - {"__init__", "__main__"}
    packages = {path.parent.name for path in (ROOT / "spatialhub").glob("*/__init__.py")}
    data_only = {"schemas"}
    assert {f"spatialhub.{name}" for name in (modules | packages) - data_only} <= listed


def test_a_check_loads_nothing_heavy():
    code = "import sys, spatialhub.check; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
    assert not HEAVY & set(done.stdout.split())


def test_importing_spatialhub_loads_nothing_of_it():
    code = "import sys, spatialhub; print(*[name for name in sys.modules if name.startswith('spatialhub.')])"
    assert run(sys.executable, "-c", code).stdout.split() == []
    tree = ast.parse((ROOT / "spatialhub" / "__init__.py").read_text("utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]


def test_every_python_folder_is_a_package():
    folders = {folder for path in python_files(*PACKAGES, "tests") for folder in _folders(path)}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def _folders(path: Path) -> list[Path]:
    """Folders from a file up to, not including, the checkout; `benchmarks` are scripts."""
    return [folder for folder in path.parents if ROOT in folder.parents and folder.name != "benchmarks"]


def test_no_file_names_a_registry():
    found = []
    for path in committed():
        text = path.read_bytes().decode("utf-8", "ignore").lower()
        found += [f"{path.relative_to(ROOT)}: {address}" for address in REGISTRIES if address in text]
    assert found == []


def test_no_function_is_longer_than_sixty_lines():
    """A migration is a list of columns and may be as long as its table."""
    found = []
    for path in [path for path in python_files() if path.parent.name != "versions"]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines} lines")
    assert found == []


def test_no_code_asks_for_a_city_by_name():
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in python_files(*PACKAGES)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if CITY_BY_NAME.search(line)
    ]
    assert found == []


def test_foreign_files_are_opened_in_intake_only():
    done = run(tool("ruff"), "check", "--select", "TID251", "--no-cache", "--output-format", "concise", *PACKAGES[:4])
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "line",
    [
        "import fiona\nfiona.open('x')",
        "from shapely import from_wkt\nfrom_wkt('x')",
        "import shapely.wkb as w\nw.loads(b'')",
        "import pyogrio.raw\npyogrio.raw.read('x')",
        "import geopandas as g\ng.read_file('x')",
    ],
)
def test_the_rule_sees_an_opener_of_foreign_files(line, tmp_path):
    command = [tool("ruff"), "check", "--config", str(ROOT / ".ruff.toml"), "--select", "TID251", "--no-cache", "-"]
    done = subprocess.run(command, cwd=tmp_path, input=line, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "spatialhub.intake" in done.stdout


def test_archive_holds_what_the_packages_need():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    globs = config["options.package_data"]
    inside = [path for path in committed() if path.relative_to(ROOT).parts[0] in globs]
    data = [path for path in inside if path.suffix in {".toml", ".json", ".html", ".css", ".js", ".lock", ".mako"}]
    missing = [path for path in data if not _is_packaged(path, globs)]
    assert [str(path.relative_to(ROOT)) for path in missing] == []


def _is_packaged(path: Path, globs: configparser.SectionProxy) -> bool:
    package = path.relative_to(ROOT).parts[0]
    folder = ROOT / package
    taken = {name for pattern in globs[package].split() for name in glob(pattern, root_dir=folder, recursive=True)}
    return str(path.relative_to(folder)) in taken


def test_settings_are_read_when_asked_never_at_import():
    environment = {**os.environ, "SPATIALHUB_HOME": "/nowhere/else"}
    code = "from spatialhub import settings; import os; os.environ['SPATIALHUB_HOME'] = '/here'; print(settings.home())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "/here"
