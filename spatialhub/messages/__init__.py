"""One catalogue of words, Chinese and English, keyed by the code of an error or finding.

An entry has `what` (what is the matter, with the place) and, for errors, `remedy` (what to do about it).
`tests/test_messages.py` holds that no code lacks words and no words lack a code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from spatialhub.errors import SpatialHubError
from spatialhub.messages.letters import printable

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """Words within words: a code of the catalogue as an error's parameter, said in the reader's language."""

    code: str
    params: tuple[tuple[str, object], ...] = ()

    @classmethod
    def of(cls, words_code: str, /, **params: object) -> Words:
        """Build words from a code and the values it needs."""
        return cls(words_code, tuple(params.items()))

    def __str__(self) -> str:
        return self.code + "".join(f" {name}={value}" for name, value in self.params)


@cache
def catalogue(language: str) -> Mapping[str, Mapping[str, str]]:
    """Words of one language: code → {what, remedy?}."""
    return tomllib.loads(files(__package__).joinpath(f"{language}.toml").read_text("utf-8"))


def say(code: str, language: str = "zh", /, **params: object) -> str:
    """Return what is the matter, in words."""
    return _fill(catalogue(language)[code]["what"], params, language)


def remedy(code: str, language: str = "zh", /, **params: object) -> str:
    """Return what to do about it; empty where a finding needs nothing done."""
    return _fill(catalogue(language)[code].get("remedy", ""), params, language)


def explain(error: SpatialHubError, language: str = "zh") -> dict[str, str]:
    """Return {code, place, what, remedy} of a refusal."""
    params = {"place": error.place, **error.params}
    return {
        "code": error.code,
        "place": printable(error.place),
        "what": say(error.code, language, **params),
        "remedy": remedy(error.code, language, **params),
    }


# Findings are stored with texts only; these of their values are codes of their own, said in words.
_CODED: Mapping[str, Callable[[str], str]] = {
    "how": lambda code: f"brought_{code}",
    "defect": lambda code: f"defect_{code}",
}


class _Params(dict):
    def __missing__(self, key: str) -> str:
        return "—"


def _fill(template: str, params: Mapping[str, object], language: str) -> str:
    said = {name: _text(value, language) for name, value in params.items()}
    for name in _CODED.keys() & said.keys():
        entry = catalogue(language).get(_CODED[name](said[name]))
        said[name] = _fill(entry["what"], {**said, name: ""}, language) if entry and said[name] else said[name]
    return template.format_map(_Params(said))


def _text(value: object, language: str) -> str:
    if isinstance(value, Words):
        return say(value.code, language, **dict(value.params))
    if isinstance(value, (tuple, list)):
        return ("、" if language == "zh" else ", ").join(_text(item, language) for item in value)
    return printable(value)
