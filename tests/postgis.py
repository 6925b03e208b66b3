"""A private throw-away PostgreSQL cluster with PostGIS for tests; skipped aloud where none is installed.

`tests/conftest.py` imports the fixtures, so that one cluster serves the whole run: ask for `postgis_url`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

INSTALL = "apt-get install -y --no-install-recommends postgresql-15-postgis-3"
USER = "spatialhub"


def server_folder() -> Path | None:
    """Folder of the newest PostgreSQL's programs that has PostGIS beside it."""
    root = Path("/usr/lib/postgresql")
    versions = sorted(root.iterdir(), key=lambda path: int(path.name), reverse=True) if root.is_dir() else []
    for version in versions:
        control = Path(f"/usr/share/postgresql/{version.name}/extension/postgis.control")
        if (version / "bin/initdb").is_file() and control.is_file():
            return version / "bin"
    return None


@pytest.fixture(scope="session")
def postgis_cluster() -> Iterator[str]:
    """Start the cluster once for the whole run; gives the URL of its maintenance database."""
    programs = server_folder()
    if programs is None:
        pytest.skip(f"needs postgis: {INSTALL}")
    try:
        import psycopg  # noqa: F401
    except ImportError:
        pytest.skip("needs postgis: pip install -e .[postgis]")
    with private_cluster(programs, "listen_addresses=127.0.0.1") as (_, port):
        yield f"postgresql+psycopg://{USER}@127.0.0.1:{port}/postgres"


@contextmanager
def private_cluster(programs: Path, *settings: str) -> Iterator[tuple[Path, int]]:
    """A cluster for as long as the block runs, with `settings` (name=value); gives its socket's folder and its port."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has a limit
    as_user = _owner(folder)
    port = _free_port()
    options = " ".join([f"-p {port} -k {folder} -c fsync=off", *(f"-c {setting}" for setting in settings)])
    data = folder / "data"
    start = ["initdb", "-D", data, "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
    _run(as_user, programs, start)
    _run(as_user, programs, ["pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"])
    try:
        yield folder, port
    finally:
        _run(as_user, programs, ["pg_ctl", "-D", data, "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgis_template(postgis_cluster: str) -> str:
    """Name of a database with PostGIS, to be copied: five times quicker than creating the extension anew."""
    from sqlalchemy import create_engine

    name = "with_postgis"
    for url, statement in (
        (postgis_cluster, f"CREATE DATABASE {name}"),
        (postgis_cluster.removesuffix("postgres") + name, "CREATE EXTENSION postgis"),
    ):
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()
    return name


@pytest.fixture
def postgis_url(postgis_cluster: str, postgis_template: str) -> Iterator[str]:
    """A fresh empty database with PostGIS."""
    from sqlalchemy import create_engine

    name = f"t{uuid.uuid4().hex[:12]}"
    admin = create_engine(postgis_cluster, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {postgis_template}")
    yield postgis_cluster.removesuffix("postgres") + name
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


def _owner(folder: Path) -> list[str]:
    """The command that runs a program as a user PostgreSQL accepts: it refuses to run as root."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres", "postgres")
    return ["runuser", "-u", "postgres", "--"]


def _run(as_user: list[str], programs: Path, command: list) -> None:
    program, *arguments = map(str, command)
    done = subprocess.run(
        [*as_user, str(programs / program), *arguments],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # pg_ctl's server would keep a pipe open
        stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
        text=True,
    )
    assert done.returncode == 0, f"{program}: {done.stderr}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
