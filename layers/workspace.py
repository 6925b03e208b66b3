"""What every command works in: a home folder, its database, a city and the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from layers.catalog import load_catalogue
from spatialhub import audit, settings
from spatialhub.catalogue import Catalogue
from spatialhub.cities.loader import load_city
from spatialhub.cities.model import City
from spatialhub.db import connect, database_url, reading, upgrade_if_behind
from spatialhub.errors import HomeUnusable
from spatialhub.files import FileStore
from spatialhub.messages.system import told


@dataclass(frozen=True, slots=True)
class Workspace:
    """Home folder, engine, city, catalogue; where things lie follows from the home."""

    home: Path
    engine: Engine
    city: City
    catalogue: Catalogue

    @property
    def snapshots(self) -> Path:
        """Folder of published snapshots, each named by its hash."""
        return self.home / "snapshots"

    @property
    def files(self) -> FileStore:
        """Source files as they were handed in."""
        return FileStore(self.home / "files")

    @property
    def imports(self) -> Path:
        """Folder of import reports."""
        return self.home / "imports"

    @property
    def anchors(self) -> Path:
        """File of audit heads, outside the database."""
        return self.home / "audit.heads"

    def anchor(self) -> None:
        """Write the newest audit head beside the database: a log whose tail is cut off is then seen."""
        with reading(self.engine) as session:
            audit.anchor(self.anchors, audit.head(session))


def open_workspace(
    home: Path | None = None, city: str | Path | None = None, *, catalogs: Sequence[Path] = ()
) -> Workspace:
    """Open the workspace that settings and arguments name; an empty or older database is brought up first.

    Catalogue files: built-in, then `catalog.d/*.toml` of the home folder, then `catalogs`.

    Raises
    ------
    UnknownCity, DataFileError
        The city or a file of rules cannot be read.
    HomeUnusable
        The home folder cannot be made.
    """
    home = (home or settings.home()).expanduser().resolve()
    found = load_city(city or settings.get("SPATIALHUB_CITY"))
    own = () if home == settings.home() else sorted((home / "catalog.d").glob("*.toml"))
    catalogue = load_catalogue((*own, *catalogs), city=found)
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HomeUnusable(str(home), reason=told(error)) from None
    engine = connect(database_url(home, settings.get("SPATIALHUB_DATABASE_URL")))
    upgrade_if_behind(engine)
    return Workspace(home, engine, found, catalogue)
