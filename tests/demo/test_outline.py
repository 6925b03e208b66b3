from spatialhub.demo import design
from spatialhub.demo.outline import city_outline, districts


def test_zhengzhou_has_its_twelve_districts():
    codes = [district.code for district in districts()]
    assert len(codes) == 12 and all(code.startswith("4101") for code in codes)
    assert {"金水区", "中牟县", "登封市"} <= {district.name for district in districts()}


def test_outlines_are_valid_and_together_as_large_as_the_package_says():
    assert all(district.geometry.is_valid for district in districts())
    assert 7_500e6 < city_outline().area < 7_600e6


def test_districts_hardly_overlap():
    total = sum(district.geometry.area for district in districts())
    assert abs(total - city_outline().area) < 1e-6 * total


def test_study_area_lies_inside_the_city():
    assert city_outline().covers(design.study_area())
