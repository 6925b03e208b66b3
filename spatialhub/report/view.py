"""What a reader sees of a result, in the order they should see it. Takes the published JSON, so that the terminal, the
page and a stored result read alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spatialhub.messages import say
from spatialhub.report.figures import balanced
from spatialhub.report.words import CONFORMITIES, label, reason_words

_KINDS = ("floor", "control", "designation", "information")
_MISSING_RANK = 99
_UNCHECKED, _BARS = "verdict_required_unchecked", "reason_bars"


@dataclass(frozen=True, slots=True)
class FragmentRow:
    """A fragment for people. `number` is what the map prints on it, `words` its conformity; `why` are sentences,
    the gravest first."""

    number: int
    id: str
    part: int
    area_m2: float
    conformity: str
    words: str
    layers: tuple[str, ...]
    decided: str
    why: tuple[str, ...]
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A result in reading order; `document` is its published JSON."""

    document: Mapping
    language: str = "zh"

    @property
    def site(self) -> Mapping:
        """The site's block."""
        return self.document["site"]

    @property
    def proposal(self) -> Mapping:
        """The proposal's block."""
        return self.document["proposal"]

    def layers(self, *statuses: str) -> list[Mapping]:
        """Layers of these statuses, floors first, then by area, then in catalogue order."""
        rows = [row for row in self.document["layers"] if row["status"] in statuses]
        return sorted(rows, key=lambda row: (_rank(_KINDS, row["kind"]), -row["area_m2"]))

    def constraining(self) -> list[Mapping]:
        """Floors and control lines that the site hits."""
        return [row for row in self.layers("hit") if not self.lies_in(row)]

    def lying_in(self) -> list[Mapping]:
        """Plans, zones and surveys that the site lies in: no encroachment."""
        return [row for row in self.layers("hit") if self.lies_in(row)]

    def lies_in(self, layer: Mapping) -> bool:
        """Whether a hit only says where the site lies: a plan, a survey, a floor that binds in other classes only."""
        if layer["status"] != "hit":
            return False
        return layer["kind"] not in ("floor", "control") or layer["key"] not in self._binding

    def status(self, layer: Mapping) -> str:
        """A layer's status in words."""
        if self.lies_in(layer):
            return label("note", "lies_in", self.language)
        return label("status", layer["status"], self.language)

    def reason(self, code: str) -> str:
        """A message code in words."""
        return reason_words(code, self.language)

    @property
    def _binding(self) -> set[str]:
        rulings = [row["ruling"] for row in self.document["fragments"]]
        return {row["layer"] for ruling in rulings for row in (*ruling["floors"], *ruling["constraints"])}

    def conflicting(self) -> set[str]:
        """Keys of layers that bar or conflict somewhere on the site."""
        rulings = [row["ruling"] for row in self.document["fragments"]]
        rows = [row for ruling in rulings for row in (*ruling["floors"], *ruling["constraints"])]
        return {row["layer"] for row in rows if row["effect"] in ("bars", "conflicts")}

    def title(self, key: str) -> str:
        """Title of a layer; its key where the result does not list it."""
        return next((row["title"] for row in self.document["layers"] if row["key"] == key), key)

    def department(self, key: str) -> str:
        """Name of a department; its key where nobody of that name is asked."""
        return next((row["name"] for row in self.document["referrals"] if row["department"] == key), key)

    def fragments(self) -> list[FragmentRow]:
        """Fragments, worst first; those thinner than digitising can tell are left out (they stay in the sums)."""
        numbered = numbers(self.document)
        pairs = [(row, area) for row, area in self.balanced_fragments() if row["id"] in numbered]
        pairs.sort(key=lambda pair: numbered[pair[0]["id"]])
        return [self._fragment(row, area, numbered[row["id"]]) for row, area in pairs]

    def conformity_totals(self) -> list[tuple[str, float]]:
        """Area in m² by conformity, worst first; all fragments counted."""
        totals: dict[str, float] = {}
        for row in self.document["fragments"]:
            totals[row["conformity"]] = totals.get(row["conformity"], 0.0) + row["area_m2"]
        kinds = [kind for kind in CONFORMITIES if kind in totals]
        return list(zip(kinds, balanced([totals[kind] for kind in kinds], sum(totals.values())), strict=True))

    def reasons(self) -> list[Mapping]:
        """Why this verdict: what bars the site first, as people look for it; required layers that were not checked in
        one row, or they would bury the rest."""
        rows = sorted(self.proposal["reasons"], key=lambda row: row["code"] != _BARS)
        missed = [row for row in rows if row["code"] == _UNCHECKED]
        if len(missed) < 2:
            return rows
        titles = tuple(row["title"] for row in self.proposal["unchecked"] if row["required"])
        text = say("verdict_many_unchecked", self.language, count=len(missed), layers=titles)
        one = {**missed[0], "text": text, "area_m2": max(row["area_m2"] for row in missed)}
        return [one if row is missed[0] else row for row in rows if row is missed[0] or row["code"] != _UNCHECKED]

    def issues(self) -> list[str]:
        """What was noticed about the site, in words."""
        return [
            reason_words(row["code"], self.language, **({"place": row["place"]} | row["params"]))
            for row in self.site["issues"]
        ]

    def unchecked(self) -> list[Mapping]:
        """What was not checked, required layers first, each with its reason in words."""
        rows = [row | {"why": reason_words(row["reason"], self.language)} for row in self.proposal["unchecked"]]
        return sorted(rows, key=lambda row: (not row["required"], -row["area_m2"]))

    def referrals(self) -> list[Mapping]:
        """Departments to ask: those whose layers are hit first, then subjects, stewards, duties, letters."""
        order = ("hit", "subject", "steward", "duty", "letter")
        return sorted(self.document["referrals"], key=lambda row: _rank(order, row["by"]))

    def balanced_fragments(self) -> list[tuple[Mapping, float]]:
        """Every fragment with its area to 0.01 m², so that any sum over them agrees with any other."""
        rows = self.document["fragments"]
        areas = balanced([row["area_m2"] for row in rows], self.site["area_m2"] if rows else 0.0)
        return list(zip(rows, areas, strict=True))

    def _fragment(self, row: Mapping, area_m2: float, number: int) -> FragmentRow:
        ruling = row["ruling"]
        return FragmentRow(
            number=number,
            id=row["id"],
            part=row["part"],
            area_m2=area_m2,
            conformity=row["conformity"],
            words=self._words(row),
            layers=tuple(dict.fromkeys(self.title(cover["key"]) for cover in row["layers"])),
            decided=self.decided(ruling),
            why=tuple(dict.fromkeys(self._why(row))),
            clauses=tuple(ruling["clauses"]),
        )

    def _words(self, row: Mapping) -> str:
        """Conformity in words; where a required layer could not answer, the word never stands alone."""
        required = {layer["key"] for layer in self.document["layers"] if layer["required"]}
        words = label("conformity", row["conformity"], self.language)
        return words + label("note", "blind", self.language) if required & set(row["unchecked"]) else words

    def decided(self, ruling: Mapping) -> str:
        """Which plan decides a fragment, and how that came about."""
        words = label("outcome", ruling["outcome"], self.language)
        return f"{words}：{label('plan', ruling['plan'], self.language)}" if ruling["plan"] else words

    def _why(self, row: Mapping) -> list[str]:
        ruling, language = row["ruling"], self.language
        said = [label("note", "outside", language)] if row["outside_jurisdiction"] else []
        for constraint in (*ruling["floors"], *ruling["constraints"]):
            effect = label("effect", constraint["effect"], language)
            note = f"（{constraint['note']}）" if constraint.get("note") else ""
            said.append(f"{self.title(constraint['layer'])}：{effect}{note}")
        said += [self._candidate(candidate) for candidate in ruling["candidates"]]
        return said + [self.not_checked(key) for key in row["unchecked"]]

    def not_checked(self, key: str) -> str:
        """That a layer was not checked, in a fragment's words."""
        return f"{self.title(key)}：{label('status', 'unchecked', self.language)}"

    def _candidate(self, candidate: Mapping) -> str:
        plan = label("plan", candidate["plan"], self.language)
        if candidate["says"] != "class":
            return f"{plan}：{label('says', candidate['says'], self.language)}"
        named = f"{candidate['class_name']} {candidate['class']}".strip()
        answer = f"，{label('answer', candidate['answer'], self.language)}" if candidate["answer"] else ""
        return f"{plan}：{named}{answer}"


def numbers(document: Mapping) -> dict[str, int]:
    """Number from 1 of every fragment that is listed, by its id: worst conformity first, larger first.

    The table, the page's map and the folium map all print these numbers.
    """
    rows = [row for row in document["fragments"] if not row["mismatch"]]
    rows.sort(key=lambda row: (_rank(CONFORMITIES, row["conformity"]), -row["area_m2"], row["id"]))
    return {row["id"]: number for number, row in enumerate(rows, 1)}


def _rank(order: tuple[str, ...], value: str) -> int:
    return order.index(value) if value in order else _MISSING_RANK
