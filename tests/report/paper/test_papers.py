"""Word and PDF of one context: the same numbers in both, hostile text inert, the hash on every page."""

import io
import re
import sqlite3
import zipfile

import docx
import openpyxl
import pypdf
import pytest

from spatialhub.errors import FontMissing, TemplateError
from spatialhub.geopackage import geopackage
from spatialhub.messages import explain
from spatialhub.report.paper import fonts as fonts_module
from spatialhub.report.paper import making, typesetting
from spatialhub.report.paper.context import paper_context
from spatialhub.report.paper.making import TEMPLATES, Papers, geo_tables, template
from spatialhub.report.paper.pdf import render_pdf
from spatialhub.report.paper.reading import visible_lines
from spatialhub.report.paper.sheets import sheets
from spatialhub.report.paper.verify import _blank
from spatialhub.report.paper.word import render_docx
from spatialhub.report.paper.workbook import render_xlsx
from spatialhub.report.templates import make_docx
from tests.office import to_pdf
from tests.report.paper.conftest import USES

ATTACKS = (
    "<b>&amp;</w:t>",
    "{{ 7*7 }}",
    "{% for x in y %}",
    "=cmd|' /C calc'!A0",
    '#import "x.typ"',
    "$x^2$ *a* _b_ @c",
)


@pytest.fixture
def hostile(document):
    """A result whose names are attacks."""
    document["site"]["name"] = " ".join(ATTACKS)
    for layer, attack in zip(document["layers"], ATTACKS * 2, strict=False):
        for hit in layer["features"]:
            hit["name"] = attack
    document["referrals"][0]["name"] = ATTACKS[0]
    return document


def word(document):
    context = paper_context(document, uses=USES)
    return render_docx(context, {row["key"]: _blank() for row in context["maps"]}, template=template("docx"))


def paper(document, fonts):
    context = paper_context(document, uses=USES)
    blank = {row["key"]: _blank() for row in context["maps"]}
    return render_pdf(context, blank, fonts, template=template("pdf").decode())


def squeezed(form, content):
    return "".join(visible_lines(form, content))


def numbers_of(document):
    """Every area that the paper carries, as printed: what the JSON lists, not what is summed from it."""
    site, proposal = document["site"], document["proposal"]
    areas = [site["area_m2"], site["area_plane_m2"], *(part["area_m2"] for part in site["parts"])]
    areas += [row["area_m2"] for row in document["layers"] if row["status"] not in ("unchecked", "clear")]
    areas += [row["unchecked_area_m2"] for row in document["layers"] if row["unchecked_area_m2"]]
    areas += [row["area_m2"] for row in document["fragments"]]
    areas += [
        row["area_m2"]
        for row in (*proposal["reasons"], *proposal["unchecked"], *proposal["crossings"])
        if row["area_m2"]
    ]
    if suggestion := proposal["suggestion"]:
        areas += [suggestion["area_m2"], suggestion["lost_m2"]]
    areas += [area for row in document["approvals"] for area in (row["area_m2"], row["needed_m2"])]
    areas += [row["area_m2"] for row in document["discrepancies"]]
    return {f"{area:,.2f}" for area in areas if area >= 0.01}


def test_every_number_of_the_json_stands_in_word_and_pdf(document, fonts):
    for form, content in (("docx", word(document)), ("pdf", paper(document, fonts))):
        text = squeezed(form, content)
        assert sorted(number for number in numbers_of(document) if number not in text) == [], form
        for east, north in document["site"]["geometry"]["coordinates"][0]:
            assert f"{east:.3f}" in text and f"{north:.3f}" in text, form


def test_word_and_pdf_say_the_same(document, fonts):
    """Cell by cell of the context; what is laid out differently is compared without white space."""
    context = paper_context(document, uses=USES)
    texts = {"docx": squeezed("docx", word(document)), "pdf": squeezed("pdf", paper(document, fonts))}
    for name in ("reasons", "floors", "six_lines", "plans", "uses", "rulings", "fragments", "unchecked", "referrals"):
        for row in context[name]:
            for key in {"title", "text", "area", "why", "decided", "class", "answer", "name", "refs"} & set(row):
                wanted = re.sub(r"\s", "", str(row[key]))
                assert wanted in texts["docx"], (name, key)
                assert wanted[:12] in texts["pdf"], (name, key)


