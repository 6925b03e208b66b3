"""`spatialhub serve`."""

import socket

from click.testing import CliRunner

from webmap import commands


def test_it_binds_this_machine_only():
    assert commands.HOST == "127.0.0.1"
    assert "--host" not in CliRunner().invoke(commands.serve, ["--help"]).output


def test_a_port_in_use_is_said_with_the_remedy(environment, monkeypatch, home):
    monkeypatch.setenv("SPATIALHUB_HOME", str(home))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = CliRunner().invoke(commands.serve, ["--port", str(taken.getsockname()[1])])
    assert said.exit_code == 1 and "--port" in said.output
