"""DXF: which lines become the site, how arcs are stroked, what is asked and what is said."""

from __future__ import annotations

import ezdxf
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatialhub.errors import BrokenFile, ChoiceNeeded, NoArea, UnknownFormat
from spatialhub.intake import arcs
from tests.intake.gis import SQUARE, moved
from tests.intake.inside import codes, read, values, words

RING = list(SQUARE.exterior.coords)[:-1]


def drawn(tmp_path, *add, version="R2010"):
    document = ezdxf.new(version)
    for one in add:
        one(document.modelspace(), document)
    document.saveas(tmp_path / "a.dxf")
    return tmp_path / "a.dxf"


def line(layer, ring=RING, **options):
    return lambda space, _: space.add_lwpolyline(ring, close=True, dxfattribs={"layer": layer, **options})


@pytest.mark.parametrize("layer", ["项目红线", "用地红线", "HX", "红线", "项目范围线", "JZX"])
def test_layer_called_like_a_site_is_taken_and_said(tmp_path, layer):
    site = read(drawn(tmp_path, line(layer), line("道路红线", moved(SQUARE, 500).exterior.coords)), crs=4547)
    assert shapely.equals(site.parts[0].geometry, SQUARE)
    assert values(site, "dxf_layer_taken")["layer"] == layer
    assert values(site, "dxf_layer_taken")["others"] == "道路红线（1）"


@pytest.mark.parametrize(
    "layers", [("0", "1"), ("项目红线", "用地红线"), ("道路红线", "河道蓝线"), ("项目红线辅助线", "A")]
)
def test_several_layers_or_none_that_fit_are_asked_about(tmp_path, layers):
    path = drawn(tmp_path, *(line(layer, moved(SQUARE, 200 * i).exterior.coords) for i, layer in enumerate(layers)))
    with pytest.raises(ChoiceNeeded) as question:
        read(path, crs=4547)
    assert set(question.value.params["choices"]) == set(layers)
    for language in ("zh", "en"):
        assert "--sublayer" in words(question.value, language)
    assert len(read(path, crs=4547, sublayer=layers[1]).parts) == 1


def test_only_layer_there_is_is_taken_and_said(tmp_path):
    assert codes(read(drawn(tmp_path, line("0")), crs=4547)) == ["dxf_layer_taken"]


def test_layer_that_is_not_there_is_asked_about(tmp_path):
    with pytest.raises(ChoiceNeeded):
        read(drawn(tmp_path, line("项目红线")), crs=4547, sublayer="别的")


@pytest.mark.parametrize("flip", [1, -1])
def test_bulges_are_stroked_within_a_millimetre(tmp_path, flip):
    ends = [(467800, 3846900, 0, 0, 1), (467900, 3846900, 0, 0, 1)]
    if flip < 0:  # seen from below: x is mirrored and the arc runs the other way round
        ends = [(-x, y, a, b, -bulge) for x, y, a, b, bulge in ends]
    circle = drawn(tmp_path, line("红线", ends, extrusion=(0, 0, flip)))
    site = read(circle, crs=4547)
    area = site.parts[0].geometry.area
    assert 0 < np.pi * 50**2 - area < 2 * np.pi * 50 * 0.001
    assert values(site, "arcs_stroked") == {"place": "a.dxf", "count": "2", "tolerance_m": "0.001"}


