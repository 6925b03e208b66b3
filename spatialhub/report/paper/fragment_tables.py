"""Tables that sum over fragments: plans by class and use, conformities, rulings; and the fragments themselves.

As in `tables`: from a `View`, dicts of text or whole numbers. Sums are exact and rounded once, after summing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spatialhub.report.figures import balanced
from spatialhub.report.paper.tables import Row, area_cells, use_words
from spatialhub.report.view import View
from spatialhub.report.words import CONFORMITIES, label


def use_rows(view: View, names: Mapping[str, str]) -> list[Row]:
    """Area by plan, its class, the use asked for and the answer: the plans' conformity. `names` are those of uses."""
    sums: dict[tuple, float] = {}
    uses = {part["number"]: part["use"] for part in view.site["parts"]}
    for fragment in view.document["fragments"]:
        for row in fragment["ruling"]["candidates"]:
            key = (
                row["plan"], row["layer"], row["says"], row["class"], row["class_name"],
                uses.get(fragment["part"]), row["answer"],
            )  # fmt: skip
            sums[key] = sums.get(key, 0.0) + fragment["area_m2"]
    order = sorted(sums, key=lambda key: (key[0], -sums[key], str(key)))
    rows = []
    for plan in dict.fromkeys(key[0] for key in order):
        keys = [key for key in order if key[0] == plan]
        areas = _rounded(sums[key] for key in keys)
        rows += [_use(view, key, (area, sums[key]), names) for key, area in zip(keys, areas, strict=True)]
    return rows


def _rounded(areas_m2: Iterable[float]) -> list[float]:
    """Exact sums to 0.01 m², so that they add up to their own total: rounding comes after summing, never before."""
    exact = list(areas_m2)
    return balanced(exact, sum(exact))


def _use(view: View, key: tuple, areas_m2: tuple[float, float], names: Mapping[str, str]) -> Row:
    plan, layer, says, code, name, use, answer = key
    return {
        "plan": label("plan", plan),
        "layer": view.title(layer) if layer else "—",
        "class": f"{name}（{code}）" if says == "class" else label("says", says),
        "use": use_words(use, names),
        "answer": label("answer", answer) if answer else "—",
        **area_cells(areas_m2[0], view.site["area_m2"], exact_m2=areas_m2[1]),
    }


def conformity_rows(view: View) -> list[Row]:
    """Area and number of fragments by conformity, worst first."""
    counts: dict[str, int] = {}
    exact: dict[str, float] = {}
    for row in view.document["fragments"]:
        kind = row["conformity"]
        counts[kind] = counts.get(kind, 0) + 1
        exact[kind] = exact.get(kind, 0.0) + row["area_m2"]
    return [
        {
            "conformity": label("conformity", kind),
            "count": counts[kind],
            **area_cells(area, view.site["area_m2"], exact_m2=exact[kind]),
        }
        for kind, area in view.conformity_totals()
    ]


def ruling_rows(view: View) -> list[Row]:
    """Fragments summed by how they are ruled: conformity, which plan decides, what constrains; worst first."""
    sums: dict[tuple, list] = {}
    for fragment in view.document["fragments"]:
        row = sums.setdefault(_ruled(view, fragment), [0, 0.0, {}])
        row[0] += 1
        row[1] += fragment["area_m2"]
        row[2].update(dict.fromkeys(fragment["ruling"]["clauses"]))
    order = sorted(sums, key=lambda key: (CONFORMITIES.index(key[0]), -sums[key][1], key))
    return [
        {
            "conformity": label("conformity", key[0]),
            "decided": key[1],
            "constraints": "；".join(key[2]) or "—",
            "answers": "；".join(key[3]) or "—",
            "clauses": list(sums[key][2]),
            "count": sums[key][0],
            **area_cells(area_m2, view.site["area_m2"], exact_m2=sums[key][1]),
        }
        for key, area_m2 in zip(order, _rounded(sums[key][1] for key in order), strict=True)
    ]


def _ruled(view: View, fragment: Mapping) -> tuple:
    ruling = fragment["ruling"]
    rows = (*ruling["floors"], *ruling["constraints"])
    met = {f"{view.title(row['layer'])}：{label('effect', row['effect'])}": None for row in rows}
    answers = {_answer(row): None for row in ruling["candidates"]}
    return fragment["conformity"], view.decided(ruling), tuple(sorted(met)), tuple(sorted(answers))


def _answer(row: Mapping) -> str:
    words = label("answer", row["answer"]) if row["answer"] else label("says", row["says"])
    return f"{label('plan', row['plan'])}{words}"


def fragment_rows(view: View, *, most: int | None = None, unsaid: Iterable[str] = ()) -> list[Row]:
    """Fragments that are listed, worst first, by the numbers that the maps print. `unsaid`: sentences that hold of
    every fragment and are told once, elsewhere."""
    exact = {row["id"]: row["area_m2"] for row in view.document["fragments"]}
    left_out = frozenset(unsaid)
    return [
        {
            "number": row.number,
            "id": row.id,
            "part": row.part,
            "conformity": row.words,
            "decided": row.decided,
            "why": "；".join(why for why in row.why if why not in left_out) or "—",
            "layers": "、".join(row.layers),
            "clauses": list(row.clauses),
            **area_cells(row.area_m2, view.site["area_m2"], exact_m2=exact[row.id]),
        }
        for row in view.fragments()[:most]
    ]


def unchecked_everywhere(view: View) -> list[str]:
    """Keys of the layers that answer for no fragment of the site, in the order in which the check lists them."""
    missed = [frozenset(row["unchecked"]) for row in view.document["fragments"]]
    common = frozenset.intersection(*missed) if missed else frozenset()
    return [row["key"] for row in view.document["layers"] if row["key"] in common]
