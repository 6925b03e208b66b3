"""What a finished batch leaves for others: a table that Excel opens, compact results as JSON lines, the counts.

All three are a function of the rows alone: the same on one worker, on two, and on a cluster.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from spatialhub.batch.run import Done
from spatialhub.batch.work import CHECKED, FAULT, REFUSED, TOO_COMPLEX
from spatialhub.catalogue import Catalogue, Kind
from spatialhub.errors import OutputError
from spatialhub.findings import Status
from spatialhub.intake.wire import error_from_json, issue_from_json, issue_to_json
from spatialhub.messages import explain, say
from spatialhub.messages.system import told
from spatialhub.report.words import label
from spatialhub.spatial.model import Issue

TABLE, LINES, COUNTS = "results.csv", "results.jsonl", "summary.json"
STATES = (CHECKED, REFUSED, TOO_COMPLEX, FAULT)
VERDICTS = ("conforms", "basically_conforms", "undetermined", "does_not_conform")
COLUMNS = (
    "number", "name", "place", "state", "verdict", "use", "area_m2", "outside_m2", "floors", "hits", "unchecked",
    "reasons", "kept_m2", "lost_m2", "departments", "refusal", "remedy", "issues", "notices", "result_hash",
)  # fmt: skip
# Excel makes dates and numbers of such texts (03-12, 1e5) and runs those that begin like a formula.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[\d\s.,:/年月日-]+([eE]\d+)?%?")


def counts(done: Done) -> dict[str, Any]:
    """Counts by state, verdict and refusal, with what the batch was begun with."""
    states = Counter(row["state"] for row in done.rows)
    verdicts = Counter(row["verdict"] for row in done.rows if row["state"] == CHECKED)
    refusals = Counter(error_from_json(row["error"]).code for row in done.rows if row["state"] == REFUSED)
    return {
        "sites": len(done.rows),
        "states": {name: states[name] for name in STATES},
        "verdicts": {name: verdicts[name] for name in VERDICTS},
        "refusals": dict(sorted(refusals.items())),
        "issues": [issue_to_json(issue) for issue in done.issues],
        "terms": dict(done.terms),
    }


def compact(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The row as published: a refusal is told in words, what depends on limits of time and memory is left out."""
    value = {key: item for key, item in row.items() if key not in ("error", "deadline_s", "memory_mib")}
    if "error" in row:
        error = error_from_json(row["error"])
        value["error"] = explain(error, language) | {"params": row["error"]["params"]}
    return value


def write(done: Done, out: Path, catalogue: Catalogue, language: str) -> list[Path]:
    """Write table, lines and counts into a folder; return their paths.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    lines = (json.dumps(compact(row, language), ensure_ascii=False, allow_nan=False) + "\n" for row in done.rows)
    texts = {
        TABLE: "\ufeff" + _csv(done.rows, catalogue, language),  # without the mark Excel reads it as GBK
        LINES: "".join(lines),
        COUNTS: json.dumps(counts(done), ensure_ascii=False, indent=1) + "\n",
    }
    for name, text in texts.items():
        _replace(out / name, text)
    return [out / name for name in texts]


def _csv(rows: Iterable[Mapping[str, Any]], catalogue: Catalogue, language: str) -> str:
    paper = StringIO(newline="")
    writer = csv.writer(paper, lineterminator="\r\n")
    writer.writerow([say(f"batch_column_{name}", language) for name in COLUMNS])
    for row in rows:
        cells = _cells(row, catalogue, language)
        writer.writerow([_safe(cells.get(name, "")) for name in COLUMNS])
    return paper.getvalue()


def _cells(row: Mapping[str, Any], catalogue: Catalogue, language: str) -> dict[str, object]:
    """Cells of one row by column; areas in m² to 0.01."""
    cells = {name: row[name] for name in ("number", "name", "place")}
    cells["state"] = say(f"batch_state_{row['state']}", language)
    if row["state"] != CHECKED:
        words = explain(error_from_json(row["error"]), language)
        return cells | {"refusal": words["what"], "remedy": words["remedy"]}
    hit = [one for one in row["layers"] if one["status"] not in (Status.CLEAR, Status.UNCHECKED)]
    suggestion = row["suggestion"] or {}
    return cells | {
        "verdict": label("verdict", row["verdict"], language),
        "use": _list((_use(code, catalogue, language) for code in row["uses"]), language),
        "area_m2": _m2(row["area_m2"]),
        "outside_m2": _m2(row["outside_jurisdiction_m2"]),
        "floors": _list((_hit(one, language) for one in hit if one["kind"] == Kind.FLOOR), language),
        "hits": _list((_hit(one, language) for one in hit if one["kind"] != Kind.FLOOR), language),
        "unchecked": _list((one["title"] for one in row["unchecked"]), language),
        "reasons": " ".join(one["text"] for one in row["reasons"]),
        "kept_m2": _m2(suggestion.get("area_m2")),
        "lost_m2": _m2(suggestion.get("lost_m2")),
        "departments": _list(row["departments"], language),
        "issues": " ".join(
            issue_words(issue_from_json(one), language) for one in row["issues"] if not one[0].startswith("brought_in")
        ),
        "notices": " ".join(row["notices"]),
        "result_hash": row["result_hash"],
    }


def issue_words(issue: Issue, language: str) -> str:
    """What was noticed, in words."""
    return say(issue.code, language, **{"place": issue.place, **dict(issue.params)})


def _use(code: str, catalogue: Catalogue, language: str) -> str:
    use = catalogue.uses[code]
    return f"{code} {use.name_zh if language == 'zh' else use.name_en}"


def _hit(layer: Mapping[str, Any], language: str) -> str:
    return f"{layer['title']} {label('status', layer['status'], language)} {_m2(layer['area_m2'])} m²"


def _list(items: Iterable[str], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(items)


def _m2(area_m2: float | None) -> str:
    return "" if area_m2 is None else f"{area_m2:.2f}"


def _safe(cell: object) -> object:
    """Foreign text as Excel must take it: as text. An apostrophe stops a formula, a tab a date or number."""
    if not isinstance(cell, str):
        return cell
    if _FORMULA.match(cell) and not re.fullmatch(r"-?\d+\.\d\d", cell):
        return "'" + cell
    if _NUMBER.fullmatch(cell) and not re.fullmatch(r"\d+\.\d\d", cell):
        return "\t" + cell
    return cell


def _replace(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError as error:
        raise OutputError(str(path), reason=told(error)) from None


def worst(rows: Sequence[Mapping[str, Any]]) -> str:
    """The worst verdict of a batch; a site without one counts as undetermined."""
    found = [VERDICTS.index(row.get("verdict", "undetermined")) for row in rows]
    return VERDICTS[max(found)]
