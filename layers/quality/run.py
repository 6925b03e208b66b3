"""Examine a version, write its report, record it; accept findings. What the commands call."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from layers.model import LayerVersion
from layers.quality.examine import examine
from layers.quality.gpkg import write_gpkg
from layers.quality.html import write_html
from layers.quality.model import Rule
from layers.quality.report import Report, as_json, build_report, digest_of
from layers.quality.rules import rules_for
from layers.quality.standing import Acceptance, Standing, record_acceptance, record_pass, standing_of
from layers.quality.tally import MOST_KEPT
from layers.quality.xlsx import write_xlsx
from layers.workspace import Workspace
from spatialhub.db import reading, writing
from spatialhub.errors import OptionError, QualityUnknown
from spatialhub.spatial.snapshot import Snapshot

JSON, HTML, XLSX, GPKG = "report.json", "report.html", "report.xlsx", "findings.gpkg"
Progress = Callable[[str, int, int], None]


def folder_of(workspace: Workspace, version: LayerVersion) -> Path:
    """Where the report of a version lies."""
    return workspace.home / "quality" / version.city / version.name


def rules_of(workspace: Workspace, layer: str) -> tuple[Rule, ...]:
    """The rules of a layer in a workspace."""
    own = sorted((workspace.home / "quality.d").glob("*.toml"))
    entries = workspace.catalogue.entries
    return rules_for(workspace.catalogue.entry(layer), city=workspace.city.key, known=entries, files=own)


def examine_version(
    workspace: Workspace,
    version: LayerVersion,
    *,
    who: str,
    now: datetime,
    language: str = "zh",
    most_kept: int = MOST_KEPT,
    progress: Progress = lambda stage, done, total: None,
) -> Report:
    """Examine a version by the rules of its layer and city, record it, and write page, spreadsheet, GeoPackage, JSON.

    Raises
    ------
    DataFileError
        A file of rules cannot be read.
    SnapshotError
        The version's snapshot cannot be opened.
    """
    entry = workspace.catalogue.entry(version.layer)
    snapshot = Snapshot.open(workspace.snapshots / version.snapshot_sha256)
    classes = workspace.catalogue.classes.get(entry.classes)
    rules = rules_of(workspace, version.layer)
    examined = examine(snapshot, rules, classes=classes, progress=progress, most_kept=most_kept)
    steward, city = workspace.city.policy.department(entry.steward), workspace.city.policy.name
    report = build_report(version, snapshot, examined, steward=steward, city=city, who=who, at=now)
    counts = {
        rule.key: {"count": examined.counts[rule.key].count, "blocks": rule.blocks, "severity": rule.severity.value}
        for rule in rules
    }
    progress("writing", 0, len(report.listed))
    with writing(workspace.engine) as session:
        record_pass(
            session, version, digest=report.digest, rules_version=report.rules_version, counts=counts, who=who, at=now
        )
        standing = standing_of(session, version)
    assert standing is not None
    write_report(workspace, report, snapshot, standing, language)
    workspace.anchor()
    return report


def write_report(workspace: Workspace, report: Report, snapshot: Snapshot, standing: Standing, language: str) -> Path:
    """Write all files of a report: they appear together or not at all."""
    target = folder_of(workspace, report.version)
    target.parent.mkdir(parents=True, exist_ok=True)
    accepted = standing.accepted_ids(_ids_by_rule(report))
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=target.parent) as scratch:
        draft = Path(scratch) / "report"
        draft.mkdir()
        text = json.dumps(as_json(report, language), ensure_ascii=False, indent=1)
        (draft / JSON).write_text(text, "utf-8")
        write_gpkg(report, snapshot, draft / GPKG, accepted=accepted, language=language)
        write_xlsx(report, draft / XLSX, accepted=accepted, language=language)
        write_html(report, snapshot, draft / HTML, accepted=accepted, open_=standing.open(), language=language)
        if target.exists():
            os.rename(target, Path(scratch) / "before")
        os.rename(draft, target)
    return target


def accept(
    workspace: Workspace, version: LayerVersion, *, rule: str, findings: Sequence[str], reason: str, who: str,
    now: datetime,
) -> Standing:  # fmt: skip
    """Accept findings of a rule by their ids, or all of them where none is named; the reason goes into the audit log.

    Raises
    ------
    OptionError
        There is no reason.
    QualityUnknown
        There is no report, or it has no such rule or finding.
    """
    if len(reason.strip()) < 2:
        raise OptionError("--reason", found=reason or "—", allowed="理由 reason")
    known = read_report(workspace, version)
    keys = tuple(one["key"] for one in known["rules"])
    if rule not in keys:
        raise QualityUnknown(version.name, found=rule, known=keys)
    ids = {one["id"] for one in known["findings"] if one["rule"] == rule}
    for one in findings:
        if one not in ids:
            raise QualityUnknown(version.name, found=one, known=keys)
    acceptance = Acceptance(rule, tuple(findings) or None, reason.strip(), who, now)
    steward = workspace.catalogue.entry(version.layer).steward
    with writing(workspace.engine) as session:
        record_acceptance(session, version, acceptance, digest=known["digest"], steward=steward)
        standing = standing_of(session, version)
    workspace.anchor()
    assert standing is not None
    return standing


def read_report(workspace: Workspace, version: LayerVersion) -> dict:
    """The newest report of a version as plain JSON, held against what the audit log says of it.

    Raises
    ------
    QualityUnknown
        There is none, or it is not the one that was recorded.
    """
    path = folder_of(workspace, version) / JSON
    with reading(workspace.engine) as session:
        standing = standing_of(session, version)
    known = json.loads(path.read_text("utf-8")) if path.is_file() else None
    if standing is None or known is None or _digest_of(known) != standing.digest:
        raise QualityUnknown(version.name, found=JSON, known=("—",))
    return known


def _digest_of(known: dict) -> str:
    """The digest of a report as its file stands."""
    counts = {rule["key"]: (rule["count"], rule["total"], rule["listed"]) for rule in known["rules"]}
    found = [(one["id"], one["measure"]) for one in known["findings"]]
    return digest_of(known["snapshot"], known["rules_version"], counts, found)


def standing_now(workspace: Workspace, version: LayerVersion) -> Standing | None:
    """How the quality of a version stands."""
    with reading(workspace.engine) as session:
        return standing_of(session, version)


def _ids_by_rule(report: Report) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in report.listed:
        found.setdefault(one.rule.key, []).append(one.id)
    return found
