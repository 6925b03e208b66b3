"""`spatialhub check-batch`: thousands of sites, from a file or a folder, against the city's plans (check.md §8)."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from layers.workspace import open_workspace
from spatialhub import options, settings
from spatialhub.batch import source, tables
from spatialhub.batch.run import DOCUMENTS, Done, Order, run_batch
from spatialhub.batch.telling import Telling, summary
from spatialhub.batch.work import FAULT
from spatialhub.errors import OptionError
from spatialhub.messages import say
from spatialhub.worktime import CHINA

_SUMMARY, _JSON, _BOTH = "summary", "json", "both"
_FAULT, _FAIL_ON = 1, 3


@click.command("check-batch")
@click.argument("path", metavar="FILE_OR_FOLDER", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="结果文件夹。")
@click.option(
    "--each", type=click.Choice(["feature", "file"]), help="一宗是一个要素（文件的默认）还是一个文件（文件夹的默认）。"
)
@click.option("--crs", callback=options.crs, help="坐标系，如 EPSG:4526；文件未说明时必填，从不猜测。")
@click.option("--use", help="全部用地的拟建用途，用地用海分类代码，如 070102。")
@click.option("--use-field", help="写有用途代码的字段。")
@click.option("--accept", type=click.Choice(["use"]), help="use：采用文件所写的地块用途、地类编码（仅指一种用途的）。")
@click.option("--name-field", help="写有名称的字段（默认按常见字段名识别）。")
@click.option("--sublayer", help="文件内有多个图层时指明其一。")
@click.option("--encoding", help="文字编码，如 gb18030；默认自动核定并说明。")
@click.option("--axes", type=click.Choice(["north_first", "east_first"]), help="界址点 TXT 的坐标次序（--each file）。")
@click.option("--as-of", callback=options.day, help="按该日有效的数据版本检查（默认今天；续做时同前）。")
@click.option("--known-at", callback=options.instant, help="只用该时刻之前已发布的数据版本。")
@click.option("--layers", "keys", default="", callback=options.keys, help="只查这些图层（逗号分隔）；其余列为未核查。")
@click.option("--workers", type=click.IntRange(1, 256), default=None, help="进程数（默认为处理器数）。")
@click.option(
    "--deadline", "deadline_s", type=float, callback=options.deadline, help="每宗最多用时（秒），超时即“过于复杂”。"
)
@click.option("--dask", metavar="ADDRESS", help="Dask 调度器地址，如 tcp://host:8786；各机共用数据目录。")
@click.option("--format", "form", type=click.Choice([_SUMMARY, _JSON, _BOTH]), default=_SUMMARY, show_default=True,
              help="summary 汇总表；json 另存每宗的完整结果，并以 JSON 汇总；both 两者。")  # fmt: skip
@click.option("--resume/--fresh", "resume", default=True, help="接着做未完成的（默认），或从头做。")
@click.option(
    "--fail-on", type=click.Choice(options.VERDICTS), help="有结论为此或更差时以 3 退出；没有结论的按待定计。"
)
@click.option("--city", help="城市：名称或目录。")
@click.option("--catalog", "catalogs", multiple=True, type=click.Path(path_type=Path), help="另加的图层目录文件。")
@click.pass_obj
def check_batch(workspace, path, out, use, keys, workers, resume, form, fail_on, city, catalogs, **rest) -> None:
    """成批检查：文件的每个要素（或文件夹的每个文件）为一宗用地，可随时中断、接着做。"""
    if use and rest["use_field"]:
        raise OptionError("--use-field", found=rest["use_field"], allowed="--use, --use-field")
    order = Order(
        source=_asked(path, out, use, rest),
        out=out,
        layers=keys,
        documents=form != _SUMMARY,
        fresh=not resume,
        workers=workers or len(os.sched_getaffinity(0)),
        as_of=rest["as_of"],
        known_at=rest["known_at"],
        deadline_s=rest["deadline_s"],
        dask=rest["dask"],
    )
    opened = open_workspace(city=city, catalogs=catalogs) if city or catalogs else workspace()
    language = settings.get("SPATIALHUB_LANGUAGE")
    with Telling(Console(stderr=True), language, lambda line: click.echo(line, err=True)) as telling:
        try:
            done = run_batch(order, opened, telling, now=datetime.now(CHINA))
        except KeyboardInterrupt:
            telling.__exit__()
            click.echo(say("batch_interrupted", language), err=True)
            raise
    written = tables.write(done, out, opened.catalogue, language)
    written += [out / DOCUMENTS] if order.documents else []
    if form == _JSON:
        click.echo(json.dumps(tables.counts(done), ensure_ascii=False, indent=1))
    else:
        Console().print(summary(done, language, seconds=telling.seconds, done_now=telling.done_now, written=written))
    sys.exit(_status(done, fail_on))


def _asked(path: Path, out: Path, use: str | None, rest: dict[str, Any]) -> source.Asked:
    names = ("each", "crs", "encoding", "sublayer", "axes", "use_field", "name_field")
    return source.Asked(
        path, use=use, out=out, use_of_file=rest["accept"] == "use", **{name: rest[name] for name in names}
    )


def _status(done: Done, fail_on: str | None) -> int:
    """1 where the program failed over a site, 3 where a verdict is as bad as told, else 0."""
    if any(row["state"] == FAULT for row in done.rows):
        return _FAULT
    return _FAIL_ON if fail_on and options.as_bad_as(tables.worst(done.rows), fail_on) else 0
