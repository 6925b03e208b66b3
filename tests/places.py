"""Where things lie: the checkout, and the real data beside it that some tests need."""

from __future__ import annotations

import shutil
from pathlib import Path

from spatialhub import settings

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"


def chromium() -> str | None:
    """Path of a Chromium: the setting, else the first on PATH."""
    return settings.get("SPATIALHUB_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
