"""LibreOffice for tests: does a document open, and what does it show? Without one the test skips and says why."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

_MOST_S = 180
INSTALL = "needs office: apt-get install -y --no-install-recommends libreoffice-writer-nogui libreoffice-calc-nogui"


def to_pdf(folder: Path, *paths: Path) -> list[Path]:
    """Convert documents to PDF in one go; a document that has to be repaired is not converted by this."""
    return convert(folder, "pdf", *paths)


def convert(folder: Path, kind: str, *paths: Path) -> list[Path]:
    """Convert documents into files of a kind (its ending) in a folder."""
    program = shutil.which("soffice")
    if not program:
        pytest.skip(INSTALL)
    # A profile of its own: two runs at once would wait for each other.
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", kind, "--outdir", str(folder), *map(str, paths)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    try:
        _, said = process.communicate(timeout=_MOST_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the program is a script: what it started would go on
        process.wait()
        raise
    assert process.returncode == 0, said.decode(errors="replace")
    return [folder / f"{path.stem}.{kind.partition(':')[0]}" for path in paths]
