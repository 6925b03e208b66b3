"""A stranger's control characters never reach the terminal."""

from __future__ import annotations

import io

from click.testing import CliRunner
from rich.panel import Panel
from rich.table import Table

from spatialhub.cli import main
from spatialhub.messages.letters import printable
from spatialhub.terminal import Terminal
from tests.intake import gis

NASTY = "红线\x1b]0;owned\x07\x1b[2J\x9b31m\r\x7f\u202e"


def test_control_characters_become_marks_wherever_they_stand_in_what_is_printed():
    out = io.StringIO()
    table = Table(title=NASTY)
    table.add_column(NASTY)
    table.add_row(NASTY)
    console = Terminal(file=out, width=100, force_terminal=True, color_system="truecolor")
    console.print(Panel(table, title="x"), NASTY, style="red")
    text = out.getvalue()
    assert "红线" in text and "\x1b[31m" in text  # rich's own colours stay
    assert all(one not in text for one in ("\x1b]", "\x1b[2J", "\x9b", "\x07", "\r", "\x7f", "\u202e"))


def test_ends_of_lines_stay():
    assert printable("a\nb\x1bc") == "a\nb\N{REPLACEMENT CHARACTER}c"


def test_names_inside_a_file_reach_no_command_s_terminal_as_they_are(tmp_path):
    path = gis.geojson(tmp_path / f"a{NASTY}.geojson", gis.SQUARE, gis.SQUARE.buffer(2), rows=[{NASTY: NASTY}] * 2)
    for words in (
        ("inspect", path),
        ("check", path),
        ("convert", path, tmp_path / "out.kml"),
        ("layers", "import", "line_red", path, "--coverage", "city", "--who", "x"),
        ("layers", "show", "line_red"),
        ("layers", "import", "line_red", path),
    ):
        done = CliRunner().invoke(main, ["--home", str(tmp_path / "home"), *map(str, words)])
        assert done.exit_code in (0, 2), done.output
        said = done.stdout + done.stderr
        assert all(one not in said for one in ("\x1b", "\x9b", "\x07", "\x7f", "\u202e")), (words, said)


def test_spaces_of_every_width_stay():
    assert printable("覆盖范围\u30001 公顷\u00a0整\u2009。") == "覆盖范围\u30001 公顷\u00a0整\u2009。"
    assert printable("a\u2028b\tc") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"
