"""The command line: what the program does, told to the right service; refusals in words, faults with their trace.

Exit status: 0 done, 1 a fault of ours, 2 refused (`--format json`: problem details on standard error), and for `check`
and `check-batch` 3 with --fail-on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

import click

from spatialhub.errors import SpatialHubError
from spatialhub.messages import LANGUAGES
from spatialhub.telling import FAULT, REFUSED, tell_fault, tell_problem, tell_refusal

_WORDS = "spatialhub.words"
# Commands are imported when they are called: `check` alone answers in a third of the time that all of them take.
COMMANDS = {
    "check": ("spatialhub.check_command", "check"),
    "check-batch": ("spatialhub.batch.commands", "check_batch"),
    "convert": ("spatialhub.convert_command", "convert"),
    "inspect": ("spatialhub.inspect_command", "inspect_command"),
    "demo": ("spatialhub.demo.commands", "demo_group"),
    "layers": ("layers.commands", "layers"),
    "report": ("spatialhub.report_command", "report"),
    "serve": ("webmap.commands", "serve"),
}


class Commands(click.Group):
    """The main group: finds commands in `COMMANDS`, turns refusals and faults into words and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        module, name = COMMANDS[cmd_name]
        return getattr(import_module(module), name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words given: a refusal must know whether JSON was asked for before the command has read them."""
        ctx.meta[_WORDS] = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, and end with the status that says what happened."""
        as_json = _wants_json(ctx.meta[_WORDS])
        try:
            return super().invoke(ctx)
        except SpatialHubError as error:
            tell_refusal(error, as_json=as_json)
            ctx.exit(REFUSED)
        except click.UsageError as error:
            if not as_json:
                raise
            told = {"title": error.format_message(), "detail": _help(error), "code": "usage"}
            tell_problem(told, status=400)
            ctx.exit(REFUSED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click's own affair: usage, --help, Ctrl-C, a reader such as `head` that has seen enough
        except Exception as error:
            tell_fault(error, as_json=as_json)
            ctx.exit(FAULT)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), help="存放全部数据的目录（SPATIALHUB_HOME）。")
@click.option("--city", help="城市：名称或目录（SPATIALHUB_CITY）。")
@click.option("--catalog", "catalogs", multiple=True, type=click.Path(path_type=Path), help="另加的图层目录文件。")
@click.option("--lang", type=click.Choice(LANGUAGES), help="语言（SPATIALHUB_LANGUAGE）。")
@click.pass_context
def main(ctx: click.Context, home: Path | None, city: str | None, catalogs: tuple[Path, ...], lang: str | None) -> None:
    """多规合一：一宗用地能不能建，依据哪条规划，该问哪些部门。"""
    given = {"SPATIALHUB_HOME": home, "SPATIALHUB_CITY": city, "SPATIALHUB_LANGUAGE": lang}
    ctx.with_resource(_settings({name: str(value) for name, value in given.items() if value is not None}))
    ctx.obj = cache(partial(_open, catalogs))


@contextmanager
def _settings(given: Mapping[str, str]) -> Iterator[None]:
    """Options win over the environment for as long as the command runs."""
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({name: value} if value is not None else {})


def _open(catalogs: tuple[Path, ...]):
    from layers.workspace import open_workspace

    return open_workspace(catalogs=catalogs)


def _wants_json(args: Sequence[str]) -> bool:
    """Whether `--format json` was asked for; looked for in the words given, because a refusal may come while they are
    still being read."""
    pairs = zip(args, [*args[1:], ""], strict=True)
    return any(word == "--format=json" or (word == "--format" and value == "json") for word, value in pairs)


def _help(error: click.UsageError) -> str:
    return error.ctx.get_usage() if error.ctx else ""


if __name__ == "__main__":
    main()
