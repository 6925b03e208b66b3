"""Progress: count, share and rate; a log gets a line now and then, a quick import none."""

from __future__ import annotations

import io

from layers.progress import Told, described


def test_count_share_and_rate_are_told_and_the_share_only_where_the_file_knows_it():
    assert described(250_000, 1_000_000, 2.5, "en") == "250,000 features, 25%, 100,000/s"
    assert described(250_000, 0, 2.5, "zh") == "250,000 个图斑　100,000/s"
    assert described(0, 10, 0.0, "en") == "0 features, 0%"


def lines_of(steps, **options):
    now = [100.0]
    out = io.StringIO()
    with Told("survey", "en", stream=out, clock=lambda: now[0], **options) as progress:
        for seconds, done in steps:
            now[0] = 100.0 + seconds
            progress(done, 1000)
    return out.getvalue().splitlines()


def test_a_log_gets_its_first_line_after_five_seconds_and_then_one_in_ten():
    found = lines_of([(1, 100), (4.9, 400), (6, 500), (10, 600), (17, 900), (18, 1000)])
    assert found == ["reading survey 500 features, 50%, 83/s", "reading survey 900 features, 90%, 53/s"]


def test_where_a_program_reads_standard_error_no_line_is_written():
    assert lines_of([(6, 500), (60, 900)], quiet=True) == []
