"""`spatialhub demo`: build the demo city, list its sample sites, check them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from spatialhub import settings
from spatialhub.demo import NOTICE
from spatialhub.demo.order import MOST_PARCELS, PARCELS, SEED, Order
from spatialhub.report.words import label

QUICK = ("clean_housing", "eco_housing", "farm_road")  # one of each verdict that a site can be given at once


def demo_folder() -> Path:
    """Where the demo lies: the web front offers its sample sites from there."""
    return settings.home() / "demo"


def _cores() -> int:
    return os.cpu_count() or 1


@click.group("demo")
def demo_group() -> None:
    """演示城市（示例，非法定界线）。 The demo city: synthetic, seeded."""


@demo_group.command("build")
@click.option("--parcels", default=PARCELS, show_default=True, type=click.IntRange(2_000, MOST_PARCELS),
              help="地块数 Parcels.")  # fmt: skip
@click.option("--seed", default=SEED, show_default=True, type=click.IntRange(0), help="随机种子 Seed.")
@click.option("--dirty", is_flag=True, help="共用界线植入毫米级不一致。 Plant mismatches of millimetres.")
@click.option("--files-only", is_flag=True, help="只生成文件，不入库。 Write the files, import nothing.")
@click.option("--workers", default=_cores, show_default="CPU", type=click.IntRange(1, 64), help="进程数 Processes.")
def build_command(parcels: int, seed: int, dirty: bool, files_only: bool, workers: int) -> None:
    """生成演示城市并把各图层入库、发布。 Build the demo city; import and release its layers."""
    from spatialhub.demo.city import build_city

    console = Console()
    with _progress(console) as progress:
        order = Order(parcels, seed, dirty)
        demo = build_city(demo_folder(), order, workers=workers, report=console.print, progress=progress)
    console.print(f"演示城市（{NOTICE}）：{demo.folder}，{len(demo.layers)} 个图层，{len(demo.sites)} 个示例选址")
    if not files_only:
        _load(demo, console)


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[int, int], None]]:
    """A bar of the parts of the city that are drawn; none before the first, none where nobody watches."""
    columns = (SpinnerColumn(), TextColumn("绘制街区"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)


def _load(demo, console: Console) -> None:
    from layers.workspace import open_workspace
    from spatialhub.demo.load import CITY, load_city_layers
    from spatialhub.worktime import now

    def tell(layer, version, fresh: bool) -> None:
        done = "入库并发布" if fresh else "已在库"
        console.print(f"{done} {version.name} {version.title}（{version.feature_count} 个要素）")

    load_city_layers(open_workspace(city=CITY), demo, now=now(), report=tell)


@demo_group.command("sites")
def sites_command() -> None:
    """列出示例选址、故事与预期结论。 List the sample sites with story and expected verdict."""
    from spatialhub.demo.sites import sample_sites

    table = Table()
    for heading in ("代号 Key", "文件 File", "选项 Options", "预期 Expected", "说明 Story"):
        table.add_column(heading, overflow="fold")  # Chinese has no spaces to break at: nothing is cut off
    for site in sample_sites():
        options = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in site.options.items() if value)
        table.add_row(site.key, site.file, options, label("verdict", site.expected.value), site.story)
    Console().print(table)


@demo_group.command("check")
@click.argument("keys", nargs=-1)
@click.option("--all", "every", is_flag=True, help="全部示例选址。 All sample sites.")
def check_command(keys: tuple[str, ...], every: bool) -> None:
    """检查示例选址并与预期结论对照；不一致时以 1 退出。 Check sample sites against their expected verdicts."""
    from spatialhub.demo.sites import sample_sites

    known = {site.key: site for site in sample_sites()}
    wanted = tuple(known) if every else keys or QUICK
    if differing := [key for key in wanted if not _check(_known(known, key))]:
        raise click.ClickException(f"与预期结论不一致：{'、'.join(differing)}")


def _known(known: dict, key: str):
    from spatialhub.errors import OptionError

    if key not in known:
        raise OptionError("demo check", found=key, allowed=tuple(known))
    return known[key]


def _check(site) -> bool:
    """Check one sample, print the result, and tell whether the verdict is the expected one."""
    from layers.workspace import open_workspace
    from spatialhub.demo.city import read_city
    from spatialhub.demo.load import CITY
    from spatialhub.demo.trial import check_sample
    from spatialhub.report.text import render_text
    from spatialhub.worktime import now

    console = Console()
    console.rule(f"{site.title}（{NOTICE}）")
    console.print(site.story)
    result = check_sample(open_workspace(city=CITY), read_city(demo_folder()), site, now=now())
    render_text(result, console)
    as_expected = result.proposal.verdict is site.expected
    expected = label("verdict", site.expected.value)
    mark = "与预期一致" if as_expected else f"预期为{expected}"
    console.print(f"结论：{label('verdict', result.proposal.verdict.value)}（{mark}）")
    return as_expected
