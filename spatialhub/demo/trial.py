"""Checking a sample site of the demo as its user would: its file through intake, the layers in force, the rules."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from layers import checks
from layers.workspace import Workspace
from spatialhub import intake
from spatialhub.check import CheckOptions
from spatialhub.demo.city import DemoCity
from spatialhub.demo.sites import SampleSite
from spatialhub.result import CheckResult
from spatialhub.spatial.model import Site


def read_sample(workspace: Workspace, path: Path, sample: SampleSite) -> Site:
    """Read a sample site's file with the options that its story needs."""
    crs = int(sample.crs.removeprefix("EPSG:")) if sample.crs else None
    options: dict[str, Any] = {
        name: value for name, value in sample.options.items() if name in ("use", "form", "level") and value
    }
    accept = (str(sample.options["accept"]),) if sample.options["accept"] else ()
    known = {"crs": crs, "name": sample.title, "accept": accept} | options
    return checks.read(workspace, partial(intake.read_site, path, **known))


def check_sample(workspace: Workspace, demo: DemoCity, sample: SampleSite, *, now: datetime) -> CheckResult:
    """Check one sample site against the layers in force today."""
    site = read_sample(workspace, demo.site_path(sample), sample)
    return checks.check(
        workspace,
        site,
        checks.pinned(workspace, as_of=now.date()),
        CheckOptions(
            min_area_m2=sample.min_area_m2,
            approvals=sample.approvals,
            as_of=now.date().isoformat(),
            checked_at=now.isoformat(timespec="seconds"),
        ),
    )
