"""What a sample site is: a story, a shape, what it asks for, and the verdict it is meant to get."""

from __future__ import annotations

from dataclasses import dataclass

import shapely
from shapely import Geometry, Polygon

from spatialhub.demo.plots import Rect
from spatialhub.precedence.model import Approval, Verdict
from spatialhub.spatial.model import Form, Level


@dataclass(frozen=True, slots=True)
class SamplePart:
    """A parcel of a sample site as its file gives it."""

    name: str
    geometry: Polygon
    use: str
    use_name: str
    max_height_m: float | None = None


@dataclass(frozen=True, slots=True)
class SampleSite:
    """A sample site. `use`, `crs`, `form`, `level` and `min_area_m2` are the options that its check needs; what the
    file itself says is not repeated there. `approvals` come in a file of their own beside the site's."""

    key: str
    file: str
    title: str
    story: str
    expected: Verdict
    parts: tuple[SamplePart, ...]
    use: str | None = None
    crs: str | None = None
    form: Form = Form.AREA
    level: Level = Level.SURFACE
    min_area_m2: float | None = None
    approvals: tuple[Approval, ...] = ()
    quiet: bool = True

    @property
    def options(self) -> dict[str, object]:
        """Options of the check: what the file does not say itself; None where not needed."""
        said_by_file = self.file.endswith((".gpkg", ".geojson"))
        return {
            "crs": self.crs,
            "use": self.use,
            "accept": "use" if self.file.endswith(".txt") and self.use is None else None,  # its words are confirmed
            "form": None if said_by_file or self.form is Form.AREA else self.form.value,
            "level": None if said_by_file or self.level is Level.SURFACE else self.level.value,
            "min_area_m2": self.min_area_m2,
        }

    @property
    def geometry(self) -> Geometry:
        """All parts together."""
        return shapely.union_all([part.geometry for part in self.parts])


def one(key: str, file: str, title: str, rect: Rect, use_code: str, use_name: str, /, **facts) -> SampleSite:
    """A site of one rectangular parcel."""
    return SampleSite(key, file, title, parts=(part("地块一", rect, use_code, use_name),), **facts)


def part(name: str, rect: Rect, use: str, use_name: str) -> SamplePart:
    return SamplePart(name, rect.geometry, use, use_name)
