"""Checking a sample site of the demo as its user would: its file through intake, the layers in force, the rules."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from layers.lookup import pin
from layers.workspace import Workspace
from spatialhub import intake
from spatialhub.check import CheckOptions, check_site
from spatialhub.db import reading
from spatialhub.demo.city import DemoCity
from spatialhub.demo.sites import SampleSite
from spatialhub.result import CheckResult
from spatialhub.spatial.model import Site


def read_sample(workspace: Workspace, path: Path, sample: SampleSite) -> Site:
    """Read a sample site's file with the options that its story needs."""
    crs = int(sample.crs.removeprefix("EPSG:")) if sample.crs else None
    options = {name: value for name, value in sample.options.items() if name in ("use", "form", "level") and value}
    return intake.read_site(
        path,
        epsg=workspace.city.epsg,
        frame=workspace.city.frame.boundary,
        crs=crs,
        name=sample.title,
        uses={code: use.name_zh for code, use in workspace.catalogue.uses.items()},
        **options,
    )


def check_sample(workspace: Workspace, demo: DemoCity, sample: SampleSite, *, now: datetime) -> CheckResult:
    """Check one sample site against the layers in force today."""
    site = read_sample(workspace, demo.site_path(sample), sample)
    with reading(workspace.engine) as session:
        pinned = pin(
            session, workspace.catalogue, city=workspace.city.key, store=workspace.snapshots, as_of=now.date()
        )
    return check_site(
        site,
        pinned,
        policy=workspace.city.policy,
        catalogue=workspace.catalogue,
        jurisdiction=workspace.city.frame.boundary,
        options=CheckOptions(
            min_area_m2=sample.min_area_m2,
            as_of=now.date().isoformat(),
            checked_at=now.isoformat(timespec="seconds"),
        ),
    )
