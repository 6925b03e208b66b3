"""`spatialhub check`: one site, from a file or typed, against the city's plans (check.md §8)."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import click
from rich.console import Console

from layers import checks
from layers.workspace import Workspace, open_workspace
from spatialhub import options, settings
from spatialhub.approvals import read_approval
from spatialhub.check import CheckOptions, PinnedLayer
from spatialhub.deadline import within_limits
from spatialhub.errors import BrokenFile, OptionError, OutputError
from spatialhub.messages import Words
from spatialhub.messages.system import told
from spatialhub.result import CheckResult, to_json
from spatialhub.spatial.model import Form, Level, Manner, Site
from spatialhub.worktime import CHINA

TEXTS = ("text", "json", "geojson", "html")
PAPERS = ("docx", "pdf", "xlsx", "gpkg")  # `report.paper.making.FORMS`, not imported here for its weight
_TYPED = re.compile(
    r"\s*(SRID\s*=\s*\d|(MULTI)?(POINT|LINESTRING|POLYGON)\s*[ZM]*\s*(\(|EMPTY)|GEOMETRYCOLLECTION)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of one `spatialhub check`."""

    site: str
    crs: int | None
    use: str | None
    form: Form | None
    level: Level | None
    manner: Manner | None
    facility: str | None
    name: str | None
    axes: Literal["north_first", "east_first"] | None
    degrees: Literal["decimal"] | None
    accept: tuple[str, ...]
    sublayer: str | None
    encoding: str | None
    as_of: date
    known_at: datetime | None
    min_area_m2: float | None
    approvals: tuple[Path, ...]
    layers: tuple[str, ...]
    deadline_s: float


def reader_of(asked: Asked) -> Callable[..., Site]:
    """How the site that was asked about is read: a file, or WKT typed in its place.

    Raises
    ------
    BrokenFile
        There is no such file.
    """
    from spatialhub.intake import read_site, site_from_wkt

    traits: dict[str, Any] = {
        "crs": asked.crs,
        "use": asked.use,
        "form": asked.form,
        "level": asked.level,
        "manner": asked.manner,
        "facility": asked.facility,
        "name": asked.name,
    }
    if _TYPED.match(asked.site):
        return partial(site_from_wkt, asked.site, **traits)
    path = Path(asked.site)
    if not os.path.exists(path):  # unlike Path.exists, silent about names too long for a file
        raise BrokenFile(asked.site[:200] or "SITE", reason=Words.of("broken_no_file"))
    if not path.is_file():
        raise BrokenFile(asked.site, reason=Words.of("broken_not_a_file"))
    traits |= {"sublayer": asked.sublayer, "encoding": asked.encoding}
    return partial(read_site, path, axes=asked.axes, degrees=asked.degrees, accept=asked.accept, **traits)


def options_of(asked: Asked, *, now: datetime) -> CheckOptions:
    """What is said of the check itself; approvals are read."""
    return CheckOptions(
        min_area_m2=asked.min_area_m2,
        approvals=tuple(read_approval(path) for path in asked.approvals),
        as_of=asked.as_of.isoformat(),
        known_at=asked.known_at.isoformat() if asked.known_at else "",
        checked_at=now.isoformat(timespec="seconds"),
    )


def _json(result: CheckResult, _: Sequence[PinnedLayer]) -> str:
    return json.dumps(to_json(result), ensure_ascii=False, allow_nan=False, indent=1)


def _geojson(result: CheckResult, _: Sequence[PinnedLayer]) -> str:
    from spatialhub.report.geojson import result_geojson

    return json.dumps(result_geojson(result), ensure_ascii=False, allow_nan=False)


def _html(result: CheckResult, layers: Sequence[PinnedLayer]) -> str:
    from spatialhub.report.context import around, drawn_layers
    from spatialhub.report.map import render_map

    return render_map(to_json(result), layers=drawn_layers(layers, around(result.bounds)))


_RENDER: dict[str, Callable[[CheckResult, Sequence[PinnedLayer]], str]] = {
    "json": _json,
    "geojson": _geojson,
    "html": _html,
}


def _print(result: CheckResult, layers: Sequence[PinnedLayer], *, form: str, output: Path | None) -> None:
    from spatialhub.report.text import render_text

    if form == "text" and output is None:
        render_text(result, Console(), _language())
        return
    if form == "text":
        paper = StringIO()
        render_text(result, Console(file=paper, width=120), _language())
        text = paper.getvalue()
    else:
        text = _RENDER[form](result, layers)
    if output is None:
        click.echo(text)
    else:
        _write(output, text)


