"""Give mutants to the contained readers: as a site, to look at, as a layer to import; each is answered, and soon.

An answer is a result or a refusal with a code and words in both languages. Everything else is a failure: an exception,
more than `SLOWEST_S`, a site with an invalid part, something left of an import that was refused.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from layers.imports import import_layer
from layers.versions import versions
from layers.workspace import Workspace, open_workspace
from spatialhub import intake
from spatialhub.db import reading
from spatialhub.errors import ProgramFault, SpatialHubError
from spatialhub.intake.inspection import inspect_bytes
from spatialhub.messages import Words, explain
from spatialhub.worktime import CHINA
from tests.intake.soak import mutate, warm
from tests.intake.soak.seeds import Seed, seeds

SLOWEST_S = 10.0
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=CHINA)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file to be handed in: what it was made of, its bytes, what is said beside it, and by which way it goes."""

    number: int
    seed: Seed
    data: bytes
    way: str
    said: dict[str, Any]


@dataclass
class Tally:
    """What came of mutants: (format, way, outcome) → count, outcome → the first of its kind, and failures: number →
    what happened."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    failures: dict[int, str] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    slowest_s: float = 0.0

    def add(self, other: Tally) -> None:
        """Take in what another worker counted."""
        self.counts += other.counts
        self.failures |= other.failures
        self.first = other.first | self.first
        self.slowest_s = max(self.slowest_s, other.slowest_s)


def mutant(seed: int, number: int) -> Mutant:
    """The mutant of a seed and a number: formats in turn, the rest by chance."""
    chance = random.Random(f"{seed} {number}")
    forms = list(seeds())
    form = forms[number % len(forms)]
    one = chance.choice(seeds()[form])
    data = mutate.mutant(chance, one.data, "zip" if form == "gdb" else form)
    way = chance.choices(("site", "look", "layer"), (5, 2, 2))[0]
    said: dict[str, Any] = {"crs": one.crs if chance.random() < 0.9 else chance.choice((None, 4547, 4326, 4490, 3857))}
    if way != "layer" and chance.random() < 0.15:
        said["accept"] = (chance.choice(("swap", "use", "add=100000,0", "read-as=EPSG:4548")),)
    return Mutant(number, one, data, way, said)


def outcome_of(error: SpatialHubError) -> str:
    """A refusal's code, with that of its reason where it has one."""
    reason = error.params.get("reason")
    return f"{error.code}: {reason.code}" if isinstance(reason, Words) else error.code


class Takers:
    """The ways that a mutant can go, with the workspace that layers are imported into."""

    def __init__(self, home: Path) -> None:
        self.space = open_workspace(home, "zhengzhou")
        self.frame = self.space.city.frame.boundary
        self.folder = home / "handed-in"
        self.folder.mkdir()

    def take(self, one: Mutant) -> str:
        """Hand a mutant in; the outcome in a word.

        Raises
        ------
        AssertionError
            What came out is not sound.
        """
        try:
            return getattr(self, f"_{one.way}")(one)
        except SpatialHubError as error:
            assert not isinstance(error, ProgramFault), error
            for language in ("zh", "en"):
                said = explain(error, language)
                assert said["what"] and said["remedy"], error
            return outcome_of(error)

    def _site(self, one: Mutant) -> str:
        known = {"epsg": 4547, "frame": self.frame, "origin": "web"}
        site = intake.read_site_bytes(one.seed.name, one.data, **known, **one.said)
        shapes = np.array([part.geometry for part in site.parts], object)
        assert len(shapes) and shapely.is_valid(shapes).all() and np.isfinite(shapely.area(shapes)).all()
        return "read"

    def _look(self, one: Mutant) -> str:
        known = {"epsg": 4547, "frame": self.frame, "origin": "web"}
        found = inspect_bytes(one.seed.name, one.data, **known, **one.said)
        if found.refusal is not None:
            raise found.refusal
        return "read"

    def _layer(self, one: Mutant) -> str:
        entry = self.space.catalogue.entry("line_red")
        path = self.folder / one.seed.name
        path.write_bytes(one.data)
        before = standing(self.space)
        try:
            import_layer(self.space, entry, path, who="王", now=NOW, coverage="city", crs=one.said["crs"])
        except SpatialHubError:
            left = {name: sorted(rows - before[name]) for name, rows in standing(self.space).items()}
            assert not any(left.values()), f"left of a refused import: {left}"
            raise
        return "read"


def standing(space: Workspace) -> dict[str, set[str]]:
    """Everything that an import leaves in a workspace but for its report."""
    with reading(space.engine) as session:
        rows = {version.name for version in versions(session, space.city.key)}
    found = {"versions": rows}
    for name, folder in (("snapshots", space.snapshots), ("files", space.home / "files"), ("imports", space.imports)):
        found[name] = {str(path) for path in folder.rglob("*") if path.is_file() and path.suffix != ".json"}
        found[name].discard(str(space.imports / ".lock"))
    return found


def some(seed: int, numbers: range) -> Tally:
    """Take the mutants of some numbers, in this process."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="soak-") as place, warm.readers():
        takers = Takers(Path(place))
        for number in numbers:
            one = mutant(seed, number)
            began = time.monotonic()
            outcome = _tried(takers, one, tally)
            spent_s = time.monotonic() - began
            if spent_s > SLOWEST_S:  # the machine may have stood still: what hangs does so again
                began = time.monotonic()
                outcome = _tried(takers, one, tally)
                spent_s = time.monotonic() - began
            tally.slowest_s = max(tally.slowest_s, spent_s)
            if spent_s > SLOWEST_S:
                tally.failures[number] = f"{spent_s:.1f} s"
            tally.counts[one.seed.form, one.way, outcome] += 1
            tally.first.setdefault(outcome, number)
        takers.space.engine.dispose()
    return tally


def _tried(takers: Takers, one: Mutant, tally: Tally) -> str:
    try:
        return takers.take(one)
    except Exception:
        tally.failures[one.number] = traceback.format_exc()
        return "FAILED"


def many(seed: int, count: int, *, workers: int, told: Callable[[int], None] = lambda done: None) -> Tally:
    """Take mutants 0 … count-1 in several processes."""
    tally, portion = Tally(), 250
    shares = [range(begin, min(begin + portion, count)) for begin in range(0, count, portion)]
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_gently) as pool:
        for done, one in enumerate(pool.map(some, [seed] * len(shares), shares), start=1):
            tally.add(one)
            for number, happened in one.failures.items():
                print(f"--- {number}\n{happened}", flush=True)
            told(shares[done - 1].stop)
    return tally


def _gently() -> None:
    os.environ["SPATIALHUB_ALLOW_WEAK_CONTAINMENT"] = "1"  # the walls have tests of their own


def table(tally: Tally) -> Iterator[str]:
    """Lines that tell counts: by format and way, then by outcome."""
    forms: dict[str, Counter[str]] = {}
    outcomes: Counter[str] = Counter()
    for (form, way, outcome), count in tally.counts.items():
        forms.setdefault(form, Counter())[way] += count
        forms[form]["read" if outcome == "read" else "refused"] += count
        outcomes[outcome] += count
    columns = ("site", "look", "layer", "read", "refused")
    yield f"{'format':<10}" + "".join(f"{name:>9}" for name in ("mutants", *columns))
    for form, row in sorted(forms.items()):
        whole = row["site"] + row["look"] + row["layer"]
        yield f"{form:<10}{whole:>9,}" + "".join(f"{row[name]:>9,}" for name in columns)
    for outcome, count in outcomes.most_common():
        yield f"{count:>9,}  {outcome} (first: {tally.first[outcome]})"
