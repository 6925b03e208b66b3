"""A real Chromium for tests: `with chromium() as browser`. Without one the test skips and says what to install."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from spatialhub import settings

INSTALL = "needs browser: apt-get install -y --no-install-recommends chromium fonts-noto-cjk"
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Watched:
    """A page with everything it asked for and everything that went wrong on it."""

    page: object
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def executable() -> str:
    """Path of the Chromium; skips the test where there is none."""
    found = settings.get("SPATIALHUB_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip(INSTALL)
    return found


_running: list = []


@contextmanager
def chromium() -> Iterator:
    """A headless browser; the one that runs already where fixtures of several folders overlap: there can be but one."""
    if _running:
        yield _running[0]
        return
    path = executable()
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs browser: pip install playwright")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        _running.append(browser)
        yield browser
        _running.clear()
        browser.close()


@contextmanager
def watched_page(browser, *, width: int = 1440, height: int = 900) -> Iterator[Watched]:
    """A fresh page whose requests, dialogs, script errors and policy violations are recorded."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    page = context.new_page()
    watched = Watched(page)
    page.on("request", lambda request: watched.requests.append(request.url))
    page.on("pageerror", lambda error: watched.faults.append(f"script: {error}"))
    page.on("dialog", lambda dialog: (watched.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda said: watched.faults.append(said.text) if said.type in ("error", "warning") else None)
    yield watched
    context.close()


def outside(requests: list[str], *allowed: str) -> list[str]:
    """Requests that went anywhere but to addresses that begin with one of `allowed` (data: and blob: stay inside)."""
    return [url for url in requests if not url.startswith((*allowed, "data:", "blob:"))]
