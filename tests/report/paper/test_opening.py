"""Reports handed in are opened in a contained child: what they carry comes back, what aims at us does not."""

import base64
import gzip
import io
import json
import sqlite3
import zipfile

import pytest
from shapely.geometry import shape

from spatialhub.errors import NotAResult, TooLarge
from spatialhub.intake import child
from spatialhub.report.paper import opening, unpacking
from spatialhub.report.paper.making import FORMS, Papers
from spatialhub.report.paper.opening import open_report
from spatialhub.report.paper.seal import XML_NAMESPACE, recomputed_hash


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_back_the_result_it_carries(form, checked, space, tmp_path):
    path = tmp_path / f"报告.{form}"
    path.write_bytes(Papers(checked, space).make(form))
    opened = open_report(path)
    carried = opened.carried
    assert recomputed_hash(carried.document) == checked["provenance"]["result_hash"]
    assert carried.uses == {"0701": space.catalogue.uses["0701"].name_zh}
    assert shape(carried.parts[1]).equals(shape(checked["site"]["geometry"]))
    assert bool(carried.template) is (form in ("docx", "pdf"))
    assert opened.shown


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"[1]"), ("b.json", b"{"), ("c.docx", b"PK"), ("d.pdf", b"%PDF-1.7"), ("e.xlsx", b""),
        ("f.gpkg", b"SQLite format 3\0" + b"\0" * 100), ("g.txt", b"x"), ("h.json", b"[" * 100_000), ("i.json", b"{}"),
    ],
)  # fmt: skip
def test_a_file_that_carries_nothing_is_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NotAResult) as caught:
        open_report(path)
    assert caught.value.place == name


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(NotAResult):
        open_report(tmp_path / "none.json")


def test_a_file_larger_than_any_report_is_refused_unread(tmp_path):
    path = tmp_path / "a.pdf"
    with path.open("wb") as file:
        file.truncate(opening.MOST_MIB * 2**20 + 1)
    with pytest.raises(TooLarge):
        open_report(path)


def test_a_view_in_the_place_of_a_table_is_not_read(tmp_path):
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as database:
        endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select i as name, i as value from n"
        database.execute(f"create view result as {endless}")
    with pytest.raises(NotAResult):
        open_report(path)


def docx(path, members):
    """A zipped document of members, each given as text or as bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def carrying(value) -> str:
    """A custom XML part that carries a value."""
    packed = base64.b64encode(gzip.compress(json.dumps(value).encode())).decode()
    return f'<result xmlns="{XML_NAMESPACE}">{packed}</result>'


def test_a_carried_result_that_swells_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "bomb.docx"
    swollen = gzip.compress(b" " * (unpacking.MOST_BYTES + 1))
    part = f'<result xmlns="{XML_NAMESPACE}">{base64.b64encode(swollen).decode()}</result>'
    docx(path, {"customXml/item1.xml": part})
    assert path.stat().st_size < 2**20
    with pytest.raises(NotAResult):
        open_report(path)


def test_a_page_that_swells_ends_the_child_and_nobody_else(tmp_path, checked, monkeypatch):
    monkeypatch.setattr(opening, "_MEMORY_MIB", 256)
    path = tmp_path / "bomb.docx"
    members = {"customXml/item1.xml": carrying(checked)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        with archive.open("word/document.xml", "w", force_zip64=True) as page:
            for _ in range(48):
                page.write(b" " * 2**24)
    with pytest.raises((TooLarge, NotAResult)):
        open_report(path)


def test_entities_neither_swell_nor_read_files(tmp_path, checked):
    secret = tmp_path / "secret.txt"
    secret.write_text("geheim")
    for declared in (
        f'<!DOCTYPE d [<!ENTITY e SYSTEM "{secret.as_uri()}">]>',
        '<!DOCTYPE d [<!ENTITY a "' + "x" * 10_000 + '"><!ENTITY e "' + "&a;" * 10_000 + '">]>',
    ):
        path = tmp_path / "entity.docx"
        word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        page = f'{declared}<w:d xmlns:w="{word}"><w:p><w:t>&e;</w:t></w:p></w:d>'
        docx(path, {"customXml/item1.xml": carrying(checked), "word/document.xml": page})
        with pytest.raises(NotAResult):
            open_report(path)


def test_a_member_s_name_does_not_leave_the_archive(tmp_path, checked):
    path = tmp_path / "a.docx"
    members = {"customXml/item1.xml": carrying(checked), "../../word/document.xml": "<x/>", "/etc/word.xml": "<x/>"}
    docx(path, members)
    assert open_report(path).shown == []


def test_a_reader_that_dies_is_told_of_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "_CPU_S", 1)
    path = tmp_path / "slow.pdf"
    path.write_bytes(_endless_pdf())
    with pytest.raises((TooLarge, NotAResult)):
        open_report(path)


def _endless_pdf() -> bytes:
    """A PDF whose page tree is its own child."""
    import pypdf

    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    pages = writer._pages.get_object()
    pages["/Kids"].append(writer._pages)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def test_what_opens_a_report_stands_behind_the_walls(tmp_path, checked, monkeypatch):
    """The child is the one that intake uses: same walls, same limits; nothing is parsed before it is started."""
    started = []
    run = child.run
    monkeypatch.setattr(child, "run", lambda job, **limits: started.append(job) or run(job, **limits))
    path = tmp_path / "a.json"
    path.write_bytes(json.dumps(checked).encode())
    open_report(path)
    (job,) = started
    assert job.task == "spatialhub.report.paper.unpacking" and job.readable == (str(path.resolve()),)
    assert job.cpu_s and job.memory_mib and job.unpacked_mib
