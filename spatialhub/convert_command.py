"""`spatialhub convert`: a site read as `check` reads it and written in another format, with the findings told."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from layers import checks
from layers.workspace import open_workspace
from spatialhub import options, settings
from spatialhub.exports import Export, write_site
from spatialhub.intake import read_site
from spatialhub.messages import say
from spatialhub.messages.letters import printable
from spatialhub.worktime import now


@click.command("convert")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--crs", callback=options.crs, help="来源文件的坐标系；文件未说明时使用，从不猜测。")
@click.option("--axes", type=click.Choice(["north_first", "east_first"]), help="坐标次序，被问到时说明。")
@click.option("--degrees", type=click.Choice(["decimal"]), help="确认经纬度是十进制度，被问到时说明。")
@click.option("--sublayer", help="文件内有多个图层时指明其一。")
@click.option("--encoding", help="文字编码，如 gb18030；默认自动核定并说明。")
@click.option("--accept", multiple=True, help="采用 inspect 所列的补救办法（可重复）。")
@click.option("--to-crs", callback=options.crs, help="写成的坐标系：EPSG:4490 或 CGCS2000 平面（默认随格式）。")
@click.option("--producer", default="", help="界址点 TXT 的数据产生单位。")
@click.option("--city", help="城市：名称或目录。")
@click.pass_obj
def convert(
    workspace, file: Path, target: Path, to_crs: int | None, producer: str, city: str | None, **said: Any
) -> None:
    """把用地红线改写为另一种格式（按扩展名：.txt .zip .gpkg .dxf .geojson .kml），读取时的提示一并列出。"""
    opened = open_workspace(city=city) if city else workspace()
    site = checks.read(opened, partial(read_site, file, **said))
    uses = {code: use.name_zh for code, use in opened.catalogue.uses.items()}
    write_site(site, target, Export(to_crs, uses, now().date(), producer))
    language = settings.get("SPATIALHUB_LANGUAGE")
    for issue in site.issues:
        click.echo(printable(say(issue.code, language, place=issue.place, **dict(issue.params))), err=True)
    click.echo(say("converted", language, place=str(target), count=len(site.parts)))
