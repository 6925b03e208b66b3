"""Format × variant × encoding × coordinate system × kind of geometry: whatever comes in, the same site comes out."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatialhub.errors import CrsMissing, CrsRefused
from tests import office
from tests.intake.gis import SQUARE, moved
from tests.intake.inside import codes, read, words
from tests.intake.writers import NAME, REFUSED, VARIANTS

HOLED = shapely.Polygon(
    SQUARE.exterior.coords,
    [[(467820, 3846920), (467820, 3846960.5), (467840.25, 3846960.5), (467840.25, 3846920)],
     [(467860, 3846920), (467860, 3846930), (467870, 3846930), (467870, 3846920)]],
)  # fmt: skip
L_SHAPED = shapely.Polygon([(467800, 3846900), (467900, 3846900), (467900, 3846950.125), (467850, 3846950.125),
                            (467850, 3847000), (467800, 3847000)])  # fmt: skip
KINDS = {
    "polygon": [L_SHAPED],
    "hole": [HOLED],
    "several": [L_SHAPED, moved(SQUARE, 200), moved(HOLED, 400)],
    "multi-part": [shapely.MultiPolygon([L_SHAPED, moved(SQUARE, 150)])],
    "multi-part with holes": [shapely.MultiPolygon([HOLED, moved(HOLED, 150)]), moved(SQUARE, 400)],
}
CASES = [
    pytest.param(variant, epsg, kind, id=f"{variant.name}-{epsg}-{kind}")
    for variant in VARIANTS
    for epsg in variant.systems
    for kind in KINDS
]
NEAR_M = 0.002  # most variants are written to the millimetre


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("variant", "epsg", "kind"), CASES)
def test_site_is_read(tmp_path, variant, epsg, kind):
    shapes = KINDS[kind]
    path = variant.write(tmp_path, shapes, epsg)
    options = {} if variant.says else {"crs": epsg}
    site = read(path, **options)
    whole = shapely.union_all([part.geometry for part in site.parts])
    wanted = shapely.union_all(shapes)
    assert shapely.hausdorff_distance(whole, wanted, densify=0.5) < NEAR_M
    assert whole.area == pytest.approx(wanted.area, abs=1.0)
    assert _holes(whole) == _holes(wanted)
    if variant.multi:
        assert len(site.parts) == len(shapes)
    if variant.named:
        assert {part.name for part in site.parts} == {NAME}
    if variant.encoding:
        assert site.source.encoding == {"utf-8-sig": "utf-8"}.get(variant.encoding, variant.encoding)
    told = "datum_identity" in codes(site)
    assert told == (epsg == 4326)
    assert site.source.crs in {f"EPSG:{epsg}", f"EPSG:{epsg - 21}"}


WRITING = ("geojson", "geojson by gdal", "shp gbk with cpg", "gpkg", "gdb", "fgb", "gml GML3.2", "ewkt")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("epsg", REFUSED)
@pytest.mark.parametrize("variant", [one for one in VARIANTS if one.name in WRITING], ids=lambda one: one.name)
def test_system_that_cannot_be_brought_in_is_refused_in_both_languages(tmp_path, variant, epsg):
    path = variant.write(tmp_path, [SQUARE], epsg)
    with pytest.raises(CrsRefused) as refusal:
        read(path)
    assert REFUSED[epsg] in words(refusal.value, "zh")
    assert "CGCS2000" in words(refusal.value, "en")


@pytest.mark.parametrize("kind", KINDS)
def test_spreadsheet_of_libreoffice_is_read(tmp_path, kind):
    source = next(one for one in VARIANTS if one.name == "xlsx").write(tmp_path, KINDS[kind], 4526)
    (book,) = office.convert(tmp_path / "saved again", "xlsx", source)
    assert book.read_bytes() != source.read_bytes()
    site = read(book, crs=4526)
    whole = shapely.union_all([part.geometry for part in site.parts])
    assert shapely.hausdorff_distance(whole, shapely.union_all(KINDS[kind]), densify=0.5) < NEAR_M
    assert {part.name for part in site.parts} == {NAME}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("variant", [one for one in VARIANTS if not one.says], ids=lambda one: one.name)
def test_silent_file_is_asked_about_in_both_languages(tmp_path, variant):
    path = variant.write(tmp_path, [SQUARE], 4547)
    with pytest.raises(CrsMissing) as refusal:
        read(path)
    for language in ("zh", "en"):
        assert "4547" in words(refusal.value, language)
        assert "--crs" in words(refusal.value, language)


def _holes(geometry) -> int:
    return int(np.sum(shapely.get_num_interior_rings(shapely.get_parts(geometry))))
