"""`spatialhub layers …`: load, release, look at and take out layer versions (check.md §8)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from rich.console import RenderableType

from layers import show
from layers.catalogue_page import markdown
from layers.command_parts import asked_language, by_whom, in_form, in_workspace, tell, version_name
from layers.diff import compare
from layers.edges import EdgeRules, edge_layers, edge_rules
from layers.export import export_version
from layers.imports import CITY, import_layer
from layers.model import LayerVersion, pick
from layers.progress import Told
from layers.quality.commands import examine_told, quality, where_written
from layers.quality.run import rules_of, standing_now
from layers.quality.show import summary, verdict
from layers.rebuild_all import rebuild_all, rebuild_told
from layers.versions import find, release_version, retire_version, versions
from layers.words import word
from layers.workspace import Workspace
from spatialhub import worktime
from spatialhub.db import reading, writing
from spatialhub.errors import OptionError
from spatialhub.spatial.crs import GEOGRAPHIC, parse_crs
from spatialhub.spatial.snapshot import Snapshot
from spatialhub.terminal import Terminal


def _day(_: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    try:
        day = date.fromisoformat(value) if value else None
    except ValueError:
        day = date.min
    if day is not None and not 1900 <= day.year < 3000:
        raise OptionError(parameter.opts[0], found=value, allowed="YYYY-MM-DD")
    return day


def _name_if_any(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[str, int | None] | None:
    return None if value is None else version_name(context, parameter, value)


def _numbered(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, int]:
    """KEY@N: what moves a version names it in full."""
    key, number = version_name(context, parameter, value)
    if number is None:
        raise OptionError(parameter.human_readable_name, found=value, allowed="KEY@N")
    return key, number


_from = click.option("--in-force-from", callback=_day, metavar="YYYY-MM-DD", help="生效首日。")
_until = click.option("--in-force-until", callback=_day, metavar="YYYY-MM-DD", help="生效末日（含）。")


@click.group("layers")
def layers() -> None:
    """图层：导入、发布、查看、比较、导出、停用。"""


layers.add_command(quality)


@layers.command("list")
@click.option("--as-of", callback=_day, metavar="YYYY-MM-DD", help="该日有效的版本（默认今天）。")
@in_form
@in_workspace
def list_(workspace: Workspace, as_of: date | None, form: str) -> None:
    """列出目录中的全部图层，没有数据的也列出。"""
    with reading(workspace.engine) as session:
        known = versions(session, workspace.city.key)
    found = show.rows(workspace, known, as_of or worktime.now().date())
    tell(show.layers_table(found, asked_language()), [show.row_json(row) for row in found], form)


@layers.command("catalogue")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="写入文件；默认打印。")
@in_workspace
def catalogue_(workspace: Workspace, output: Path | None) -> None:
    """生成目录页：每个图层的牵头、征求、效力、条款与来源，各单位职责（Markdown）。"""
    text = markdown(workspace.catalogue, workspace.city)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
        click.echo(f"{word('written', asked_language())} {output}")


@layers.command("import")
@click.argument("key")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sublayer", help="文件内有多个图层时指明其一。")
@click.option("--crs", help="坐标系，如 EPSG:4526；文件未说明时必填，从不猜测。")
@click.option("--encoding", help="文字编码，如 gb18030；默认自动核定并写入报告。")
@click.option("--coverage", metavar="FILE|city", help="本图层管到哪里：范围文件，或 city（全市）。")
@click.option("--edges", "edge_lines", is_flag=True, help="文件里是道路或河道的两条边线：闭合成面，不能闭合的列出。")
@_from
@_until
@click.option("--release", is_flag=True, help="导入后随即由牵头部门发布。")
@click.option(
    "--quality/--no-quality", "quality_wanted", default=True, show_default=True, help="导入后随即做质量检查并写报告。"
)
@click.option("--not-shareable", is_flag=True, help="快照不得复制到其他机器。")
@by_whom
@in_form
@in_workspace
def import_(
    workspace: Workspace,
    key: str,
    file: Path,
    coverage: str | None,
    not_shareable: bool,
    edge_lines: bool,
    quality_wanted: bool,
    form: str,
    release: bool,
    **rest,
) -> None:
    """导入一个文件，成为图层的下一个版本（草案），并检查其质量；有阻止性问题未接受的不发布。"""
    entry = workspace.catalogue.entry(key)
    if quality_wanted:
        rules_of(workspace, key)  # a rule that cannot be read is told before the file is
    where = coverage if coverage in (None, CITY) else Path(coverage)
    with Told(entry.title(asked_language()), asked_language(), quiet=form == "json") as progress:
        version = import_layer(
            workspace,
            entry,
            file,
            coverage=where,
            shareable=not not_shareable,
            now=worktime.now(),
            progress=progress,
            edges=_edges(key) if edge_lines else None,
            release=release and not quality_wanted,
            **rest,
        )
    if quality_wanted:
        report = examine_told(workspace, version, who=rest["who"], quiet=form == "json")
        if form == "text":
            Terminal().print(summary(report, standing_now(workspace, version), asked_language()))
            click.echo(where_written(workspace, version, asked_language()))
        if release:
            with writing(workspace.engine) as session:
                version = release_version(session, version, who=rest["who"], steward=entry.steward, now=worktime.now())[
                    0
                ]
            workspace.anchor()
    tell(_card(workspace, version), show.as_json(version), form)
    if form == "text" and not release:
        click.echo(f"\n{word('next_release', asked_language())}: spatialhub layers release {version.name}")


@layers.command()
@click.argument("name", callback=_numbered, metavar="KEY@N")
@_from
@_until
@by_whom
@in_form
@in_workspace
def release(workspace: Workspace, name: tuple[str, int], who: str, form: str, **dates) -> None:
    """由牵头部门发布一个草案版本；先前的版本自生效之日起停用。"""
    entry = workspace.catalogue.entry(name[0])
    with writing(workspace.engine) as session:
        version = find(session, workspace.city.key, *name)
        moved = release_version(session, version, who=who, steward=entry.steward, now=worktime.now(), **dates)
    _moved(workspace, moved, form)


@layers.command()
@click.argument("name", callback=_numbered, metavar="KEY@N")
@click.option("--from", "from_day", callback=_day, metavar="YYYY-MM-DD", help="自该日起不再有效（默认今天）。")
@by_whom
@in_form
@in_workspace
def retire(workspace: Workspace, name: tuple[str, int], from_day: date | None, who: str, form: str) -> None:
    """停用一个现行版本。"""
    now = worktime.now()
    with writing(workspace.engine) as session:
        version = find(session, workspace.city.key, *name)
        moved = retire_version(session, version, who=who, from_day=from_day or now.date(), now=now)
    _moved(workspace, (moved,), form)


@layers.command("versions")
@click.argument("key")
@in_form
@in_workspace
def versions_(workspace: Workspace, key: str, form: str) -> None:
    """列出一个图层的全部版本。"""
    workspace.catalogue.entry(key)
    with reading(workspace.engine) as session:
        known = versions(session, workspace.city.key, key)
    tell(show.versions_table(known, asked_language()), [show.as_json(version) for version in known], form)


@layers.command("show")
@click.argument("name", callback=version_name, metavar="KEY[@N]")
@in_form
@in_workspace
def show_(workspace: Workspace, name: tuple[str, int | None], form: str) -> None:
    """显示一个版本：来源、坐标系、覆盖范围、导入报告（未写 @N 时为最新版本）。"""
    version = _version(workspace, *name)
    tell(_card(workspace, version), show.as_json(version), form)
    if form == "text":
        Terminal().print(verdict(standing_now(workspace, version), asked_language()))


@layers.command()
@click.argument("name", callback=version_name, metavar="KEY[@N]")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--crs", default=f"EPSG:{GEOGRAPHIC}", show_default=True, help="EPSG:4490 或 CGCS2000 平面。")
@in_workspace
def export(workspace: Workspace, name: tuple[str, int | None], file: Path, crs: str) -> None:
    """导出为 GeoPackage、GeoJSON 或 FlatGeobuf（按扩展名）；未写 @N 时为现行有效的版本，没有则为最新版本。"""
    version = _in_force(workspace, *name)
    epsg = parse_crs(crs)
    count = export_version(version, _snapshot(workspace, version), file, epsg=GEOGRAPHIC if epsg is None else epsg)
    read, written = (word(each, asked_language()) for each in ("features_read", "written"))
    click.echo(f"{version.name}　{count:,} {read}　{written} {file}")


@layers.command()
@click.argument("key")
@click.argument("before", type=int, metavar="A")
@click.argument("after", type=int, metavar="B")
@in_form
@in_workspace
def diff(workspace: Workspace, key: str, before: int, after: int, form: str) -> None:
    """比较两个版本：新增、删除、图形变化、属性变化，附面积。"""
    old, new = _version(workspace, key, before), _version(workspace, key, after)
    found = compare(_snapshot(workspace, old), _snapshot(workspace, new))
    tell(show.diff_table(found, asked_language()), show.diff_json(found), form)


@layers.command()
@click.argument("name", callback=_name_if_any, metavar="[KEY[@N]]", required=False)
@click.option(
    "--all", "every", is_flag=True, help="本市全部图层的全部版本，如程序升级之后；完好的跳过，中断后再运行即接着做。"
)
@by_whom
@in_workspace
def rebuild(workspace: Workspace, name: tuple[str, int | None] | None, every: bool, who: str) -> None:
    """由旧格式的快照或保存的来源文件重建快照：格式更新或快照损坏之后（未写 @N 时为全部版本）。"""
    if (name is None) != every:
        raise OptionError("rebuild", found=f"{name[0]} --all" if name else "—", allowed="KEY, KEY@N, --all")
    if name is None:
        rebuild_all(workspace, who=who)
        return
    workspace.catalogue.entry(name[0])
    with reading(workspace.engine) as session:
        known = versions(session, workspace.city.key, name[0]) if name[1] is None else ()
        known = known or (find(session, workspace.city.key, *name),)
    for version in known:
        rebuild_told(workspace, version, who=who)


def _edges(key: str) -> EdgeRules:
    rules = edge_rules(key)
    if rules is None:
        raise OptionError("--edges", found=key, allowed=tuple(edge_layers()))
    return rules


def _version(workspace: Workspace, key: str, number: int | None) -> LayerVersion:
    workspace.catalogue.entry(key)
    with reading(workspace.engine) as session:
        return find(session, workspace.city.key, key, number)


def _in_force(workspace: Workspace, key: str, number: int | None) -> LayerVersion:
    """The version named; without a number the one in force today, else the newest."""
    newest = _version(workspace, key, number)
    if number is not None:
        return newest
    with reading(workspace.engine) as session:
        known = versions(session, workspace.city.key, key)
    return pick(known, as_of=worktime.now().date()).version or newest


def _snapshot(workspace: Workspace, version: LayerVersion) -> Snapshot:
    return Snapshot.open(workspace.snapshots / version.snapshot_sha256)


def _card(workspace: Workspace, version: LayerVersion) -> RenderableType:
    columns = _snapshot(workspace, version).meta.columns
    return show.version_card(version, columns, asked_language())


def _moved(workspace: Workspace, moved: tuple[LayerVersion, ...], form: str) -> None:
    workspace.anchor()
    tell(show.versions_table(moved, asked_language()), [show.as_json(version) for version in moved], form)
