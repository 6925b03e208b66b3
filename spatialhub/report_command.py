"""`spatialhub report`: the papers of a result, verifying one, templates to edit, the overview map."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from spatialhub import options, settings
from spatialhub.errors import NotAResult, OptionError, OutputError
from spatialhub.messages import Words, say
from spatialhub.messages.system import told
from spatialhub.report.paper.gather import city_layers
from spatialhub.report.paper.making import FORMS, TEMPLATES, Papers, template
from spatialhub.report.paper.seal import recomputed_hash
from spatialhub.worktime import now

ALTERED = 3
_COLOURS = {"yes": "green", "within": "green", "no": "bold red", "unknown": "yellow"}


class Reports(click.Group):
    """`spatialhub report FILE` makes reports; a word that is a command's name is that command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            return super().resolve_command(ctx, ["make", *args])
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].startswith("-") and args[0] not in ("-h", "--help"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


@click.group("report", cls=Reports)
def report() -> None:
    """检查结果的报告：生成（spatialhub report 结果.json）、核验、模板、总览图。"""


@report.command("make")
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format", "forms", default="docx,pdf,xlsx,gpkg", show_default=True, help="逗号分隔：docx、pdf、xlsx、gpkg。"
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="文件夹；只有一种格式、一个结果时可为文件。")
@click.pass_obj
def make(workspace, results: tuple[Path, ...], forms: str, output: Path | None) -> None:
    """由检查结果（spatialhub check --format json -o 的文件）生成报告。"""
    wanted = [form.strip() for form in forms.split(",") if form.strip()]
    if unknown := [form for form in wanted if form not in FORMS] or ([] if wanted else [forms]):
        raise OptionError("--format", found="、".join(unknown), allowed="、".join(FORMS))
    for path in results:
        papers = Papers(read_result(path), workspace())
        for form in wanted:
            write(_target(path, form, output, single=len(wanted) == len(results) == 1), papers.make(form))


def read_result(path: Path) -> dict:
    """Return a result's full JSON, unaltered: no report is made of one whose hash does not hold.

    Raises
    ------
    NotAResult
        The file is none, or was altered.
    """
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise NotAResult(path.name, reason=told(error)) from None
    except (ValueError, RecursionError):
        raise NotAResult(path.name, reason=Words.of("not_json")) from None
    if fault := _fault(document):
        raise NotAResult(path.name, reason=fault)
    found, recorded = recomputed_hash(document), document["provenance"]["result_hash"]
    if found != recorded:
        raise NotAResult(path.name, reason=Words.of("verify_hash_broken", hash=recorded, found=found))
    return document


def _fault(document: object) -> str:
    """Where a value departs from the published schema; empty where it does not.

    Of fragments the first is looked at: there are thousands, and the hash speaks for them all.
    """
    from jsonschema import Draft202012Validator

    schema = json.loads(files("spatialhub.schemas").joinpath("check_result.json").read_text("utf-8"))
    if isinstance(document, dict) and isinstance(document.get("fragments"), list):
        document = document | {"fragments": document["fragments"][:1]}
    found = next(Draft202012Validator(schema).iter_errors(document), None)
    return f"{found.json_path}: {found.message}"[:200] if found else ""


def _target(path: Path, form: str, output: Path | None, *, single: bool) -> Path:
    if output is not None and single and output.suffix.lower() == f".{form}":
        return output
    return (output or path.parent) / f"{path.stem}.{form}"


def write(target: Path, content: bytes) -> None:
    """Write a report, and say so on standard error.

    Raises
    ------
    OutputError
        It cannot be written there.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    except OSError as error:
        raise OutputError(str(target), reason=told(error)) from None
    click.echo(f"已写入 {target}", err=True)


@report.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--site", type=click.Path(path_type=Path), help="原始用地文件；多地块的用地要逐位比对时需要。")
@click.option("--crs", callback=options.crs, help="用地文件的坐标系，同 spatialhub check。")
@click.option("--use", help="用地文件未说明的用途，同 spatialhub check。")
@click.option("--min-area-m2", type=float, callback=options.area, help="检查时给过的最小用地面积。")
@click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True, help="输出形式。"
)
@click.pass_obj
def verify(workspace, file: Path, site: Path | None, crs: int | None, use: str | None, min_area_m2, form: str) -> None:
    """核验报告或结果：文件是否未经改动、数据是否仍在、重算是否一致。任一为“否”时以 3 退出。"""
    from spatialhub.report.paper.verify import verify as verified

    document, answers = verified(file, workspace(), read=_reader(site, crs, use), min_area_m2=min_area_m2)
    if form == "json":
        rows = [
            {"question": row.question, "reply": row.reply.value, "findings": _said(row.findings)} for row in answers
        ]
        said = {"result_hash": document["provenance"]["result_hash"], "answers": rows}
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        _tell(answers)
    if any(row.reply.value == "no" for row in answers):
        sys.exit(ALTERED)


def _reader(site: Path | None, crs: int | None, use: str | None) -> Callable | None:
    if site is None:
        return None
    from spatialhub.intake import read_site

    return partial(read_site, site, crs=crs, use=use)


def _said(findings: Sequence[Words]) -> list[str]:
    language = settings.get("SPATIALHUB_LANGUAGE")
    return [say(words.code, language, **dict(words.params)) for words in findings]


def _tell(answers: Sequence) -> None:
    console, language = Console(), settings.get("SPATIALHUB_LANGUAGE")
    for number, row in enumerate(answers, 1):
        question = say(f"verify_question_{row.question}", language)
        reply = say(f"verify_reply_{row.reply.value}", language)
        console.print(Text.assemble(f"{number}. {question}：", (reply, _COLOURS[row.reply.value])))
        for line in _said(row.findings):
            console.print(Text(f"   {''.join(each if each.isprintable() else '�' for each in line)}"))


@report.command("overview")
@click.argument("results", nargs=-1, type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="HTML 文件。")
@click.pass_obj
def overview(workspace, results: tuple[Path, ...], output: Path) -> None:
    """总览图（一个 HTML 文件，离线打开）：本市各图层，和各检查结果（JSON 文件，或含这些文件的文件夹）。"""
    from spatialhub.report.overview import CheckedSite, render_overview

    space = workspace()
    paths = [each for path in results for each in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    sites = [CheckedSite.of(read_result(path)) for path in paths]
    outline, layers, notices = city_layers(space, day=now().date())
    html = render_overview(
        outline, epsg=space.city.epsg, city=space.city.policy.name, layers=layers, sites=sites, notices=notices
    )
    write(output, html.encode())


@report.command("template")
@click.argument("form", type=click.Choice(tuple(TEMPLATES)))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="默认存入 SPATIALHUB_HOME/templates，改后即生效。"
)
def template_command(form: str, output: Path | None) -> None:
    """另存一份内置模板供修改；占位符见 docs/report.md。"""
    target = output or settings.home() / "templates" / TEMPLATES[form]
    if target.exists():
        raise OutputError(str(target), reason=say("template_there", settings.get("SPATIALHUB_LANGUAGE")))
    write(target, template(form))
