"""A Shapefile is several files: it is imported and kept as one archive, always the same for the same files."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spatialhub.intake.upload import inspect

_EPOCH = (1980, 1, 1, 0, 0, 0)


@contextmanager
def one_file(path: Path, scratch: Path) -> Iterator[Path]:
    """Yield the file itself, or for an unzipped Shapefile an archive of its files in `scratch`.

    Raises
    ------
    IntakeError
        The file is not there, or is none that is read.
    """
    if path.suffix.lower() != ".shp":
        yield path
        return
    files = inspect(path).files
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".packing-", dir=scratch) as folder:
        packed = Path(folder) / archive_name(path.name)
        with zipfile.ZipFile(packed, "w") as archive:
            for one in sorted(files, key=lambda file: file.suffix.lower()):
                entry = zipfile.ZipInfo(path.stem + one.suffix.lower(), _EPOCH)
                with one.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target, 1 << 20)
        yield packed


def archive_name(name: str) -> str:
    """Name under which a source is kept: that of the archive for an unzipped Shapefile."""
    return f"{name}.zip" if name.lower().endswith(".shp") else name
