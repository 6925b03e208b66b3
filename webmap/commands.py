"""`spatialhub serve`: the web front on this machine."""

from __future__ import annotations

import threading

import click

from spatialhub import settings
from spatialhub.intake.walls import Walls, walls
from spatialhub.messages import say

HOST = "127.0.0.1"


def containment(found: Walls) -> str:
    """What the kernel gives to contain readers of foreign files, and what follows from it, in the language set."""
    language = settings.get("SPATIALHUB_LANGUAGE")
    if found.complete:
        return say("walls_complete", language, landlock=found.landlock)
    weak = settings.get("SPATIALHUB_ALLOW_WEAK_CONTAINMENT") == "1"
    return say("walls_weak" if weak else "walls_missing", language, missing=found.missing)


@click.command()
@click.option("--port", default=8321, show_default=True, type=click.IntRange(1, 65535), help="端口 Port.")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64), help="线程 Threads that answer.")
def serve(port: int, threads: int) -> None:
    """打开网页工作台（仅本机 127.0.0.1）。 Serve the workbench, to this machine only."""
    from waitress import create_server

    from webmap.app import create_app

    app = create_app()
    threading.Thread(target=app.extensions["runner"].warm, daemon=True).start()
    try:
        server = create_server(app, host=HOST, port=port, threads=threads, ident="")
    except OSError as error:
        raise click.ClickException(f"端口 {port} 不可用（{error.strerror}）；请用 --port 换一个端口。") from None
    click.echo(containment(walls()), err=True)
    click.echo(f"工作台 http://{HOST}:{port}/map （仅本机可用；Ctrl+C 停止）")
    try:
        server.run()
    finally:
        server.close()
