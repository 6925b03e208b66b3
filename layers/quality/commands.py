"""`spatialhub layers quality …`: examine a version, see what was found, accept findings with a reason."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Callable
from functools import wraps

import click
from rich.console import RenderableType

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
from spatialhub import settings, worktime
from spatialhub.db import reading
from spatialhub.errors import OptionError
from spatialhub.terminal import Terminal

_STAGES = {"features": "examining_features", "places": "examining_places", "writing": "writing"}


def _name(_: click.Context, parameter: click.Parameter, value: str) -> tuple[str, int | None]:
    """KEY or KEY@N."""
    found = re.fullmatch(r"([A-Za-z]\w*)(?:@(\d+))?", value)
    if not found:
        raise OptionError(parameter.human_readable_name, found=value, allowed="KEY, KEY@N")
    return found[1], int(found[2]) if found[2] else None


_format = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="输出形式。")
_who = click.option("--who", default=getpass.getuser, help="经办人，记入审计日志（默认登录名）。")
_version = click.argument("name", callback=_name, metavar="KEY[@N]")


def _in_workspace(command: Callable) -> Callable:
    """Open the workspace that the group was told of and hand it to the command."""

    @click.pass_obj
    @wraps(command)
    def run(opener, /, **options):
        return command(opener() if callable(opener) else opener, **options)

    return run


@click.group("quality")
def quality() -> None:
    """图层质量：重复、重叠、缝隙、碎面、属性；报告、接受。"""


@quality.command()
@_version
@click.option("--most", default=MOST_KEPT, show_default=True, type=click.IntRange(1), help="每条规则最多列出多少处。")
@_who
@_format
@_in_workspace
def run(workspace: Workspace, name: tuple[str, int | None], most: int, who: str, form: str) -> None:
    """检查一个版本的质量并写报告（网页、电子表格、GeoPackage；未写 @N 时为最新版本）。"""
    version = _find(workspace, name)
    report = examine_told(workspace, version, who=who, most_kept=most, quiet=form == "json")
    standing = standing_now(workspace, version)
    value = {**as_json(report, _language()), "standing": show.standing_json(standing)}
    _tell(show.summary(report, standing, _language()), value, form)
    if form == "text":
        click.echo(where_written(workspace, version, _language()))


@quality.command("show")
@_version
@_format
@_in_workspace
def show_(workspace: Workspace, name: tuple[str, int | None], form: str) -> None:
    """显示最近一次质量检查的结果与已接受的问题。"""
    version = _find(workspace, name)
    standing = standing_now(workspace, version)
    if standing is None:
        _tell(word("never", _language()), None, form)
        return
    known = read_report(workspace, version)
    _tell(show.summary_of(known, standing, _language()), {**known, "standing": show.standing_json(standing)}, form)
    if form == "text" and standing.acceptances:
        Terminal().print(show.acceptances_table(standing, _language()))


@quality.command("accept")
@_version
@click.argument("rule")
@click.option("--finding", "findings", multiple=True, metavar="ID", help="问题编号，可多次；不写则为该规则的全部问题。")
@click.option("--reason", required=True, help="接受的理由，记入审计日志。")
@_who
@_format
@_in_workspace
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
    _tell(show.summary_of(known, standing, _language()), show.standing_json(standing), form)


@quality.command("rules")
@click.argument("key")
@_format
@_in_workspace
def rules_(workspace: Workspace, key: str, form: str) -> None:
    """列出一个图层检查哪些规则：级别、阈值、依据、是否阻止发布。"""
    rules = rules_of(workspace, key)
    _tell(show.rules_table(rules, _language()), [show.rule_json(rule, _language()) for rule in rules], form)


def examine_told(
    workspace: Workspace, version: LayerVersion, *, who: str, most_kept: int = MOST_KEPT, quiet: bool = False
) -> Report:
    """Examine a version and say how far it is."""
    language = _language()
    tellers: dict[str, Callable[..., None]] = {}
    opened: list[Told] = []

    def tell(stage: str, done: int, total: int) -> None:
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
            workspace, version, who=who, now=worktime.now(), language=language, most_kept=most_kept, progress=tell
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


def _language() -> str:
    return settings.get("SPATIALHUB_LANGUAGE")


def _tell(what: RenderableType, value: object, form: str) -> None:
    """Print a table for people or JSON for programs."""
    if form == "json":
        click.echo(json.dumps(value, ensure_ascii=False, indent=1))
    else:
        Terminal().print(what)
