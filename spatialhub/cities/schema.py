"""Schemas of a city's files: frame, check, departments, layers, classes. `help` is printed in docs/data-files.md.

Whatever a city decides says where it comes from: `document` and `clause`, `basis` (clause | bureau | none), and the
dates it holds for where they differ from the document's.
"""

from __future__ import annotations

from datetime import date

from spatialhub.datafile import Key, Schema
from spatialhub.precedence.model import Answer, Basis, Outcome, Plan

_CITED: Schema = {
    "document": Key(help="Key of a `document` of frame.toml; its number is printed before the clause."),
    "clause": Key(required=True, help="Clause, or in words what the bureau decided."),
    "basis": Key(required=True, one_of=tuple(Basis), help="`clause`: in the document; `bureau`: the bureau's own."),
}

DOCUMENT: Schema = {
    "number": Key(required=True, help="Number of the document (发文字号)."),
    "title": Key(required=True, help="Title."),
    "issued_on": Key(date, required=True, help="Date of issue."),
    "in_force_from": Key(date, required=True, help="First day in force."),
    "in_force_until": Key(date, help="Last day in force."),
    "trial": Key(bool, help="Whether it is a trial (试行)."),
    "prolonged_until": Key(date, help="Last day after a recorded prolongation."),
    "note": Key(help="Remark."),
}

FRAME_FILE: Schema = {
    "name": Key(required=True, help="Name of the city, Chinese."),
    "epsg": Key(int, required=True, help="CGCS2000 plane in which the city works."),
    "statement": Key(help="What the city has not adopted, in words; printed on every result."),
    "frame": Key(
        dict,
        required=True,
        each={
            "outline": Key(
                list, required=True, items=list, help="Outline, [longitude, latitude] in degrees (EPSG:4490)."
            ),
            "margin_m": Key(float, required=True, help="Margin around the outline, metres."),
            "shift_reference": Key(help="Layer the GCJ-02/BD-09 shift test compares with."),
            "source": Key(required=True, help="Where the outline comes from."),
        },
        help="The city frame.",
    ),
    "document": Key(dict, named=True, each=DOCUMENT, help="Documents that values cite, by key."),
    "notice": Key(
        list,
        each={
            "text": Key(required=True, help="Sentence, Chinese."),
            "from": Key(date, help="First day it is shown."),
            "until": Key(date, help="Last day it is shown."),
        },
        help="Sentences that every result carries.",
    ),
}


def _value(kind: type, help_: str) -> Key:
    """A dated, cited value: a number or a list."""
    return Key(
        dict,
        each={
            "value": Key(kind, required=True, items=str if kind is list else (), help="The number or list."),
            "unit": Key(help="Unit of a number."),
            **_CITED,
            "in_force_from": Key(date, help="First day; default: the document's."),
            "in_force_until": Key(date, help="Last day; default: the document's."),
            "trial": Key(bool, help="Whether it is a trial; default: the document's."),
        },
        help=help_,
    )


LISTS = ("cultivated_classes", "cultivated_layers", "ecological_classes", "boundary_zones")
VERDICT = ("min_kept_share", "min_part_m2", "min_width_m")

_LIST_HELP = {
    "cultivated_classes": "Classes that are cultivated land: condition (a).",
    "cultivated_layers": "Layers that stand for cultivated land: condition (a).",
    "ecological_classes": "Classes that are ecological land: condition (c).",
    "boundary_zones": "Zones of the development boundary that count as inside: condition (b).",
}
_VERDICT_HELP = {
    "min_kept_share": "Share of the site that must be kept after trimming.",
    "min_part_m2": "Smallest part kept, m².",
    "min_width_m": "Smallest width kept, m.",
}

_TOKENS: Schema = {
    "all": Key(list, items=str, help="Tokens that must all hold."),
    "any": Key(list, items=str, help="Tokens of which one must hold."),
    "none": Key(list, items=str, help="Tokens of which none may hold."),
}

CHECK_FILE: Schema = {
    "basis": Key(required=True, one_of=(Basis.CLAUSE, Basis.NONE), help="`none`: the city has not adopted Z1-16/17."),
    "rule": Key(
        list,
        each={
            "id": Key(required=True, help="Name of the rule in results."),
            "outcome": Key(required=True, one_of=tuple(Outcome), help="What follows."),
            "plan": Key(one_of=tuple(Plan), help="The plan that decides."),
            **_TOKENS,
            "consult": Key(list, items=str, help="Departments to coordinate with."),
            "text": Key(required=True, help="The rule in words, Chinese."),
            **_CITED,
        },
        help="Precedence, ordered; the first rule whose tokens hold decides; the last has no tokens.",
    ),
    "conditions": Key(dict, each={name: _value(list, _LIST_HELP[name]) for name in LISTS}, help="Lists of §6 (4)."),
    "verdict": Key(dict, each={name: _value(float, _VERDICT_HELP[name]) for name in VERDICT}, help="Values of §7."),
    "compatibility": Key(
        list,
        each={
            "classes": Key(list, required=True, items=str, help="Prefixes of classes."),
            "uses": Key(list, required=True, items=str, help="Prefixes of uses."),
            "answer": Key(required=True, one_of=tuple(Answer), help="What the class answers to the use."),
            **_CITED,
        },
        help="Answers beyond identity; the first row that matches decides, else the class forbids.",
    ),
    "proof": Key(
        list,
        each={
            "layer": Key(required=True, help="Floor."),
            "kind": Key(required=True, help="Kind of approval, as written in an approval file."),
            "title": Key(required=True, help="The approval in words."),
            "uses": Key(list, items=str, help="Uses it is open to; absent: every use."),
            **_CITED,
        },
        help="Approvals that a floor accepts.",
    ),
    "paper_floor": Key(
        list,
        each={
            "key": Key(required=True, help="Name in results."),
            "title": Key(required=True, help="The floor in words."),
            **_CITED,
        },
        help="Floors that no layer carries.",
    ),
}

