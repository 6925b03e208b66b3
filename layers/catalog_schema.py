"""Schemas of the catalogue's files: layers by family, uses, crosswalks. `help` is printed in docs/data-files.md."""

from __future__ import annotations

from spatialhub.catalogue import Effect, Family, Kind, SpeaksFor
from spatialhub.datafile import Key, Schema
from spatialhub.spatial.model import Level, Manner

AUDIENCES = ("analyst", "department", "unit", "public")
ROLES = ("id", "name", "class", "reserved_for", "special_plan", "owner", "place")

EFFECT: Schema = {
    "effect": Key(
        required=True,
        one_of=tuple(effect.value for effect in (Effect.SERVES, Effect.CONDITIONAL, Effect.CONFLICTS)),
        help="What the layer does to the use; a floor lists `serves` only.",
    ),
    "uses": Key(list, items=str, help="Prefixes of use codes; absent: every use."),
    "levels": Key(list, items=str, one_of=tuple(Level), help="Levels the row holds for; absent: every level."),
    "manners": Key(list, items=str, one_of=tuple(Manner), help="Manners the row holds for; absent: every manner."),
    "reserved": Key(
        one_of=("own", "other"), help="Only where the feature is reserved for this facility, or for another."
    ),
    "classes": Key(list, items=str, help="Prefixes of the feature's class, as in the source; absent: every class."),
    "height": Key(
        one_of=("within", "above", "unknown"),
        help="Only where the building's greatest height is so against the feature's class, a limit in metres.",
    ),
    "note": Key(help="Words printed with the effect."),
}

LAYER: Schema = {
    "key": Key(required=True, help="Name of the layer in commands, results and other files."),
    "title": Key(
        dict,
        required=True,
        each={"zh": Key(required=True, help="Chinese title."), "en": Key(required=True, help="English title.")},
        help="Titles.",
    ),
    "kind": Key(
        required=True, one_of=tuple(Kind), help="`floor`, `control`, `designation` or `information` (check.md §3)."
    ),
    "order": Key(int, required=True, help="Place in lists, ascending."),
    "steward": Key(required=True, help="Department that releases versions of the layer."),
    "clause": Key(required=True, help="NATIONAL rule behind the layer; empty where there is none."),
    "style": Key(
        dict,
        required=True,
        each={
            "stroke": Key(required=True, help="Line colour #RRGGBB."),
            "fill": Key(help="Fill colour #RRGGBB."),
            "width_px": Key(float, help="Line width in pixels."),
            "fill_opacity": Key(float, help="Opacity of the fill, 0-1."),
            "dash": Key(help="Dash pattern as in SVG."),
            "hatch": Key(bool, help="Whether the fill is hatched."),
        },
        help="How the layer is drawn.",
    ),
    "consulted": Key(
        list,
        each={
            "department": Key(required=True, help="Department asked when the layer hits."),
            "why": Key(required=True, help="What it is asked about."),
        },
        help="Departments a hit adds.",
    ),
    "required": Key(bool, help="Whether its absence forbids a positive verdict."),
    "speaks_for": Key(one_of=tuple(SpeaksFor), help="The question of check.md §6 that the layer answers."),
    "rank": Key(
        one_of=("master", "detailed"), help="Of urban-rural plans: the detailed one speaks where it is in force."
    ),
    "effects": Key(list, each=EFFECT, help="Effect table; the first row that matches decides."),
    "fact": Key(
        one_of=("existing_right",), help="Fact that a feature puts on a fragment: somebody decides, nothing is refused."
    ),
    "source": Key(help="What of the entry was read where, and what was recalled; every built-in entry says it."),
    "only": Key(list, items=str, help="Class codes to which the constraint is restricted."),
    "classes": Key(help="Crosswalk of its class codes."),
    "aliases": Key(
        dict,
        required=True,
        each={role: Key(list, items=str, help=f"Source columns taken as `{role}`, in order.") for role in ROLES},
        help="Source columns recognised, by role.",
    ),
    "tables": Key(list, items=str, help="National table names by which a file is recognised."),
    "buffer_m": Key(float, help="Buffer applied at import, metres."),
    "buffer_basis": Key(help="Where the buffer comes from; needed with `buffer_m`."),
    "resolution_m": Key(float, help="Resolution of the source, metres (default 0.001)."),
    "trace_below_m2": Key(float, help="Total below which a hit is a trace (default 1.0)."),
    "trace_narrower_than_m": Key(float, help="Width below which pieces are a trace (default 0.1)."),
    "tessellates": Key(bool, help="Whether features should neither overlap nor leave gaps."),
    "shown_fields": Key(
        dict,
        required=True,
        each={who: Key(list, items=str, one_of=ROLES, help=f"Roles shown to the {who}.") for who in AUDIENCES},
        help="Attributes shown, per audience; none where absent.",
    ),
}

LAYERS_FILE: Schema = {
    "holds": Key(required=True, one_of=("layers",), help="What the file holds: `layers`."),
    "family": Key(required=True, one_of=tuple(Family), help="Group in which the file's layers are shown."),
    "layer": Key(list, required=True, each=LAYER, help="The layers."),
}

USES_FILE: Schema = {
    "holds": Key(required=True, one_of=("uses",), help="What the file holds: `uses`."),
    "source": Key(required=True, help="Document the codes come from."),
    "use": Key(
        dict,
        required=True,
        named=True,
        each={
            "zh": Key(required=True, help="Chinese name."),
            "en": Key(required=True, help="English name."),
        },
        help="Uses by code.",
    ),
}

ROW: Schema = {
    "code": Key(required=True, help="Code (or name) in the source."),
    "name": Key(required=True, help="Name of the class."),
    "pivot": Key(list, required=True, items=str, help="Use codes (prefixes) or zones that the class stands for."),
    "source": Key(required=True, help="Key of `sources`: where the row comes from."),
}

CROSSWALK_FILE: Schema = {
    "holds": Key(required=True, one_of=("crosswalk",), help="What the file holds: `crosswalk`."),
    "key": Key(required=True, help="Name that layers refer to."),
    "title": Key(required=True, help="Title of the classification."),
    "strip": Key(help="Suffix letters ignored when a code has no row of its own."),
    "prefix_match": Key(bool, help="Whether a code without a row takes the row of its longest prefix."),
    "identity": Key(bool, help="Whether every use code stands for itself."),
    "zones": Key(list, items=str, help="Zones that the pivots name instead of uses."),
    "rows": Key(list, each=ROW, help="The crosswalk; a code without a row is `unknown`."),
    "sources": Key(dict, required=True, help="Where rows come from, by key."),
}

FILES = {"layers": LAYERS_FILE, "uses": USES_FILE, "crosswalk": CROSSWALK_FILE}
