"""A ruling by kinds of covers, filled with features, is the ruling on the features themselves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spatialhub.precedence.engine import rule_on
from spatialhub.precedence.model import Cover, PartTraits, Situation
from spatialhub.precedence.rulebook import CoverKind, Rulebook, Setting, rulebook_of
from spatialhub.spatial.model import Level, Manner
from tests import bench

CLASSES = {
    "land_use_plan": ("2111", "111", "13", "?"), "urban_rural_plan": ("R2", "G1", "E2"), "survey": ("0101", "0301"),
    "eco_redline": ("",), "farmland_pbf": ("",), "line_green": ("",), "line_orange": ("",),
    "urban_boundary": ("城镇集中建设区", "特别用途区"), "control_zone": ("040", "010", "?"), "admin_area": ("",),
}  # fmt: skip
COVER = st.sampled_from(sorted(CLASSES)).flatmap(
    lambda layer: st.builds(
        Cover,
        layer=st.just(layer),
        feature=st.sampled_from(("a", "b/c", "10", "9")),
        class_code=st.sampled_from(CLASSES[layer]),
        reserved_for=st.sampled_from(("", "0804")),
    )
)
PART = st.builds(
    PartTraits,
    number=st.integers(1, 2),
    use=st.sampled_from((None, "070102", "0804", "1207")),
    level=st.sampled_from(list(Level)),
    manner=st.sampled_from(list(Manner)),
)


@given(
    parts=st.lists(PART, min_size=1, max_size=2),
    covers=st.lists(COVER, max_size=7, unique_by=lambda cover: (cover.layer, cover.feature)),
    unchecked=st.frozensets(st.sampled_from(("land_use_plan", "survey")), max_size=1),
    approved=st.frozensets(st.sampled_from((("eco_redline", ""), ("farmland_pbf", "a"), ("eco_redline", "10")))),
)
def test_a_filled_template_is_the_ruling_on_the_features(parts, covers, unchecked, approved):
    catalogue, policy = bench.catalogue(), bench.city().policy
    situation = Situation(tuple(parts), tuple(sorted(covers)), unchecked, approved)
    book = Rulebook(catalogue, policy)
    whole = frozenset(layer for layer, feature in approved if not feature)
    setting = book.setting(Setting(tuple(parts), unchecked), whole)
    rows = [
        (book.kind(CoverKind(row.layer, row.class_code, row.reserved_for, (row.layer, row.feature) in approved)), row)
        for row in covers
    ]
    slots = sorted((row for row in rows if row[0] >= 0), key=lambda row: row[0])
    template = book.rule(setting, tuple(kind for kind, _ in slots))
    ruling = rule_on(situation, catalogue=catalogue, policy=policy)
    assert template.filled([row.feature for _, row in slots]) == ruling
    assert template.conformity is ruling.conformity


def test_features_that_no_ruling_depends_on_are_of_no_kind():
    book = Rulebook(bench.catalogue(), bench.city().policy)
    assert book.kind(CoverKind("admin_area")) == -1
    assert book.kind(CoverKind("eco_redline")) == book.kind(CoverKind("eco_redline")) >= 0


def test_one_catalogue_and_policy_have_one_rulebook():
    catalogue, policy = bench.catalogue(), bench.city().policy
    assert rulebook_of(catalogue, policy) is rulebook_of(catalogue, policy)
