"""How the command line tells that it refused or failed: in words for people, as problem details for programs."""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping

import click
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from spatialhub import settings
from spatialhub.errors import SpatialHubError
from spatialhub.messages import LANGUAGES, explain
from spatialhub.messages.letters import printable

FAULT, REFUSED = 1, 2  # exit status


def tell_refusal(error: SpatialHubError, *, as_json: bool) -> None:
    """Say in words, or as problem details, what is refused and what to do."""
    words = explain(error, _language())
    if as_json:
        problem = {"title": words["what"], "detail": words["remedy"], "code": words["code"], "place": words["place"]}
        tell_problem(problem | {"params": {name: str(value) for name, value in error.params.items()}}, status=422)
        return
    body = Text(printable(words["what"]))
    if words["remedy"]:
        body.append(f"\n{printable(words['remedy'])}", "bold")
    Console(stderr=True).print(Panel(body, title=words["code"], title_align="left", border_style="red"))


def tell_fault(error: Exception, *, as_json: bool) -> None:
    """Say that the program failed, with the trace."""
    title = {"zh": "程序故障，不是您的输入有误。", "en": "A fault of ours, not of your input."}[_language()]
    if as_json:
        tell_problem({"title": title, "detail": f"{type(error).__name__}: {error}", "code": "fault"}, status=500)
        return
    Console(stderr=True).print(Text(title, "bold red"))
    click.echo("".join(traceback.format_exception(error)), err=True)


def tell_problem(details: Mapping[str, object], *, status: int) -> None:
    """Problem details (RFC 9457) on standard error; the status is the one the web front would answer with."""
    value = {"type": f"urn:spatialhub:problem:{details['code']}", "status": status, **details}
    click.echo(json.dumps(value, ensure_ascii=False), err=True)


def _language() -> str:
    language = settings.get("SPATIALHUB_LANGUAGE")
    return language if language in LANGUAGES else LANGUAGES[0]
