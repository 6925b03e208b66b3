"""One catalogue of words, Chinese and English, keyed by the code of an error or finding.

An entry has `what` (what is the matter, with the place) and, for errors, `remedy` (what to do about it).
`tests/test_messages.py` holds that no code lacks words and no words lack a code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from spatialhub.errors import SpatialHubError

LANGUAGES = ("zh", "en")


@cache
def catalogue(language: str) -> Mapping[str, Mapping[str, str]]:
    """Words of one language: code → {what, remedy?}."""
    return tomllib.loads(files(__package__).joinpath(f"{language}.toml").read_text("utf-8"))


def say(code: str, language: str = "zh", /, **params: object) -> str:
    """Return what is the matter, in words."""
    return _fill(catalogue(language)[code]["what"], params)


def remedy(code: str, language: str = "zh", /, **params: object) -> str:
    """Return what to do about it; empty where a finding needs nothing done."""
    return _fill(catalogue(language)[code].get("remedy", ""), params)


def explain(error: SpatialHubError, language: str = "zh") -> dict[str, str]:
    """Return {code, place, what, remedy} of a refusal."""
    params = {"place": error.place, **error.params}
    return {
        "code": error.code,
        "place": error.place,
        "what": say(error.code, language, **params),
        "remedy": remedy(error.code, language, **params),
    }


class _Params(dict):
    def __missing__(self, key: str) -> str:
        return "—"


def _fill(template: str, params: Mapping[str, object]) -> str:
    return template.format_map(_Params({k: _text(v) for k, v in params.items()}))


def _text(value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
