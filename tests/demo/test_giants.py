import numpy as np
import shapely

from spatialhub.demo.giants import cut_corners, grow


def test_cutting_corners_keeps_an_outline_inside_itself():
    square = shapely.box(0, 0, 8, 8)
    cut = cut_corners(square, times=1)
    assert square.covers(cut) and shapely.get_num_coordinates(cut) == 9
    assert cut.area == 64 - 4 * 2


def test_what_is_grown_is_valid_on_the_millimetre_and_inside_the_outline():
    outline = shapely.Point(0, 0).buffer(5_000)

    def ring(east, north):
        return np.hypot(east, north) > 2_000

    grown = grow(outline, ring, np.random.default_rng(1), cell_m=150)
    assert grown.is_valid and outline.covers(grown)
    assert not grown.contains(shapely.Point(0, 0))
    assert shapely.get_num_interior_rings(shapely.get_parts(grown)).sum() >= 1
