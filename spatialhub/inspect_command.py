"""`spatialhub inspect`: what stands in a file and how it would be taken, before anything is kept."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from layers import checks
from layers.workspace import open_workspace
from spatialhub import options, settings
from spatialhub.errors import BrokenFile
from spatialhub.intake.inspected import Inspection
from spatialhub.intake.inspection import inspect_path
from spatialhub.messages import Words, say
from spatialhub.report.inspected import document
from spatialhub.worktime import now

REFUSED = 2


@click.command("inspect")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--crs", callback=options.crs, help="坐标系，如 EPSG:4526；文件未说明时使用，从不猜测。")
@click.option("--axes", type=click.Choice(["north_first", "east_first"]), help="坐标次序，被问到时说明。")
@click.option("--degrees", type=click.Choice(["decimal"]), help="确认经纬度是十进制度，被问到时说明。")
@click.option("--sublayer", help="文件内有多个图层时指明其一。")
@click.option("--encoding", help="文字编码，如 gb18030；默认自动核定并说明。")
@click.option("--accept", "accept", multiple=True, help="采用所列的补救办法（可重复），如 swap、read-as=EPSG:4547。")
@click.option("--as", "kind", type=click.Choice(["site", "layer"]), default="site", show_default=True,
              help="按用地红线还是按规划图层查看。")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--city", help="城市：名称或目录。")
@click.pass_obj
def inspect_command(workspace, file: Path, kind: str, form: str, city: str | None, **said: Any) -> None:
    """查看一个文件：格式、图层、坐标系、编码、图形是否有效、是否偏移、会怎样修复；不保存任何内容。"""
    if not os.path.exists(file):
        raise BrokenFile(str(file)[:200], reason=Words.of("broken_no_file"))
    if not file.is_file():
        raise BrokenFile(str(file), reason=Words.of("broken_not_a_file"))
    opened = open_workspace(city=city) if city else workspace()
    pinned = checks.pinned(opened, as_of=now().date())
    found = checks.inspect(opened, partial(inspect_path, file, as_layer=kind == "layer", **said), layers=pinned)
    language = settings.get("SPATIALHUB_LANGUAGE")
    if form == "json":
        click.echo(json.dumps(document(found, language), ensure_ascii=False, allow_nan=False, indent=1))
    else:
        print_inspection(found, Console(), language, str(file))
    if found.refusal is not None:
        sys.exit(REFUSED)


def print_inspection(found: Inspection, console: Console, language: str, path: str) -> None:
    """Print an inspection for people."""
    said = document(found, language)
    console.print(_plain(f"{said['name']} · {said['size_bytes'] / 1024:,.1f} KiB"), style="bold", markup=False)
    for layer in said["layers"]:
        console.print(_layer_table(layer, language))
    for code, rows in _sections(said, language):
        if rows:
            console.print(say(code, language), style="bold", markup=False)
            for row in rows:
                console.print(f"  · {_plain(row)}", markup=False, soft_wrap=True)
    if said["refusal"]:
        console.print(_plain(said["refusal"]["what"]), style="red", markup=False, soft_wrap=True)
        console.print(_plain(said["refusal"]["remedy"]), markup=False, soft_wrap=True)
    for number, row in enumerate(said["remedies"], start=1):
        console.print(f"{number}. {_plain(row['words'])}", style="bold", markup=False)
        if row["shift"]:
            console.print(f"   {_plain(row['shift'])}", style="red", markup=False)
        console.print(f"   spatialhub check {_plain(path)} {_plain(row['command'])}", markup=False, soft_wrap=True)


def _layer_table(layer: dict[str, Any], language: str) -> Table:
    table = Table(title=_plain(layer["name"]) or None, show_header=False, title_justify="left", box=None)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    kinds = "，".join(f"{kind} {count}" for kind, count in layer["kinds"].items()) or "—"
    crs = layer["crs_name"] or (layer["crs_refusal"] or {}).get("what") or say("inspected_crs_silent", language)
    rows = (
        ("inspected_format", layer["format"]),
        ("inspected_encoding", layer["encoding"]),
        ("inspected_crs_said", layer["crs_said"] or "—"),
        ("inspected_crs", crs),
        ("inspected_looks", layer["looks_like"] or "—"),
        ("inspected_features", f"{layer['features']:,}（{kinds}）"),
        ("inspected_vertices", f"{layer['vertices']:,}"),
        ("inspected_invalid", f"{layer['invalid']:,}"),
        ("inspected_fields", "、".join(layer["fields"]) or "—"),
    )
    for code, text in rows:
        table.add_row(say(code, language), _plain(text))
    if layer["error"]:
        table.add_row("", _plain(layer["error"]["what"]), style="red")
    return table


def _frame(frame: dict[str, Any], language: str) -> list[str]:
    """Where it lies; nothing where that is not known, or the refusal says it."""
    if frame["position"] not in ("inside", "partly"):
        return []
    return [say(f"inspected_{frame['position']}", language, share=f"{frame['outside_share']:.2%}")]


def _sections(said: dict[str, Any], language: str) -> list[tuple[str, list[str]]]:
    """Lists under their headings: codes of words, and lines."""
    parts = [
        f"{row['number']} {row['name']}".strip()
        + f"：{row['area_m2']:,.2f} m²"
        + (f" · {row['use']}" if row["use"] else "")
        for row in said["parts"][:20]
    ]
    return [
        ("inspected_parts", parts),
        ("inspected_frame", _frame(said["frame"], language)),
        ("inspected_repairs", [row["words"] for row in said["repairs"]]),
        ("inspected_shift", [row["words"] for row in said["shift"]]),
        ("inspected_left_out", [row["words"] for row in said["left_out"]]),
        ("inspected_notes", [row["words"] for row in said["notes"]]),
    ]


def _plain(text: object) -> str:
    """Foreign text without control characters."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text))
