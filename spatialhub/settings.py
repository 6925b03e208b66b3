"""Every setting in one tuple: (name, default, help). Read from the environment when asked, never at import."""

from __future__ import annotations

import os
from pathlib import Path

SETTINGS: tuple[tuple[str, str, str], ...] = (
    ("SPATIALHUB_HOME", "~/.spatialhub", "Folder that holds everything: database, snapshots, catalog.d, imports."),
    ("SPATIALHUB_DATABASE_URL", "", "Database; empty: SQLite at SPATIALHUB_HOME/registry.db."),
    ("SPATIALHUB_CITY", "zhengzhou", "City whose folder of rules is used: a name or a path."),
    ("SPATIALHUB_LANGUAGE", "zh", "Language of the command line: zh or en."),
    ("SPATIALHUB_ALLOW_WEAK_CONTAINMENT", "", "1: take uploads even where namespaces or Landlock are missing."),
    ("SPATIALHUB_SITE_CPU_S", "10", "CPU seconds that reading one site may take."),
    ("SPATIALHUB_SITE_MEMORY_MIB", "1024", "Memory that reading one site may take."),
    ("SPATIALHUB_SITE_MAX_MIB", "64", "Largest file taken as a site."),
    ("SPATIALHUB_SITE_MAX_VERTICES", "20000", "Most vertices of a site."),
    ("SPATIALHUB_SITE_MAX_KM2", "200", "Largest site."),
    ("SPATIALHUB_LAYER_MEMORY_MIB", "4096", "Memory that reading one layer may take."),
    ("SPATIALHUB_LAYER_STALL_S", "60", "Seconds without progress after which reading a layer is stopped."),
    ("SPATIALHUB_CHECK_DEADLINE_S", "60", "Seconds after which a check is given up as too complex."),
    ("SPATIALHUB_CHECK_MEMORY_MIB", "3072", "Memory that one check may take, or one paper; beyond it is too complex."),
    ("SPATIALHUB_FONTS", "", "Folder of fonts that reports are set in, before the machine's own; empty: those alone."),
    ("SPATIALHUB_CHROMIUM", "", "Path of the Chromium that browser tests drive; empty: looked for on PATH."),
    ("SPATIALHUB_REQUIRE", "", "Comma list (postgis, browser, office, shared): a test that skips for these fails."),
)
_DEFAULTS = {name: default for name, default, _ in SETTINGS}


def get(name: str) -> str:
    """Return the setting's text: from the environment, else its default.

    Raises
    ------
    KeyError
        The name is no row of `SETTINGS`.
    """
    return os.environ.get(name, "") or _DEFAULTS[name]


def number(name: str) -> int:
    """Return a setting that is a whole number."""
    return int(get(name))


def home() -> Path:
    """Return SPATIALHUB_HOME as an absolute path; it need not exist yet."""
    return Path(get("SPATIALHUB_HOME")).expanduser().resolve()
