"""A check made again from what its report carries, and where the two differ (check.md §8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from shapely.geometry import shape

from layers import checks
from layers.workspace import Workspace
from spatialhub.catalogue import Catalogue
from spatialhub.check import CheckOptions, PinnedLayer
from spatialhub.errors import SpatialHubError
from spatialhub.messages import Words, explain
from spatialhub.precedence.model import Approval
from spatialhub.report.paper.answers import Reply, Said
from spatialhub.report.paper.gather import Kept
from spatialhub.report.paper.seal import Carried, recomputed_hash
from spatialhub.result import CheckResult, to_json
from spatialhub.spatial.model import Form, Land, Level, Manner, Site, SitePart


def carried_site(carried: Carried) -> Site:
    """Return the site that a report carries."""
    document = carried.document
    parts = tuple(
        SitePart(
            number=row["number"],
            geometry=shape(carried.parts[row["number"]]),
            name=row["name"],
            use=row["use"],
            declared_area_m2=row["declared_area_m2"],
            level=Level(row["level"]),
            land=Land(row["land"]),
            form=Form(row["form"]),
            manner=Manner(row["manner"]),
            facility=row["facility"],
            max_height_m=row["max_height_m"],
        )
        for row in document["site"]["parts"]
    )
    return Site(document["site"]["name"], parts, int(document["site"]["crs"].removeprefix("EPSG:")))


def recomputed(
    carried: Carried, workspace: Workspace, kept: Sequence[Kept], read: Callable[..., Site] | None,
    min_area_m2: float | None,
) -> tuple[Reply, list[Words]]:  # fmt: skip
    """Return whether a check made again agrees, with findings; the arguments are `verify.verify`'s."""
    said, document = Said(), carried.document
    if missing := [f"{row.key}@{row.number}" for row in kept if row.snapshot is None]:
        said.say("verify_cannot_recompute", Reply.UNKNOWN, versions=tuple(missing))
        return said.reply, said.findings
    try:
        layers = _pinned(document, workspace.catalogue, kept)
        site = checks.read(workspace, read, layers=layers) if read else carried_site(carried)
        result = checks.check(workspace, site, layers, _options(document, min_area_m2))
    except SpatialHubError as error:
        said.say("verify_cannot_check", Reply.UNKNOWN, reason=explain(error)["what"])
        return said.reply, said.findings
    # Against what the file says, not against the hash it names: that is the first question.
    if result.hash == recomputed_hash(document):
        said.say("verify_equal", engine=result.engine_version)
        return said.reply, said.findings
    if read is None and not carried.exact:
        said.say("verify_parts_from_fragments")
    _compare(said, document, result)
    return said.reply, said.findings


def _pinned(document: Mapping, catalogue: Catalogue, kept: Sequence[Kept]) -> list[PinnedLayer]:
    """The layers as they were pinned then; those of today's catalogue that it did not know stay out."""
    here = {row.key: row for row in kept}
    rows = {row["key"]: row for row in document["layers"]}
    found = []
    for key, entry in catalogue.entries.items():
        if key in here:
            row = here[key]
            since = rows[key]["in_force_from"] or ""
            found.append(PinnedLayer(entry, row.number, row.snapshot, row.sha256, in_force_from=since))
        elif key in rows:
            found.append(PinnedLayer(entry, reason=rows[key]["reason"] or ""))
    return found


def _options(document: Mapping, min_area_m2: float | None) -> CheckOptions:
    fields = ("layer", "kind", "issuer", "number", "date", "area_m2")
    approvals = tuple(
        Approval(**{name: row[name] for name in fields}, features=tuple(row.get("features", ())))
        for row in document["approvals"]
    )
    said = document["provenance"]
    stated = document.get("min_area_m2") if min_area_m2 is None else min_area_m2
    return CheckOptions(stated, approvals, said["as_of"] or "", said["known_at"] or "", document["checked_at"] or "")


def _compare(said: Said, document: Mapping, result: CheckResult) -> None:
    """Where a recomputation differs, and whether by more than another engine may (check.md §4)."""
    again = to_json(result)
    site = document["site"]
    bound = max(1e-6 * site["area_m2"], document["grid_m"] * shape(site["geometry"]).length)
    differs, most = [], abs(site["area_m2"] - again["site"]["area_m2"])
    if document["proposal"]["verdict"] != again["proposal"]["verdict"]:
        differs.append(("verdict", document["proposal"]["verdict"], again["proposal"]["verdict"]))
    then = {row["key"]: row for row in document["layers"]}
    now = {row["key"]: row for row in again["layers"]}
    for key in dict.fromkeys((*then, *now)):
        if key not in then or key not in now:
            differs.append(
                (key, "—" if key not in then else then[key]["status"], "—" if key not in now else now[key]["status"])
            )
            continue
        if then[key]["status"] != now[key]["status"]:
            differs.append((key, then[key]["status"], now[key]["status"]))
        most = max(most, abs(then[key]["area_m2"] - now[key]["area_m2"]))
    for was, is_ in _totals(document, again).values():
        most = max(most, abs(was - is_))
    engines = (document["provenance"]["engine_version"], again["provenance"]["engine_version"])
    for name, was, is_ in differs:
        said.say("verify_differs", Reply.NO, name=name, was=was, now=is_)
    if most > bound:
        said.say("verify_areas_differ", Reply.NO, most=f"{most:.4f}", bound=f"{bound:.4f}")
    elif not differs:
        said.say(
            "verify_within", Reply.WITHIN, most=f"{most:.4f}", bound=f"{bound:.4f}", was=engines[0], now=engines[1]
        )


def _totals(document: Mapping, again: Mapping) -> dict[str, tuple[float, float]]:
    """Area by conformity, then and now."""
    sums: dict[str, list[float]] = {}
    for place, rows in enumerate((document["fragments"], again["fragments"])):
        for row in rows:
            sums.setdefault(row["conformity"], [0.0, 0.0])[place] += row["area_m2"]
    return {kind: (was, is_) for kind, (was, is_) in sums.items()}
