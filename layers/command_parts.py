"""What the commands on layers have in common: names of versions, options, the workspace, how an answer is told."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Callable
from functools import wraps

import click
from rich.console import RenderableType

from spatialhub import settings
from spatialhub.errors import OptionError
from spatialhub.terminal import Terminal

in_form = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="输出形式。")
by_whom = click.option("--who", default=getpass.getuser, help="经办人，记入审计日志（默认登录名）。")


def version_name(_: click.Context, parameter: click.Parameter, value: str) -> tuple[str, int | None]:
    """KEY or KEY@N.

    Raises
    ------
    OptionError
        Neither.
    """
    found = re.fullmatch(r"([A-Za-z]\w*)(?:@(\d+))?", value)
    if not found:
        raise OptionError(parameter.human_readable_name, found=value, allowed="KEY, KEY@N")
    return found[1], int(found[2]) if found[2] else None


def in_workspace(command: Callable) -> Callable:
    """Open the workspace that the group was told of and hand it to the command."""

    @click.pass_obj
    @wraps(command)
    def run(opener, /, **options):
        return command(opener() if callable(opener) else opener, **options)

    return run


def asked_language() -> str:
    """The language that people are answered in."""
    return settings.get("SPATIALHUB_LANGUAGE")


def tell(what: RenderableType, value: object, form: str) -> None:
    """Print a table for people or JSON for programs."""
    if form == "json":
        click.echo(json.dumps(value, ensure_ascii=False, indent=1))
    else:
        Terminal().print(what)
