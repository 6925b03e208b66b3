"""What a file's 地块用途 and 地类编码 may mean as a national use: candidates to ask about, never a use by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class UseTables:
    """National uses (code → name) and rows of the land survey (code → name, national codes)."""

    national: Mapping[str, str] = field(default_factory=dict)
    survey: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


def candidates(code: str, words: str, tables: UseTables) -> tuple[str, ...]:
    """National codes that a code and words can mean; one alone is what can be asked about by name.

    The words decide where they name a class; a code without words is read both as national and as the survey's, because
    both classifications write four digits (0601 is 农业设施用地 in one and 工业用地 in the other).
    """
    code, words = code.strip(), words.strip()
    named = tuple(one for one, name in tables.national.items() if alike(name, words))
    by_survey = _by_survey(code, words, tables)
    if words:
        if code in named:
            return (code,)
        both = tuple(one for one in named if one in by_survey)
        return both or (named if named and not by_survey else tuple(dict.fromkeys(named + by_survey)))
    own = (code,) if code in tables.national else ()
    return tuple(dict.fromkeys(own + by_survey))


def _by_survey(code: str, words: str, tables: UseTables) -> tuple[str, ...]:
    """National codes of the survey's row, where its name and the words do not contradict each other."""
    name, pivots = tables.survey.get(code) or tables.survey.get(code.rstrip("AK")) or ("", ())
    return pivots if not words or alike(name, words) else ()


def alike(a: str, b: str) -> bool:
    """Whether two names of a class are the same but for the ending 用地."""
    return bool(a and b) and a.strip().removesuffix("用地") == b.strip().removesuffix("用地")