def test_hostile_text_comes_out_as_itself(hostile, fonts):
    for form, content in (("docx", word(hostile)), ("pdf", paper(hostile, fonts))):
        text = squeezed(form, content)
        for attack in ATTACKS:
            assert re.sub(r"\s", "", attack) in text, (form, attack)
        assert "49" not in re.findall(r"示例地块.{0,8}", text)


def test_hostile_attributes_come_out_as_themselves_in_spreadsheet_and_geopackage(hostile, tmp_path):
    for layer in hostile["layers"]:
        for hit in layer["features"]:
            hit["attributes"] = {attack: attack for attack in ATTACKS}
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(sheets(hostile, uses=USES), header="章", mark="")))
    cells = {str(cell) for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {attack for attack in ATTACKS if attack not in cells} == set()
    assert all(any(f"{attack}={attack}" in cell for cell in cells) for attack in ATTACKS)
    path = tmp_path / "a.gpkg"
    path.write_bytes(geopackage(geo_tables(hostile, b"")))
    with sqlite3.connect(path) as database:
        (name,) = database.execute("select name from site").fetchone()
    assert name == " ".join(ATTACKS)


def test_without_chinese_fonts_papers_with_letters_are_refused_and_the_others_made(
    checked, space, tmp_path, monkeypatch
):
    monkeypatch.setattr(making, "find_fonts", lambda: fonts_module._find(str(tmp_path), system=False))
    papers = Papers(checked, space)
    for form in ("docx", "pdf"):
        with pytest.raises(FontMissing) as caught:
            papers.make(form)
        assert "SPATIALHUB_FONTS" in explain(caught.value)["remedy"]
    assert papers.make("xlsx") and papers.make("gpkg")


def test_the_hash_stands_on_every_page_of_the_pdf_and_in_the_header_of_the_word_file(document, fonts):
    wanted = document["provenance"]["result_hash"]
    pages = pypdf.PdfReader(io.BytesIO(paper(document, fonts))).pages
    assert len(pages) > 5 and all(wanted in page.extract_text() for page in pages)
    sections = docx.Document(io.BytesIO(word(document))).sections
    assert all(wanted in section.header.paragraphs[0].text for section in sections)


def test_synthetic_data_is_marked_on_every_page(document, fonts):
    pages = pypdf.PdfReader(io.BytesIO(paper(document, fonts))).pages
    assert all("演示数据" in page.extract_text() for page in pages)
    section = docx.Document(io.BytesIO(word(document))).sections[0]
    assert "演示数据" in section.header.paragraphs[1].text
    real = document | {"notices": []}
    assert "演示数据" not in squeezed("pdf", paper(real, fonts)) + squeezed("docx", word(real))


def _edited(change):
    """The built-in Word template with a further paragraph."""
    found = docx.Document(io.BytesIO(template("docx")))
    found.add_paragraph(change)
    target = io.BytesIO()
    found.save(target)
    return target.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        "{{ site.nmae }}", "{{ nothing }}", "{{ title.__class__.__mro__ }}", "{{ maps[0].picture._xml() }}",
        "{% for x in range(10**9) %}x{% endfor %}", "{{ cells.append(1) }}", "{% include '/etc/passwd' %}",
        "{{ lipsum.__globals__['os'].getcwd() }}",
    ],
)  # fmt: skip
def test_a_word_template_that_asks_for_more_than_it_may_is_refused(document, change):
    context = paper_context(document, uses=USES)
    with pytest.raises(TemplateError):
        render_docx(context, {row["key"]: _blank() for row in context["maps"]}, template=_edited(change))


def test_an_edited_word_template_is_filled(document):
    context = paper_context(document, uses=USES)
    made = render_docx(context, {}, template=_edited("本局补充：{{ site.area }}"))
    assert "本局补充：20,000.00" in squeezed("docx", made)


def own(change):
    """The built-in PDF template with a line of the bureau's own."""
    return template("pdf").decode() + "\n" + change


def set_with(document, fonts, template):
    context = paper_context(document, uses=USES)
    return render_pdf(context, {row["key"]: _blank() for row in context["maps"]}, fonts, template=template)


