"""Rebuild versions one after the other and say of each what became of it, as `layers rebuild` does."""

from __future__ import annotations

from collections import Counter

import click

from layers.model import LayerVersion
from layers.progress import Told
from layers.rebuild import is_sound, rebuild
from layers.versions import versions
from layers.words import word
from layers.workspace import Workspace
from spatialhub import settings, worktime
from spatialhub.db import reading
from spatialhub.errors import SomeNotRebuilt, SpatialHubError
from spatialhub.messages import explain

AS_BEFORE, REBUILT = "as_before", "rebuilt"


def rebuild_told(workspace: Workspace, version: LayerVersion, *, who: str, place: str = "") -> str:
    """Rebuild a version and say whether it is as before; returns that.

    Raises
    ------
    CannotRebuild
        See `layers.rebuild.rebuild`.
    """
    language = settings.get("SPATIALHUB_LANGUAGE")
    with Told(f"{version.name}{place}", language) as progress:
        rebuilt = rebuild(workspace, version, who=who, now=worktime.now(), progress=progress)
    found = AS_BEFORE if rebuilt.snapshot_sha256 == version.snapshot_sha256 else REBUILT
    click.echo(f"{version.name}{place}　{word(found, language)}")
    return found


def rebuild_all(workspace: Workspace, *, who: str) -> None:
    """Rebuild every version of the city that is not sound. Each is done for good when it is told: stopped in between,
    the next run goes on from there. What is refused is told and left as it was, and the rest goes on.

    Raises
    ------
    SomeNotRebuilt
        At the end, where a version was refused.
    """
    language = settings.get("SPATIALHUB_LANGUAGE")
    with reading(workspace.engine) as session:
        known = versions(session, workspace.city.key)
    counts: Counter[str] = Counter()
    failed = []
    for number, version in enumerate(known, 1):
        place = f" ({number}/{len(known)})"
        try:
            sound = is_sound(workspace, version)
            counts[AS_BEFORE if sound else rebuild_told(workspace, version, who=who, place=place)] += 1
        except SpatialHubError as error:
            failed.append(version.name)
            click.echo(f"{version.name}{place}　{explain(error, language)['what']}", err=True)
    click.echo("　".join(f"{word(found, language)} {counts[found]}" for found in (REBUILT, AS_BEFORE)))
    if failed:
        raise SomeNotRebuilt(" ".join(failed), failed=len(failed), count=len(known))