@given(st.floats(-20, 20).filter(lambda b: abs(b) > 1e-3), st.floats(1, 5000), st.floats(-np.pi, np.pi))
def test_chords_lie_on_the_arc_that_ezdxf_makes_of_the_bulge(bulge, length, turn):
    from ezdxf.math import bulge_to_arc

    start = np.array([467800.0, 3846900.0])
    end = start + length * np.array([np.cos(turn), np.sin(turn)])
    centre, first, last, radius = bulge_to_arc(tuple(start), tuple(end), bulge)
    points = arcs.chords(bulge, start, end)
    if len(points) == 0:
        return
    away = np.hypot(*(points - np.array([centre.x, centre.y])).T)
    assert np.abs(away - radius).max() < 1e-5 * max(1, radius)
    angle = (np.arctan2(*(points[len(points) // 2] - np.array([centre.x, centre.y]))[::-1]) - first) % (2 * np.pi)
    assert angle <= (last - first) % (2 * np.pi) + 1e-6


def test_circle_and_whole_ellipse_are_areas(tmp_path):
    path = drawn(
        tmp_path,
        lambda space, _: space.add_circle((467800, 3846900), 30, dxfattribs={"layer": "红线"}),
        lambda space, _: space.add_ellipse((468000, 3846900), (40, 0), 0.5, dxfattribs={"layer": "红线"}),
    )
    areas = [part.geometry.area for part in read(path, crs=4547).parts]
    assert areas == pytest.approx([np.pi * 900, np.pi * 40 * 20], rel=1e-3)


def test_ring_in_a_ring_is_a_hole_and_said(tmp_path):
    inner = shapely.box(467820, 3846920, 467840, 3846940)
    island = shapely.box(467825, 3846925, 467830, 3846930)
    path = drawn(tmp_path, *(line("红线", one.exterior.coords) for one in (island, SQUARE, inner)))
    site = read(path, crs=4547)
    assert sorted(part.geometry.area for part in site.parts) == [25.0, 9600.0]
    assert codes(site).count("ring_as_hole") == 1


def test_lines_that_do_not_close_are_said_with_the_gap(tmp_path):
    def nearly(space, _):
        space.add_lwpolyline([*RING, (RING[0][0], RING[0][1] + 0.3)], dxfattribs={"layer": "红线"})

    site = read(drawn(tmp_path, line("红线", moved(SQUARE, 300).exterior.coords), nearly), crs=4547)
    assert len(site.parts) == 1
    assert values(site, "dxf_open")["gap_m"] == "0.300"
    with pytest.raises(NoArea) as refusal:
        read(drawn(tmp_path, nearly), crs=4547)
    for language in ("zh", "en"):
        assert "0.300" in words(refusal.value, language)


def test_ends_that_meet_close_a_line_that_is_not_flagged(tmp_path):
    path = drawn(tmp_path, lambda space, _: space.add_lwpolyline([*RING, RING[0]], dxfattribs={"layer": "红线"}))
    assert read(path, crs=4547).parts[0].geometry.area == 10_000


def test_lines_in_blocks_paper_space_and_tilted_ones_are_counted_not_read(tmp_path):
    def block(space, document):
        document.blocks.new("甲").add_lwpolyline([(0, 0), (9, 0), (9, 9)], close=True)
        for at in (1, 2):
            space.add_blockref("甲", (at, at))

    def paper(_, document):
        style = {"layer": "用地红线"}
        document.layout("Layout1").add_lwpolyline([(0, 0), (9, 0), (9, 9)], close=True, dxfattribs=style)

    tilted = line("红线", extrusion=(0, 0.6, 0.8))
    site = read(drawn(tmp_path, line("红线"), block, paper, tilted), crs=4547)
    assert len(site.parts) == 1
    assert values(site, "dxf_blocks")["count"] == "2"
    assert values(site, "dxf_tilted")["count"] == "1"


def test_binary_dxf_is_refused_with_the_way_out(tmp_path):
    (tmp_path / "a.dxf").write_bytes(b"AutoCAD Binary DXF\r\n\x1a\0" + bytes(100))
    with pytest.raises(UnknownFormat) as refusal:
        read(tmp_path / "a.dxf", crs=4547)
    assert "ASCII" in words(refusal.value, "zh") and "ASCII" in words(refusal.value, "en")


@pytest.mark.parametrize(
    ("change", "code"),
    [(lambda text: text[: len(text) // 2], "broken_dxf"),
     (lambda text: text.replace("467900.0", "467900,0"), "dxf_number"),
     (lambda text: text.replace("  0\nSECTION", "zero\nSECTION", 1), "dxf_code")],
)  # fmt: skip
def test_damaged_dxf_is_refused_at_its_line_in_both_languages(tmp_path, change, code):
    path = drawn(tmp_path, line("红线"))
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    with pytest.raises(BrokenFile) as refusal:
        read(path, crs=4547)
    assert code.removeprefix("broken_") in str(refusal.value.params["reason"])
    for language in ("zh", "en"):
        assert "a.dxf" in words(refusal.value, language)


def test_declared_code_page_that_does_not_hold_is_refused(tmp_path):
    path = drawn(tmp_path, line("项目红线"))
    path.write_bytes(path.read_bytes().replace("项目红线".encode(), "项目红线".encode("gbk")))
    with pytest.raises(BrokenFile) as refusal:
        read(path, crs=4547)
    assert "utf-8" in words(refusal.value, "en")
    assert read(path, crs=4547, encoding="gbk").parts[0].geometry.area == 10_000


@pytest.mark.parametrize("bulge", [1e-300, 1e-16, 1e-12, 1e-9])
def test_arc_no_higher_than_a_hair_is_its_chord(bulge):
    start, end = np.array([467_800.0, 3_846_900.0]), np.array([468_300.0, 3_846_900.0])
    points = arcs.chords(bulge, start, end)
    assert np.isfinite(points).all()
    assert (np.abs(points[:, 1] - 3_846_900.0) < arcs.TOLERANCE_M).all()
    assert ((points[:, 0] > 467_800) & (points[:, 0] < 468_300)).all()


@pytest.mark.parametrize("radius", [1e13, 1e300])
def test_circle_beyond_reckoning_has_chords_all_the_same(radius):
    assert 3 < len(arcs.circle(np.zeros(2), radius)) < 5000
