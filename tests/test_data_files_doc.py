"""docs/data-files.md lists every key that a file of rules may hold, and says what it means."""

from __future__ import annotations

from layers.catalog_schema import FILES as CATALOGUE_FILES
from spatialhub.cities.schema import FILES as CITY_FILES
from spatialhub.datafile import Schema
from tests.data_files import DOC, tables


def test_the_tables_are_those_of_the_schemas():
    assert DOC.read_text("utf-8").endswith("\n" + tables()), "run: python -m tests.data_files"


def test_every_key_says_what_it_means():
    def silent(schema: Schema, within: str) -> list[str]:
        found = [f"{within}{name}" for name, key in schema.items() if not key.help.strip().endswith(".")]
        nested = [silent(key.each, f"{within}{name}.") for name, key in schema.items() if key.each]
        return [*found, *(name for names in nested for name in names)]

    for name, schema in {**CATALOGUE_FILES, **CITY_FILES}.items():
        assert silent(schema, f"{name}: ") == []


def test_every_city_and_catalogue_file_has_its_section():
    text = DOC.read_text("utf-8")
    for name in (*CITY_FILES, "uses.toml", "crosswalks/<key>.toml", "<family>.toml"):
        assert name in text
