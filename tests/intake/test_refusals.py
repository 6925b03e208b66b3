"""Every refusal of intake, exports, inspect, convert, quality and edges is provoked, and its words held word for word
in both languages (refusals.toml); a refusal that the source raises and nothing here provokes fails."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from spatialhub.errors import SpatialHubError
from spatialhub.messages import LANGUAGES, Words, catalogue, explain
from tests.intake.refusals import CASES
from tests.test_messages import _name, error_codes, trees

WORDS = Path(__file__).with_name("refusals.toml")
SOURCES = ("spatialhub/intake/", "spatialhub/exports/", "spatialhub/inspect_command", "spatialhub/convert_command",
           "layers/quality/", "layers/edge")  # fmt: skip
REASON = re.compile(r"(broken|unsafe|choice|format|crs|limit|output)_\w+")  # words within a refusal: its kind
# Libraries and operating systems say these in their own words, which differ from version to version.
FOREIGN = re.compile(r"(broken_library|broken_reader|broken_zip|broken_xml|broken_json)\b")
FOLDER = "…"
PROVOKED: dict[str, tuple[SpatialHubError, Path]] = {}


def provoked(name: str, folder: Path) -> SpatialHubError:
    if name not in PROVOKED:
        with pytest.raises(SpatialHubError) as refusal:
            CASES[name](folder)
        PROVOKED[name] = (refusal.value, folder)
    return PROVOKED[name][0]


def codes_within(error: SpatialHubError) -> set[str]:
    """Codes of the words that an error carries, and of words within them."""
    found, waiting = set(), list(error.params.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, Words):
            found.add(value.code)
            waiting += dict(value.params).values()
    return found


def told(name: str, language: str) -> str:
    """What is said, with the folder of this run taken out."""
    error, folder = PROVOKED[name]
    said = explain(error, language)
    return f"{said['what']} | {said['remedy']}".replace(str(folder), FOLDER)


@cache
def raised() -> frozenset[tuple[str, str]]:
    """What the sources raise: an error's code, and that of each of its words as far as it stands there; words that come
    through a variable with an empty code of the error."""
    found = set()
    for path, tree in trees():
        if path.startswith(SOURCES):
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and _name(node.func).split(".")[-1] in error_codes():
                    code = error_codes()[_name(node.func).split(".")[-1]]
                    found |= {(code, one) for one in _reasons(node)} or {(code, "")}
                elif isinstance(node, ast.Constant) and _is_reason(node.value):
                    found.add(("", node.value))
    return frozenset(found)


def _reasons(call: ast.Call) -> set[str]:
    return {node.value for node in ast.walk(call) if isinstance(node, ast.Constant) and _is_reason(node.value)}


def _is_reason(text: object) -> bool:
    return isinstance(text, str) and REASON.fullmatch(text) is not None and text in catalogue("zh")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_refusal_says_in_both_languages_what_is_the_matter_and_what_to_do(name, tmp_path):
    error = provoked(name, tmp_path)
    known = tomllib.loads(WORDS.read_text("utf-8"))[name]
    assert {"code": error.code, "words": sorted(codes_within(error))} == {key: known[key] for key in ("code", "words")}
    for language in LANGUAGES:
        said = told(name, language)
        assert said.split(" | ")[1]
        if not FOREIGN.search(" ".join(codes_within(error))):
            assert said == known[language]


@pytest.mark.filterwarnings("ignore")
def test_every_refusal_that_the_sources_raise_is_provoked(tmp_path):
    errors = []
    for number, name in enumerate(CASES):
        (tmp_path / str(number)).mkdir()
        errors.append(provoked(name, tmp_path / str(number)))
    met = {(code, one) for error in errors for one in codes_within(error) | {""} for code in (error.code, "")}
    assert sorted(raised() - met) == []


def write() -> None:
    """Write refusals.toml anew, to be read over: `python -m tests.intake.test_refusals`."""
    import json
    import tempfile

    lines = ["# What people are told, provoked by refusals.py; written by `python -m tests.intake.test_refusals`.", ""]
    for name in CASES:
        with tempfile.TemporaryDirectory() as folder:
            error = provoked(name, Path(folder))
        lines += [f"[{json.dumps(name, ensure_ascii=False)}]", f'code = "{error.code}"']
        lines.append(f"words = {json.dumps(sorted(codes_within(error)))}")
        lines += [f"{language} = {json.dumps(told(name, language), ensure_ascii=False)}" for language in LANGUAGES]
        lines.append("")
    WORDS.write_text("\n".join(lines), "utf-8")


if __name__ == "__main__":
    write()