_DATED: Schema = {
    "from": Key(date, help="First day it holds; default: the document's."),
    "until": Key(date, help="Last day it holds."),
}
_STANDING: Schema = {
    "from": Key(date, help="First day it stands."),
    "until": Key(date, help="Last day it stands."),
}
REGION_KINDS = ("district", "county", "city", "zone")

DEPARTMENTS_FILE: Schema = {
    "department": Key(
        list,
        required=True,
        each={
            "key": Key(required=True, help="Name in other files."),
            "name": Key(required=True, help="Name, Chinese."),
            **_STANDING,
            "successor": Key(help="Department that takes over its duties."),
            "standing": Key(bool, help="Whether it is a standing member of the joint meeting."),
            "lead": Key(bool, help="Whether it leads coordination."),
        },
        help="Departments; the others of `cities/departments.toml` go by their general names.",
    ),
    "duty": Key(
        list,
        each={
            "department": Key(required=True, help="Unit asked on every project."),
            "checks": Key(list, required=True, items=str, help="Its check list."),
            "by_letter": Key(bool, help="Whether it is asked by letter only."),
            **_DATED,
            **_CITED,
        },
        help="Statutory duties (Z1-07, Z1-21).",
    ),
    "subject": Key(
        list,
        each={
            "department": Key(required=True, help="Department asked."),
            "uses": Key(list, required=True, items=str, help="Uses that concern it."),
            "why": Key(required=True, help="What it is asked about."),
            **_DATED,
            **_CITED,
        },
        help="Departments asked because of what is to be built.",
    ),
}

STEWARDS_FILE: Schema = {
    "stewardship": Key(
        list,
        each={
            "department": Key(required=True, help="Unit that keeps the data."),
            "tasks": Key(list, required=True, items=str, help="What it does, in the document's words."),
            "layers": Key(list, items=str, help="Layers of the catalogue whose versions it releases."),
            **_DATED,
            **_CITED,
        },
        help="Who keeps which data for the one blueprint (Z1-20).",
    ),
    "region": Key(
        list,
        each={
            "key": Key(required=True, help="Name in other files."),
            "name": Key(required=True, help="Name, Chinese."),
            "kind": Key(required=True, one_of=REGION_KINDS, help="District, county, county-level city or zone."),
            "code": Key(help="Code of GB/T 2260; absent where it has none."),
            **_STANDING,
            "successor": Key(help="Region that takes its place."),
            "source": Key(required=True, help="Where name and code come from."),
        },
        help="Districts, counties and development zones (Z1-20, Z1-22).",
    ),
    "region_task": Key(
        list,
        each={"tasks": Key(list, required=True, items=str, help="What every region does."), **_DATED, **_CITED},
        help="What districts, counties and zones do.",
    ),
}

LAYERS_FILE: Schema = {
    "layer": Key(
        dict,
        named=True,
        each={
            "document": Key(help="Key of a `document` of frame.toml."),
            "clause": Key(help="The CITY's own clause for the layer."),
            "tables": Key(list, items=str, help="Further table names by which its files are recognised."),
            "aliases": Key(dict, help="Further source columns, by role; tried before the catalogue's."),
            "buffer_m": Key(float, help="Buffer applied at import instead of the catalogue's, metres."),
            "buffer_basis": Key(help="Where that buffer comes from."),
        },
        help="What the city says about a layer, by key.",
    ),
}

CLASSES_FILE: Schema = {
    "crosswalk": Key(dict, help="Crosswalk that a layer uses here instead of the catalogue's: layer = crosswalk."),
    "row": Key(
        list,
        each={
            "crosswalk": Key(required=True, help="Crosswalk the row is added to, in this city."),
            "code": Key(required=True, help="Code in the source."),
            "name": Key(required=True, help="Name of the class."),
            "pivot": Key(list, required=True, items=str, help="Use codes it stands for."),
            "source": Key(required=True, help="Where the row comes from."),
        },
        help="Further rows of crosswalks, or other ones.",
    ),
}

NAMES_FILE: Schema = {"names": Key(dict, required=True, help="General names of departments, by key.")}

FILES = {
    "frame.toml": FRAME_FILE,
    "check.toml": CHECK_FILE,
    "departments.toml": DEPARTMENTS_FILE,
    "stewards.toml": STEWARDS_FILE,
    "layers.toml": LAYERS_FILE,
    "classes.toml": CLASSES_FILE,
}
