"""Which fonts set the papers: Chinese ones, or a refusal with the remedy, never boxes.

Looked for in the folder of SPATIALHUB_FONTS, then in the machine's fonts. A letter that neither font has is printed
as its code (〔U+1F600〕), which a reader can look up, and not as an empty box, which nobody can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

from spatialhub import settings
from spatialhub.errors import FontMissing
from spatialhub.report.paper.text import code_of

# By preference: what GB/T 9704 names, what office suites ship, what is free. Simplified forms only.
BODY = (
    "FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong", "华文仿宋", "SimSun", "宋体",
    "Noto Serif CJK SC",
    "Source Han Serif SC", "Source Han Serif CN", "Noto Serif SC", "AR PL UMing CN", "Noto Sans CJK SC", "Noto Sans SC",
)  # fmt: skip
HEADING = (
    "SimHei", "黑体", "STHeiti", "Microsoft YaHei", "微软雅黑", "Noto Sans CJK SC", "Source Han Sans SC",
    "Source Han Sans CN", "Noto Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
)  # fmt: skip
_MUST_HAVE = "郑州市用地合规性审查报告〔〕㎡²①“”"


@dataclass(frozen=True)
class FontChoice:
    """Fonts found: `fonts` for typst, families of body and headings, and the letters that both have."""

    fonts: Any
    body: str
    heading: str
    letters: frozenset[int]

    @property
    def folders(self) -> frozenset[Path]:
        """Where the fonts lie."""
        return frozenset(Path(info.path).parent for info in self.fonts.fonts() if info.path)

    def settable(self, value: Any) -> Any:
        """Return a context whose texts hold only letters that can be set; others stand as their code."""
        if isinstance(value, Mapping):
            return {key: self.settable(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.settable(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, words: str) -> str:
        """Return a text with its letters, or the codes of those that cannot be set."""
        if all(ord(letter) in self.letters for letter in words):
            return words
        return "".join(letter if ord(letter) in self.letters else code_of(letter) for letter in words)


def find_fonts() -> FontChoice:
    """Return the fonts that papers are set in.

    Raises
    ------
    FontMissing
        There is no font with Chinese letters.
    """
    return _find(settings.get("SPATIALHUB_FONTS"), system=True)


@cache
def _find(folder: str, *, system: bool) -> FontChoice:
    folders = [Path(folder)] if folder else []
    found = typst.Fonts(include_system_fonts=system, include_embedded_fonts=False, font_paths=folders)
    regular: dict[str, Any] = {}
    for info in sorted(found.fonts(), key=lambda info: (info.style != "normal", abs(info.weight - 400))):
        regular.setdefault(info.family, info)
    heading = next((name for name in HEADING if name in regular), "")
    body = next((name for name in BODY if name in regular), heading)
    if not body:
        raise FontMissing(folder or "—", wanted=BODY[-5:])
    heading = heading or body
    letters = _letters(regular[body]) & _letters(regular[heading])
    if missing := [letter for letter in _MUST_HAVE[:11] if ord(letter) not in letters]:
        raise FontMissing(f"{body}、{heading}", wanted=tuple(missing))
    return FontChoice(found, body, heading, letters)


def _letters(info: Any) -> frozenset[int]:
    if not info.path:
        raise FontMissing(info.family, wanted=BODY[-5:])
    with TTFont(info.path, fontNumber=info.index, lazy=True) as font:
        return frozenset(font.getBestCmap())
