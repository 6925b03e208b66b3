"""No code lacks words, no words lack a code, and whoever refuses gives the values that the words need."""

from __future__ import annotations

import ast
import errno
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from spatialhub import errors, messages
from spatialhub.errors import CrsMissing, OutputError, SpatialHubError, UnknownKey
from spatialhub.messages import LANGUAGES, catalogue, explain, say, system
from spatialhub.spatial.crs import Bringing
from tests.test_contracts import ROOT, committed, python_files

PACKAGES = ("spatialhub", "layers", "webmap")
# Calls whose first argument is a code; `Reason` is a result's, the others render or note.
SPEAKERS = {"Issue.of", "Issue", "Words.of", "Words", "say", "remedy", "messages.say", "messages.remedy", "Reason"}
# Their values are given where the words are rendered, not where the code is named.
LATE = {"Reason", "Issue", "Words"}
CHINESE = re.compile(r"[一-鿿]")


@dataclass(frozen=True)
class Call:
    """A place in the source that names a code. `given` is None where the values cannot be read from the source."""

    code: str
    where: str
    given: frozenset[str] | None


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    return tuple((str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))) for path in python_files(*PACKAGES))


@cache
def error_codes() -> dict[str, str]:
    """Class name → code, of the whole family, wherever a member is declared."""
    found = {"SpatialHubError": SpatialHubError.code}
    classes = [node for _, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for _ in range(4):  # a subclass may be met before its base
        for node in classes:
            base = next((name for item in node.bases if (name := _name(item).split(".")[-1]) in found), None)
            if base:
                found[node.name] = _own_code(node) or found[base]
    return found


def _own_code(node: ast.ClassDef) -> str | None:
    for item in node.body:
        if isinstance(item, ast.Assign) and _name(item.targets[0]) == "code" and isinstance(item.value, ast.Constant):
            return str(item.value.value)
    return None


def _name(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""


@cache
def calls() -> tuple[Call, ...]:
    """Every refusal and every finding that the source names."""
    return tuple(
        call
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for call in _call(node, f"{path}:{node.lineno}")
    )


def _call(node: ast.Call, where: str) -> Iterator[Call]:
    name = _name(node.func)
    if name.split(".")[-1] in error_codes():
        yield Call(error_codes()[name.split(".")[-1]], where, _given(node, positional=1))
    elif name in SPEAKERS and node.args and isinstance(node.args[0], ast.Constant):
        given = None if name in LATE else _given(node, positional=2)
        yield Call(str(node.args[0].value), where, given)


def _given(node: ast.Call, *, positional: int) -> frozenset[str] | None:
    if any(item.arg is None for item in node.keywords) or any(isinstance(item, ast.Starred) for item in node.args):
        return None
    named = {item.arg for item in node.keywords if item.arg}
    return frozenset(named | ({"place"} if len(node.args) >= positional else set()))


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def needs(code: str) -> set[str]:
    """Values that the words of a code need, in any language."""
    return {
        name
        for language in LANGUAGES
        for template in catalogue(language).get(code, {}).values()
        for name in fields(template)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_words_and_a_remedy(language):
    words = catalogue(language)
    codes = set(error_codes().values())
    assert sorted(code for code in codes if not words.get(code, {}).get("what")) == []
    assert sorted(code for code in codes if not words.get(code, {}).get("remedy")) == []


def test_every_class_of_the_family_has_a_code_and_a_sentence_of_its_own():
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    family = [cls for cls in classes if issubclass(cls, SpatialHubError)]
    assert len({cls.code for cls in family}) == len(family)
    assert [cls.__name__ for cls in family if not (cls.__doc__ or "").strip().endswith(".")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_the_source_names_has_words(language):
    words = catalogue(language)
    assert [f"{call.where} {call.code}" for call in calls() if call.code not in words] == []


def test_every_reason_of_an_unchecked_layer_has_words():
    found = []
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func).split(".")[-1] in {"PinnedLayer", "Pick", "Unchecked"}:
                reasons = [item.value for item in node.keywords if item.arg == "reason"]
                found += [
                    f"{path}:{node.lineno} {value.value}"
                    for value in reasons
                    if isinstance(value, ast.Constant) and value.value and value.value not in catalogue("zh")
                ]
    assert found == []


def test_no_words_lack_a_code():
    literals = {
        node.value
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    patterns = [
        re.compile(_pattern(node)) for _, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
    ]
    pages = "".join(path.read_text("utf-8") for path in committed() if path.suffix == ".html")
    orphans = [
        code
        for code in catalogue("zh")
        if code not in literals
        and not any(pattern.fullmatch(code) for pattern in patterns)
        and f"'{code}'" not in pages
        and f'"{code}"' not in pages
    ]
    assert orphans == []


def _pattern(node: ast.JoinedStr) -> str:
    """An f-string as a pattern of codes; one that says nothing but a value matches none."""
    parts = [re.escape(str(item.value)) if isinstance(item, ast.Constant) else r"\w+" for item in node.values]
    return "".join(parts) if any(re.search("[a-z]", part.replace(r"\w+", "")) for part in parts) else "(?!)"


def test_whoever_refuses_gives_the_values_that_the_words_need():
    found = [
        f"{call.where} {call.code} lacks {sorted(needs(call.code) - call.given)}"
        for call in calls()
        if call.given is not None and not needs(call.code) <= call.given
    ]
    assert found == []


def test_both_languages_have_the_same_codes_in_the_same_order():
    assert list(catalogue("zh")) == list(catalogue("en"))


@pytest.mark.parametrize("code", catalogue("zh"))
def test_both_languages_need_the_same_values(code):
    zh, en = catalogue("zh")[code], catalogue("en").get(code, {})
    assert set(zh) <= {"what", "remedy"}
    assert set(zh) == set(en)
    for key in zh:
        assert fields(zh[key]) == fields(en[key])


@pytest.mark.parametrize("code", catalogue("zh"))
def test_chinese_words_are_chinese_and_english_words_english(code):
    assert CHINESE.search("".join(catalogue("zh")[code].values()))
    english = catalogue("en")[code]["what"]
    assert len(CHINESE.findall(english)) <= len(english) / 2


def test_refusal_is_explained_in_both_languages():
    refusal = UnknownKey("a.toml:3", key="colour", nearest="color")
    assert explain(refusal, "en") == {
        "code": "data_file_unknown_key",
        "place": "a.toml:3",
        "what": "The rules file a.toml:3 has an unknown key “colour”.",
        "remedy": "Check the spelling; the nearest known key is “color”.",
    }
    assert "最接近的键是“color”" in explain(refusal, "zh")["remedy"]


def test_lists_are_joined_as_the_language_does():
    assert say("crs_missing", "zh", place="a.shp", looks_like=("度", "米")).endswith("度、米。")
    assert say("crs_missing", "en", place="a.shp", looks_like=("degrees", "metres")).endswith("degrees, metres.")


def test_missing_value_is_a_dash_not_a_fault():
    assert explain(CrsMissing("a.shp"), "en")["what"].endswith("look like: —.")


def test_words_within_words_are_said_in_the_same_language():
    inner = messages.Words.of("layer_no_version")
    english = say("crs_missing", "en", place="x", looks_like=inner)
    assert catalogue("en")["layer_no_version"]["what"] in english


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("as_is", "坐标系 EPSG:4547（文件所述），未作转换。"),
        ("zone", "坐标系 EPSG:4547（文件所述），换带到 EPSG:4548。"),
    ],
)
def test_how_coordinates_were_brought_in_is_said_in_words(how, said):
    words = say("brought_in_by_file", "zh", place="红线.txt", source="EPSG:4547", target="EPSG:4548", how=how)
    assert words == f"红线.txt：{said}"


def test_every_way_in_has_words():
    ways = {target: Bringing(source, target, "file").how for source, target in ((4547, 4547), (4326, 4547))}
    ways |= {source: Bringing(source, 4547, "file").how for source in (4490, 4526, 4548)}
    assert all(f"brought_{how}" in catalogue("zh") for how in ways.values())


def test_a_defect_is_named_in_the_language_and_an_unknown_one_as_it_is():
    said = {"place": "a", "where": "E 1, N 2"}
    assert "边界自相交，在 E 1, N 2" in say("geometry_invalid", "zh", defect="self_intersection", **said)
    assert "something_new" in say("geometry_invalid", "zh", defect="something_new", **said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_system_refuses_is_said_in_our_words_and_its_own_are_kept_where_we_have_none(language):
    full = explain(OutputError("a.pdf", reason=system.told(OSError(errno.ENOSPC, "No space left on device"))), language)
    assert {"zh": "磁盘已满", "en": "disk is full"}[language] in full["what"] and "No space" not in full["what"]
    other = explain(OutputError("a.pdf", reason=system.told(OSError(errno.EMFILE, "Too many open files"))), language)
    assert "Too many open files" in other["what"] and str(errno.EMFILE) in other["what"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_control_character_of_a_stranger_s_text_is_said(language):
    said = explain(UnknownKey("a\x00\x1b]0;b\x07.gpkg", key="\x1b[2J", file="甲\u3000乙"), language)
    assert all(letter.isprintable() or letter in "\n\u3000" for text in said.values() for letter in text)