@pytest.mark.parametrize(
    "change",
    [
        '#read("/etc/passwd")',
        '#read("../" * 8 + "etc/passwd")',
        '#image("../x.png")',
        "#c.nothing",
        '#import "@preview/x:1.0.0": y',
        '#import "@" + "preview/example:0.1.0": *',
        '#import "\\u{40}local/x:1.0.0": *',
        '#text(font: "没有的字体")[x]',
    ],
)
def test_a_pdf_template_that_asks_for_what_it_may_not_have_is_refused(document, fonts, change):
    with pytest.raises(TemplateError):
        set_with(document, fonts, own(change))


def test_a_pdf_template_of_the_bureau_s_own_sets_the_same_paper(document, fonts):
    made = set_with(document, fonts, own("本局补充：#c.site.area"))
    assert "本局补充：20,000.00" in squeezed("pdf", made)
    assert squeezed("pdf", made).startswith(squeezed("pdf", paper(document, fonts))[:2_000])


def test_a_link_in_the_template_s_folder_leads_nowhere(fonts, tmp_path):
    """Typst itself follows links; the walls around the child do not."""
    secret = tmp_path / "secret" / "secret.txt"
    secret.parent.mkdir()
    secret.write_text("geheim")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.txt").symlink_to(secret)
    (folder / typesetting.TEMPLATE).write_text('#read("link.txt")', "utf-8")
    assert typesetting.typeset(folder, {}, fonts.fonts).startswith(b"%PDF")
    with pytest.raises(TemplateError):
        typesetting.typeset_contained(folder, {}, fonts.folders)


def test_a_package_is_neither_fetched_nor_found(fonts, tmp_path, monkeypatch):
    """Not from the network, nor from what other users of typst keep on this machine."""
    packages = tmp_path / "data" / "typst" / "packages" / "local" / "x" / "1.0.0"
    packages.mkdir(parents=True)
    (packages / "typst.toml").write_text('[package]\nname = "x"\nversion = "1.0.0"\nentrypoint = "x.typ"\n')
    (packages / "x.typ").write_text("#let y = 1")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / typesetting.TEMPLATE).write_text('#import "@" + "local/x:1.0.0": y\n#y', "utf-8")
    assert typesetting.typeset(tmp_path / "own", {}, fonts.fonts).startswith(b"%PDF")
    with pytest.raises(TemplateError):
        typesetting.typeset_contained(tmp_path / "own", {}, fonts.folders)


def test_a_bureau_s_own_template_comes_before_the_built_in_one(tmp_path):
    own = tmp_path / "templates" / TEMPLATES["pdf"]
    own.parent.mkdir()
    own.write_text("#c.title", "utf-8")
    assert template("pdf", tmp_path) == b"#c.title"
    assert template("docx", tmp_path) == template("docx")


def test_the_built_in_word_template_is_what_its_maker_makes(tmp_path):
    make_docx.make(tmp_path / "made.docx")

    def body(content):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [
                archive.read(name)
                for name in sorted(archive.namelist())
                if name.startswith("word/") and name.endswith(".xml")
            ]

    assert body((tmp_path / "made.docx").read_bytes()) == body(template("docx"))


def test_documents_open_in_libreoffice_and_show_their_numbers(document, tmp_path):
    (tmp_path / "报告.docx").write_bytes(word(document))
    (tmp_path / "附表.xlsx").write_bytes(render_xlsx(sheets(document, uses=USES), header="结果哈希", mark=""))
    report, tables = to_pdf(tmp_path, tmp_path / "报告.docx", tmp_path / "附表.xlsx")
    text = squeezed("pdf", report.read_bytes())
    pages = pypdf.PdfReader(report).pages
    assert sorted(number for number in numbers_of(document) if number not in text) == []
    assert all(document["provenance"]["result_hash"] in page.extract_text() for page in pages)
    assert len(pypdf.PdfReader(tables).pages) >= 15


def test_a_long_number_does_not_run_into_the_next_column(document, fonts):
    """Broken where it must be: the letters of the next cell follow it in the text, none in between."""
    long = "X" * 39
    for layer in document["layers"]:
        for hit in layer["features"]:
            hit["id"] = long
    assert long in squeezed("pdf", paper(document, fonts))
