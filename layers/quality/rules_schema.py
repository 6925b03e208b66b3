"""Schema of files of quality rules; `help` is printed in docs/quality.md."""

from __future__ import annotations

from collections.abc import Mapping

from layers.quality.model import UNITS, Severity
from spatialhub.datafile import Key, Schema

_WORDS = {"zh": Key(required=True, help="Chinese."), "en": Key(required=True, help="English.")}

RULE: Schema = {
    "key": Key(required=True, help="Name of the rule; a later row of that name replaces it for the layers it names."),
    "check": Key(required=True, one_of=tuple(UNITS), help="What is looked for."),
    "layers": Key(list, required=True, items=str, help="Layers by key, `tessellating` or `all`."),
    "severity": Key(required=True, one_of=tuple(Severity), help="How bad a finding is; `off`: not looked for."),
    "blocks": Key(bool, help="Whether a finding must be accepted before release (default: an error does)."),
    "source": Key(required=True, help="What the rule stands on: a standard, or the bureau's own word."),
    "title": Key(dict, each=_WORDS, help="The rule in words (default: those of its check)."),
    "remedy": Key(dict, each=_WORDS, help="What to do about a finding (default: that of its check)."),
    "width_m": Key(float, help="`mismatch`, `beyond`: what is nowhere wider; `sliver`: mean width below this; metres."),
    "area_m2": Key(float, help="`sliver`: area below this; m²."),
    "least_m2": Key(float, help="`overlap`, `gap`, `edge_gap`, `beyond`: findings below this area are left out; m²."),
    "share": Key(float, help="`near_duplicate`: share of the smaller feature; `area_field`: of the area."),
    "edge_m": Key(float, help="`long_edge`: edges above this; `spike`: both sides at least this; metres."),
    "angle_deg": Key(float, help="`spike`: corners sharper than this; degrees."),
    "fields": Key(list, items=str, help="`mandatory`, `unique`, `length`, `range`, `code`: the columns."),
    "field": Key(help="`area_field`, `difference`: the column."),
    "minus": Key(list, items=str, help="`difference`: `field` must be the first of these less the others."),
    "codes": Key(list, items=str, help="`code`: allowed values (default: the layer's crosswalk)."),
    "digits": Key(list, items=int, help="`length`: allowed lengths of the text."),
    "least": Key(float, help="`range`: smallest value."),
    "most": Key(float, help="`range`: largest value."),
    "above": Key(float, help="`range`: the value must be larger than this."),
    "unit": Key(one_of=("m2", "ha", "mu"), help="`area_field`: unit of the column (default `m2`)."),
    "basis": Key(one_of=("ellipsoid", "plane"), help="`area_field`: which area it states (default `ellipsoid`)."),
    "tolerance_m2": Key(float, help="`area_field`, `difference`: allowed difference, m²."),
    "least_by_class": Key(
        list,
        each={
            "prefixes": Key(list, required=True, items=str, help="Class codes that begin so; empty: all others."),
            "area_m2": Key(float, required=True, help="Smallest area to be mapped, m²."),
        },
        help="`least_area`: the first row that matches decides.",
    ),
    "absent": Key(
        one_of=("skip", "find"), help="`mandatory`: what a missing column means: not looked for, or every feature."
    ),
}  # fmt: skip

FILE: Schema = {
    "holds": Key(required=True, one_of=("quality",), help="What the file holds: `quality`."),
    "city": Key(help="Key of the city the file is for; absent: every city."),
    "rule": Key(list, required=True, each=RULE, help="The rules."),
}

# What a check cannot do without.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "near_duplicate": ("share",),
    "mismatch": ("width_m",),
    "beyond": ("width_m",),
    "sliver": ("width_m", "area_m2"),
    "long_edge": ("edge_m",),
    "spike": ("angle_deg", "edge_m"),
    "least_area": ("least_by_class",),
    "mandatory": ("fields",),
    "unique": ("fields",),
    "length": ("fields", "digits"),
    "range": ("fields",),
    "area_field": ("field", "tolerance_m2", "share"),
    "difference": ("field", "minus", "tolerance_m2"),
}
TITLES = ("key", "check", "layers", "severity", "blocks", "source", "title", "remedy")