def _paper(result: CheckResult, workspace: Workspace, *, form: str, output: Path) -> None:
    from spatialhub.report.paper.making import Papers

    # By way of the text, so that it is the very value that a stored result gives.
    document = json.loads(_json(result, ()))
    _write(output, Papers(document, workspace).make(form))


def _write(output: Path, content: str | bytes) -> None:
    try:
        output.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise OutputError(str(output), reason=told(error)) from None
    click.echo(f"已写入 {output}", err=True)


def _language() -> str:
    return settings.get("SPATIALHUB_LANGUAGE")


@click.command("check")
@click.argument("site")
@click.option("--crs", callback=options.crs, help="坐标系，如 EPSG:4526；文件未说明时必填，从不猜测。")
@click.option("--use", help="拟建用途，用地用海分类代码，如 070102。")
@click.option("--form", type=click.Choice([row.value for row in Form]), help="area 可裁减，linear 线性，fixed 固定。")
@click.option("--level", type=click.Choice([row.value for row in Level]), help="地上、高架、地下。")
@click.option("--manner", type=click.Choice([row.value for row in Manner]), help="新建、穿越、临时、现状。")
@click.option("--facility", help="设施名称，如“110kV 变电站”，用于核对黄线、橙线的预留对象。")
@click.option("--name", help="地块或项目名称（默认取自文件）。")
@click.option("--axes", type=click.Choice(["north_first", "east_first"]), help="界址点 TXT 的坐标次序，被问到时说明。")
@click.option("--degrees", type=click.Choice(["decimal"]), help="确认经纬度是十进制度，被问到时说明。")
@click.option("--accept", multiple=True, help="采用 spatialhub inspect 所列的补救办法（可重复），如 swap、use。")
@click.option("--sublayer", help="文件内有多个图层时指明其一。")
@click.option("--encoding", help="文字编码，如 gb18030；默认自动核定并说明。")
@click.option("--as-of", callback=options.day, help="按该日有效的数据版本检查（默认今天）。")
@click.option("--known-at", callback=options.instant, help="只用该时刻之前已发布的数据版本。")
@click.option("--min-area-m2", type=float, callback=options.area, help="项目申报的最小用地面积（平方米）。")
@click.option("--approval", "approvals", multiple=True, type=click.Path(path_type=Path), help="批准文件（TOML）。")
@click.option("--layers", "keys", default="", callback=options.keys, help="只查这些图层（逗号分隔）；其余列为未核查。")
@click.option(
    "--deadline", "deadline_s", type=float, callback=options.deadline, help="最多用时（秒），超时即“过于复杂”。"
)
@click.option("--format", "form_", type=click.Choice((*TEXTS, *PAPERS)), default="text", show_default=True,
              help="输出形式；docx、pdf、xlsx、gpkg 须以 -o 给出文件。")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), help="写入文件。")
@click.option("--fail-on", type=click.Choice(options.VERDICTS), help="结论为此或更差时以 3 退出。")
@click.option("--city", help="城市：名称或目录。")
@click.option("--catalog", "catalogs", multiple=True, type=click.Path(path_type=Path), help="另加的图层目录文件。")
@click.pass_obj
def check(
    workspace, site, crs, use, form, level, manner, keys, form_, output, fail_on, as_of, city, catalogs, **rest
) -> None:
    """检查一宗用地红线（文件或 WKT）与全市各类规划、控制线的关系。"""
    now = datetime.now(CHINA)
    if form_ in PAPERS and output is None:
        raise OptionError("-o", found="—", allowed=f"FILE.{form_}")
    asked = Asked(
        site=site,
        crs=crs,
        use=use,
        form=Form(form) if form else None,
        level=Level(level) if level else None,
        manner=Manner(manner) if manner else None,
        as_of=as_of or now.date(),
        layers=keys,
        **rest,
    )
    opened = open_workspace(city=city, catalogs=catalogs) if city or catalogs else workspace()
    layers = checks.pinned(opened, as_of=asked.as_of, known_at=asked.known_at, only=asked.layers)
    found = checks.read(opened, reader_of(asked), layers=layers)  # has limits of its own
    said = options_of(asked, now=now)
    with within_limits(asked.deadline_s, found.name, as_json=form_ == "json"):
        result = checks.check(opened, found, layers, said)
        if form_ in PAPERS and output is not None:
            _paper(result, opened, form=form_, output=output)
        else:
            _print(result, layers, form=form_, output=output)
    if fail_on and options.as_bad_as(result.proposal.verdict, fail_on):
        sys.exit(3)
