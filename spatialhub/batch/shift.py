"""The test for coordinates that carry a map datum's offset, once per file: the features of a file share it.

A single check makes the test for its site; over thousands of sites of one file it would take most of the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from layers.shifts import shift_issue
from spatialhub.batch.source import Gathered
from spatialhub.batch.work import Job
from spatialhub.check import PinnedLayer
from spatialhub.cities.model import City
from spatialhub.spatial.model import Issue

_SAMPLES = 7


def with_suspicions(gathered: Gathered, city: City, layers: Sequence[PinnedLayer]) -> Gathered:
    """Try some features of every file; where most of them fit better without the offset, all of that file's are told,
    and so is the batch."""
    issues = {
        number: issue for number in range(len(gathered.files)) for issue in _suspicion(number, gathered, city, layers)
    }
    if not issues:
        return gathered
    jobs = tuple(_told(job, issues[job.file]) if job.row and job.file in issues else job for job in gathered.jobs)
    return replace(gathered, jobs=jobs, issues=(*gathered.issues, *issues.values()))


def _suspicion(number: int, gathered: Gathered, city: City, layers: Sequence[PinnedLayer]) -> Iterator[Issue]:
    """The suspicion about one file, if there is one."""
    key = city.frame.shift_reference
    reference = next((row.snapshot for row in layers if row.entry.key == key), None)
    rows = [job.row for job in gathered.jobs if job.file == number and job.row is not None and job.row.wkb]
    if reference is None or not rows:
        return
    tried = rows[:: -(-len(rows) // _SAMPLES)]
    name = gathered.files[number].source.name
    found = [shift_issue(city, row.geometry, reference, place=name) for row in tried]
    codes = Counter(issue.code for issue in found if issue)
    for code, count in codes.most_common(1):
        if 2 * count > len(tried):
            yield next(issue for issue in found if issue and issue.code == code)


def _told(job: Job, issue: Issue) -> Job:
    assert job.row is not None
    return replace(job, row=replace(job.row, issues=(*job.row.issues, replace(issue, place=job.place))))
