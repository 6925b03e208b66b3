"""What a batch is about: a file whose features are sites, or a folder of files, as numbered jobs.

Features of a file are read at once in one contained child. A folder's files are by default one site each; those are
read by the workers, a contained child each.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from spatialhub.batch.work import Job
from spatialhub.errors import BrokenFile, NoSites, OptionError, SpatialHubError
from spatialhub.intake.sites import FeatureFile, FeatureRow, read_features
from spatialhub.intake.upload import inspect
from spatialhub.messages import Words
from spatialhub.spatial.model import Issue

Each = Literal["feature", "file"]
_BESIDE = {".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd", ".qml"}  # what may stand beside a .shp
_PASSED_OVER = {"thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the sites are and what is said of them. `each` None: the features of a file, the files of a folder.
    `use` holds for all and wins; `use_field` and `name_field` are columns; with `use_of_file` what 地块用途 and
    地类编码 mean is taken, where they mean one use. `out` is left out of a folder."""

    path: Path
    each: Each | None = None
    crs: int | None = None
    encoding: str | None = None
    sublayer: str | None = None
    axes: str | None = None
    use: str | None = None
    use_field: str | None = None
    name_field: str | None = None
    use_of_file: bool = False
    out: Path | None = None

    @property
    def by_feature(self) -> bool:
        """Whether every feature is a site."""
        return (self.each or ("file" if self.path.is_dir() else "feature")) == "feature"

    @property
    def reading(self) -> dict[str, Any]:
        """What is said of the coordinates and letters of files."""
        return {"crs": self.crs, "encoding": self.encoding, "sublayer": self.sublayer}


@dataclass(frozen=True, slots=True)
class Gathered:
    """The jobs in order, numbered from 1; `files` are the files of their features without rows; `sha256` names the
    content of all that was read; `issues` are findings about files as a whole."""

    jobs: tuple[Job, ...]
    files: tuple[FeatureFile, ...]
    sha256: str
    issues: tuple[Issue, ...]


def gather(asked: Asked, *, epsg: int) -> Gathered:
    """Read what there is to check.

    Raises
    ------
    SpatialHubError
        The one file named is refused. In a folder a refused file is a job that will be refused.
    NoSites
        There is nothing to check.
    """
    path = asked.path
    if not path.exists():
        raise BrokenFile(str(path), reason=Words.of("broken_no_file"))
    _demand_fitting(asked)
    if path.is_dir():
        found = _folder(asked, epsg)
    elif asked.by_feature:
        file = read_features(path, epsg=epsg, **asked.reading)
        found = Gathered(_features(file, 0, asked), (replace(file, rows=()),), file.source.sha256, file.issues)
    else:
        found = Gathered((_whole(path, path.name, asked),), (), inspect(path).sha256, ())
    if not found.jobs:
        raise NoSites(str(path))
    return replace(found, jobs=tuple(replace(job, number=n) for n, job in enumerate(found.jobs, 1)))


def _demand_fitting(asked: Asked) -> None:
    if asked.by_feature and asked.axes:
        raise OptionError("--axes", found=asked.axes, allowed="--each file")
    if not asked.by_feature and (column := asked.use_field or asked.name_field):
        option = "--use-field" if asked.use_field else "--name-field"
        raise OptionError(option, found=column, allowed="--each feature")


def _folder(asked: Asked, epsg: int) -> Gathered:
    jobs: list[Job] = []
    files: list[FeatureFile] = []
    issues: list[Issue] = []
    digest = hashlib.sha256()
    for path in _files(asked):
        place = str(path.relative_to(asked.path))
        try:
            sha256 = inspect(path).sha256
            digest.update(f"{sha256} {place}\n".encode("utf-8", "surrogateescape"))
            if not asked.by_feature:
                jobs.append(_whole(path, place, asked))
                continue
            file = read_features(path, epsg=epsg, **asked.reading)
        except SpatialHubError as error:
            digest.update(f"- {place}\n".encode("utf-8", "surrogateescape"))
            jobs.append(Job(0, place, Path(place).stem, row=FeatureRow(place, refusal=error)))
            continue
        jobs += _features(file, len(files), asked)
        files.append(replace(file, rows=()))
        issues += file.issues
    return Gathered(tuple(jobs), tuple(files), digest.hexdigest(), tuple(issues))


def _files(asked: Asked) -> Iterator[Path]:
    """Files in order of their path; what the desktop and a Shapefile keep beside them is passed over."""
    for folder, below, names in os.walk(asked.path):
        out = asked.out.resolve() if asked.out else None
        below[:] = sorted(one for one in below if not one.startswith(".") and (Path(folder) / one).resolve() != out)
        shapefiles = {Path(name).stem for name in names if name.lower().endswith(".shp")}
        for name in sorted(names):
            path = Path(name)
            beside = path.suffix.lower() in _BESIDE and path.stem in shapefiles
            if not (
                beside or name.startswith(".") or name.lower() in _PASSED_OVER or name.lower().endswith(".shp.xml")
            ):
                yield Path(folder) / name


def _whole(path: Path, place: str, asked: Asked) -> Job:
    return Job(0, place, Path(place).stem, use=asked.use, path=str(path.resolve()))


def _features(file: FeatureFile, number: int, asked: Asked) -> tuple[Job, ...]:
    for option, column in (("--use-field", asked.use_field), ("--name-field", asked.name_field)):
        if column is not None and column not in file.fields:
            raise OptionError(option, found=column, allowed=file.fields or "—")
    return tuple(_feature(row, number, asked) for row in file.rows)


def _feature(row: FeatureRow, file: int, asked: Asked) -> Job:
    columns = row.attributes or {}
    use = asked.use or (_text(columns.get(asked.use_field)) if asked.use_field else "") or None
    name = (_text(columns.get(asked.name_field)) if asked.name_field else row.title) or row.place
    return Job(0, row.place, name, use=use, file=file, row=row)


def _text(value: object) -> str:
    """A cell as text; a whole number without the point that a column of numbers gives it."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()
