"""The walls around a reader: what a reader taken over could still do."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from spatialhub.errors import ContainmentMissing
from spatialhub.intake import contain, read_site
from tests.intake.gis import SQUARE, geojson
from tests.intake.inside import codes
from tests.places import ROOT

PROBE = """
import json, os, socket, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from spatialhub.intake import contain
missing = contain.leave_network()
missing += contain.limit(contain.Limits(2, 256, 1))
missing += contain.keep_to([Path({upload!r})], [Path({scratch!r})])

def tried(what):
    try:
        return repr(what())
    except BaseException as error:
        return type(error).__name__

print(json.dumps({{
    "missing": missing,
    "upload": tried(lambda: open({upload!r}).read()),
    "passwd": tried(lambda: open("/etc/passwd").read()),
    "listing": tried(lambda: os.listdir("/")),
    "write": tried(lambda: open({upload!r}, "w")),
    "scratch": tried(lambda: open({scratch!r} + "/x", "w").write("x")),
    "elsewhere": tried(lambda: open("/tmp/spatialhub-probe", "w")),
    "run": tried(lambda: os.execv("/bin/true", ["true"])),
    "call": tried(lambda: socket.create_connection(("127.0.0.1", {port}), timeout=1)),
    "memory": tried(lambda: len(bytearray(2**30))),
    "big": tried(lambda: open({scratch!r} + "/y", "wb").write(bytes(2**21))),
}}))
"""


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    """What a contained process could do."""
    import socket

    folder = tmp_path_factory.mktemp("probe")
    upload, scratch = folder / "upload.txt", folder / "scratch"
    upload.write_text("content")
    scratch.mkdir()
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        code = textwrap.dedent(PROBE).format(
            root=str(ROOT), upload=str(upload), scratch=str(scratch), port=server.getsockname()[1]
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=contain.environment(), check=False
        )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    if "landlock" in found["missing"] or "namespaces" in found["missing"]:
        pytest.skip(f"this machine cannot contain: {found['missing']}")
    return found


def test_reader_reads_its_upload_and_nothing_else(probe):
    assert probe["upload"] == "'content'"
    assert probe["passwd"] == probe["listing"] == "PermissionError"


def test_reader_writes_its_scratch_folder_and_nothing_else(probe):
    assert probe["scratch"] == "1"
    assert probe["write"] == probe["elsewhere"] == "PermissionError"


def test_reader_runs_no_program_and_reaches_no_host(probe):
    assert probe["run"] == "PermissionError"
    assert probe["call"] in ("PermissionError", "OSError", "ConnectionRefusedError")


def test_reader_has_no_more_memory_and_disk_than_it_is_given(probe):
    assert (probe["memory"], probe["big"]) == ("MemoryError", "OSError")


@pytest.mark.parametrize("format_", [*contain.DRIVERS, "txt"])
def test_gdal_of_a_reader_knows_the_drivers_of_its_format_alone(format_):
    code = "import pyogrio; print(sorted(pyogrio.list_drivers()))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=contain.environment(format_), check=True
    )
    assert done.stdout.strip() == str(sorted(contain.DRIVERS.get(format_, ())))


def weakened(monkeypatch):
    """Pretend that the kernel has no Landlock: in the child, through its start line."""
    from spatialhub.intake import child

    start = child._START.replace(
        "from spatialhub.intake.entry",
        "import spatialhub.intake.contain as c; c.keep_to = lambda *a: ('landlock',); from spatialhub.intake.entry",
    )
    monkeypatch.setattr(child, "_START", start)


def test_web_refuses_where_a_wall_is_missing_unless_it_was_allowed(tmp_path, monkeypatch):
    weakened(monkeypatch)
    monkeypatch.delenv("SPATIALHUB_ALLOW_WEAK_CONTAINMENT", raising=False)
    path = geojson(tmp_path / "a.geojson", SQUARE)
    with pytest.raises(ContainmentMissing) as refusal:
        read_site(path, epsg=4547, origin="web")
    assert refusal.value.params["missing"] == ("landlock",)
    monkeypatch.setenv("SPATIALHUB_ALLOW_WEAK_CONTAINMENT", "1")
    assert codes(read_site(path, epsg=4547, origin="web")) == ["containment_weak"]


def test_command_line_reads_and_warns(tmp_path, monkeypatch):
    weakened(monkeypatch)
    assert codes(read_site(geojson(tmp_path / "a.geojson", SQUARE), epsg=4547)) == ["containment_weak"]


def test_nothing_stays_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    import tempfile

    tempfile.tempdir = None
    try:
        (tmp_path / "in").mkdir()
        read_site(geojson(tmp_path / "in" / "a.geojson", SQUARE), epsg=4547)
        assert [one.name for one in Path(tmp_path).iterdir()] == ["in"]
    finally:
        tempfile.tempdir = None
