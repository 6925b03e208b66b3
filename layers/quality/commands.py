"""`spatialhub layers quality …`: examine a version, see what was found, accept findings with a reason."""

from __future__ import annotations

from collections.abc import Callable

import click

from layers.command_parts import asked_language, by_whom, in_form, in_workspace, tell, version_name
from layers.model import LayerVersion
from layers.progress import Told
from layers.quality import show
from layers.quality.report import Report, as_json
from layers.quality.run import (
    GPKG,
    HTML,
    XLSX,
    accept,
    examine_version,
    folder_of,
    read_report,
    rules_of,
    standing_now,
)
from layers.quality.tally import MOST_KEPT
from layers.quality.words import word
from layers.workspace import Workspace
from spatialhub import worktime
from spatialhub.db import reading
from spatialhub.terminal import Terminal

_STAGES = {"features": "examining_features", "places": "examining_places", "writing": "writing"}


_version = click.argument("name", callback=version_name, metavar="KEY[@N]")


@click.group("quality")
def quality() -> None:
    """图层质量：重复、重叠、缝隙、碎面、属性；报告、接受。"""


@quality.command()
@_version
@click.option("--most", default=MOST_KEPT, show_default=True, type=click.IntRange(1), help="每条规则最多列出多少处。")
@by_whom
@in_form
@in_workspace
def run(workspace: Workspace, name: tuple[str, int | None], most: int, who: str, form: str) -> None:
    """检查一个版本的质量并写报告（网页、电子表格、GeoPackage；未写 @N 时为最新版本）。"""
    version = _find(workspace, name)
    report = examine_told(workspace, version, who=who, most_kept=most, quiet=form == "json")
    standing = standing_now(workspace, version)
    value = {**as_json(report, asked_language()), "standing": show.standing_json(standing)}
    tell(show.summary(report, standing, asked_language()), value, form)
    if form == "text":
        click.echo(where_written(workspace, version, asked_language()))


@quality.command("show")
@_version
@in_form
@in_workspace
def show_(workspace: Workspace, name: tuple[str, int | None], form: str) -> None:
    """显示最近一次质量检查的结果与已接受的问题。"""
    version = _find(workspace, name)
    standing = standing_now(workspace, version)
    if standing is None:
        tell(word("never", asked_language()), None, form)
        return
    known = read_report(workspace, version)
    tell(show.summary_of(known, standing, asked_language()), {**known, "standing": show.standing_json(standing)}, form)
    if form == "text" and standing.acceptances:
        Terminal().print(show.acceptances_table(standing, asked_language()))


@quality.command("accept")
@_version
@click.argument("rule")
@click.option("--finding", "findings", multiple=True, metavar="ID", help="问题编号，可多次；不写则为该规则的全部问题。")
@click.option("--reason", required=True, help="接受的理由，记入审计日志。")
@by_whom
@in_form
@in_workspace
def accept_(
    workspace: Workspace,
    name: tuple[str, int | None],
    rule: str,
    findings: tuple[str, ...],
    reason: str,
    who: str,
    form: str,
) -> None:
    """由牵头部门写明理由，接受一条规则的若干或全部问题；理由记入审计日志。"""
    version = _find(workspace, name)
    standing = accept(workspace, version, rule=rule, findings=findings, reason=reason, who=who, now=worktime.now())
    known = read_report(workspace, version)
    tell(show.summary_of(known, standing, asked_language()), show.standing_json(standing), form)


@quality.command("rules")
@click.argument("key")
@in_form
@in_workspace
def rules_(workspace: Workspace, key: str, form: str) -> None:
    """列出一个图层检查哪些规则：级别、阈值、依据、是否阻止发布。"""
    rules = rules_of(workspace, key)
    tell(show.rules_table(rules, asked_language()), [show.rule_json(rule, asked_language()) for rule in rules], form)


def examine_told(
    workspace: Workspace, version: LayerVersion, *, who: str, most_kept: int = MOST_KEPT, quiet: bool = False
) -> Report:
    """Examine a version and say how far it is."""
    language = asked_language()
    tellers: dict[str, Callable[..., None]] = {}
    opened: list[Told] = []

    def advance(stage: str, done: int, total: int) -> None:
        if stage not in tellers:
            close()
            opened.append(Told(version.name, language, quiet=quiet, doing=word(_STAGES[stage], language)))
            tellers[stage] = opened[-1].__enter__()
        tellers[stage](done, total)

    def close() -> None:
        while opened:
            opened.pop().__exit__(None, None, None)

    try:
        return examine_version(
            workspace, version, who=who, now=worktime.now(), language=language, most_kept=most_kept, progress=advance
        )
    finally:
        close()


def where_written(workspace: Workspace, version: LayerVersion, language: str) -> str:
    """Where the report lies, in words."""
    return f"{word('written', language)} {folder_of(workspace, version)}/（{HTML}、{XLSX}、{GPKG}）"


def _find(workspace: Workspace, name: tuple[str, int | None]) -> LayerVersion:
    from layers.versions import find  # it asks this package before a release

    workspace.catalogue.entry(name[0])
    with reading(workspace.engine) as session:
        return find(session, workspace.city.key, *name)
