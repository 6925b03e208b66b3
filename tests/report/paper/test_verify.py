"""Three questions, answered apart; what cannot be told is never a yes."""

import io
import json
import re
import zipfile

import pypdf
import pytest
from pypdf.generic import ByteStringObject, ContentStream, NameObject

from spatialhub import intake
from spatialhub.errors import NotAResult
from spatialhub.report.paper.making import FORMS, Papers
from spatialhub.report.paper.verify import verify


def replies(answers):
    return {row.question: row.reply.value for row in answers}


def codes(answers, question):
    return [words.code for row in answers if row.question == question for words in row.findings]


@pytest.fixture(scope="session")
def papers(checked, space):
    """The papers of the real result, each made once."""
    made = Papers(checked, space)
    return {form: made.make(form) for form in FORMS}


@pytest.fixture
def made(checked, papers, space, tmp_path):
    """Write a paper of a result, the real one unless another is given, and return its path."""

    def make(form, document=checked):
        path = tmp_path / f"报告.{form}"
        if form == "json":
            path.write_bytes(json.dumps(document).encode())
        else:
            path.write_bytes(papers[form] if document is checked else Papers(document, space).make(form))
        return path

    return make


def rewritten(path, name, change):
    """Change a member of a zipped document."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    members[name] = change(members[name].decode()).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    path.write_bytes(target.getvalue())


@pytest.mark.parametrize("form", [*FORMS, "json"])
def test_a_paper_as_it_was_made_is_unaltered_and_recomputes_equal(made, space, form):
    _, answers = verify(made(form), space)
    assert replies(answers) == {"unaltered": "yes", "inputs": "yes", "recomputed": "yes"}
    assert "verify_equal" in codes(answers, "recomputed")


def test_a_number_changed_in_word_is_seen_and_named(made, space):
    path = made("docx")
    rewritten(path, "word/document.xml", lambda text: re.sub(r"59,99\d\.\d\d m²", "1.00 m²", text, count=1))
    _, answers = verify(path, space)
    assert replies(answers) == {"unaltered": "no", "inputs": "yes", "recomputed": "yes"}
    findings = next(row.findings for row in answers if row.question == "unaltered")
    assert any("1.00m²" in dict(words.params).get("line", "") for words in findings)


def test_a_hash_changed_in_the_header_is_seen(made, space):
    path = made("docx")
    with zipfile.ZipFile(path) as archive:
        header = next(name for name in archive.namelist() if re.fullmatch(r"word/header\d*\.xml", name))
    rewritten(path, header, lambda text: re.sub(r"[0-9a-f]{64}", "0" * 64, text))
    assert replies(verify(path, space)[1])["unaltered"] == "no"


def test_a_cell_changed_in_the_spreadsheet_is_seen(made, space):
    import openpyxl

    path = made("xlsx")
    book = openpyxl.load_workbook(path)
    book["图层"]["G8"] = 12345.0
    book.save(path)
    assert replies(verify(path, space)[1])["unaltered"] == "no"


def test_a_spreadsheet_saved_by_another_program_without_change_is_unaltered(made, space):
    import openpyxl

    path = made("xlsx")
    openpyxl.load_workbook(path).save(path)
    assert replies(verify(path, space)[1])["unaltered"] == "yes"


def test_a_word_file_saved_again_without_change_is_unaltered(made, space):
    import docx

    path = made("docx")
    found = docx.Document(str(path))
    found.save(str(path))
    assert replies(verify(path, space)[1])["unaltered"] == "yes"


def test_a_result_with_another_verdict_is_altered_and_does_not_recompute(made, space, checked):
    changed = checked | {"proposal": checked["proposal"] | {"verdict": "conforms"}}
    _, answers = verify(made("json", changed), space)
    assert replies(answers) == {"unaltered": "no", "inputs": "yes", "recomputed": "no"}


def test_a_site_moved_in_the_json_is_seen(made, space, checked):
    site = json.loads(json.dumps(checked["site"]))
    site["geometry"]["coordinates"][0][1][0] += 5.0
    _, answers = verify(made("json", checked | {"site": site}), space)
    assert replies(answers)["unaltered"] == "no" and "verify_site_broken" in codes(answers, "unaltered")


def test_versions_that_are_gone_are_named_and_nothing_is_recomputed(made, space, checked):
    versions = checked["provenance"]["layer_versions"] | {"line_red": {"version": 9, "sha256": "0" * 64}}
    changed = checked | {"provenance": checked["provenance"] | {"layer_versions": versions}}
    _, answers = verify(made("json", changed), space)
    assert replies(answers) == {"unaltered": "yes", "inputs": "no", "recomputed": "unknown"}
    assert codes(answers, "recomputed") == ["verify_cannot_recompute"]


def test_rules_that_changed_are_an_input_that_is_gone(made, space, checked):
    changed = checked | {"provenance": checked["provenance"] | {"policy_version": "another"}}
    _, answers = verify(made("json", changed), space)
    assert replies(answers)["inputs"] == "no" and "verify_policy_version_changed" in codes(answers, "inputs")


def test_another_template_leaves_the_text_unknown(made, space, tmp_path):
    path = made("pdf")
    home = tmp_path / "home"
    (home / "templates").mkdir(parents=True)
    (home / "templates" / "check_report.typ").write_text("#c.title", "utf-8")

    class Elsewhere:
        """The workspace with a template of its own."""

        def __getattr__(self, name):
            return home if name == "home" else getattr(space, name)

    _, answers = verify(path, Elsewhere())
    assert replies(answers)["unaltered"] == "unknown" and "verify_other_template" in codes(answers, "unaltered")


@pytest.mark.parametrize("form", ["docx", "json"])
def test_a_site_of_several_parcels_recomputes_equal_without_its_file(made, space, checked_in_parts, form):
    _, answers = verify(made(form, checked_in_parts), space)
    assert replies(answers) == {"unaltered": "yes", "inputs": "yes", "recomputed": "yes"}
    assert "verify_equal" in codes(answers, "recomputed") and "verify_site_holds" in codes(answers, "unaltered")


def test_an_older_result_of_several_parcels_is_compared_within_tolerance(made, space, checked_in_parts):
    old = json.loads(json.dumps(checked_in_parts))
    for part in old["site"]["parts"]:
        del part["geometry"]
    _, answers = verify(made("json", old), space)
    assert replies(answers)["recomputed"] in ("yes", "within")


def test_a_parcel_s_outline_moved_is_seen(made, space, checked_in_parts):
    moved = json.loads(json.dumps(checked_in_parts))
    moved["site"]["parts"][1]["geometry"]["coordinates"][0][1][0] += 1.0
    _, answers = verify(made("json", moved), space)
    assert replies(answers)["unaltered"] == "no" and "verify_site_broken" in codes(answers, "unaltered")


def test_a_stated_minimum_travels_with_the_result(made, space, checked_with_minimum):
    assert checked_with_minimum["proposal"]["verdict"] == "does_not_conform"
    _, answers = verify(made("docx", checked_with_minimum), space)
    assert replies(answers)["recomputed"] == "yes"
    _, answers = verify(made("docx", checked_with_minimum), space, min_area_m2=1.0)
    assert replies(answers)["recomputed"] == "no"


def test_an_approval_s_features_travel_with_the_result(made, space, checked_with_approval):
    (row,) = checked_with_approval["approvals"]
    assert row["accepted"] and row["features"]
    _, answers = verify(made("json", checked_with_approval), space)
    assert replies(answers)["recomputed"] == "yes"
    for_all = json.loads(json.dumps(checked_with_approval))
    for_all["approvals"][0]["features"] = ["another"]
    assert replies(verify(made("json", for_all), space)[1])["recomputed"] == "no"


def test_a_document_like_a_result_that_is_none_is_refused(made, space, checked):
    headless = {key: value for key, value in checked.items() if key != "layers"}
    with pytest.raises(NotAResult):
        verify(made("json", headless), space)


@pytest.mark.parametrize("printed", [r"\d\d,\d{3}\.\d\d", r"[0-9a-f]{64}"], ids=["an area", "the hash"])
def test_a_number_changed_in_the_pdf_is_seen_and_named(made, space, printed):
    path = made("pdf")
    before, after = redraw(path, printed)
    _, answers = verify(path, space)
    assert replies(answers) == {"unaltered": "no", "inputs": "yes", "recomputed": "yes"}
    findings = [dict(words.params)["line"] for row in answers for words in row.findings if "line" in dict(words.params)]
    assert any(after in line for line in findings)
    assert "," not in before or any(before in line for line in findings)  # the hash stands on the other pages, too


def redraw(path, printed) -> tuple[str, str]:
    """Change one digit of the first text in a PDF that looks as told, in the glyphs of its own font."""
    writer = pypdf.PdfWriter(clone_from=path)
    for page in writer.pages:
        content = ContentStream(page.get_contents(), writer)
        if changed := _redrawn(content, page["/Resources"]["/Font"], printed):
            page[NameObject("/Contents")] = content
            writer.write(path)
            return changed
    raise AssertionError(f"nothing printed like {printed}")


def _redrawn(content, fonts, printed) -> tuple[str, str] | None:
    letters: dict[bytes, str] = {}
    for operands, operator in content.operations:
        if operator == b"Tf":
            unicode = fonts[operands[0]].get_object()["/ToUnicode"].get_data().decode("latin-1")
            rows = re.findall(r"^<([0-9A-F]{4})> <([0-9A-F]{4})>$", unicode, re.MULTILINE)
            letters = {bytes.fromhex(code): chr(int(letter, 16)) for code, letter in rows}
        if operator not in (b"TJ", b"Tj"):
            continue
        pieces = operands[0] if operator == b"TJ" else operands
        glyphs = [(i, at) for i, piece in enumerate(pieces) if hasattr(piece, "original_bytes")
                  for at in range(0, len(piece.original_bytes), 2)]  # fmt: skip
        text = "".join(letters.get(pieces[i].original_bytes[at : at + 2], "?") for i, at in glyphs)
        if found := re.search(printed, text):
            digits = {letter: code for code, letter in letters.items() if letter.isdecimal() and letter.isascii()}
            place = next(at for at in range(found.start(), found.end()) if text[at] in digits)
            other = next(digit for digit in digits if digit != text[place])
            i, at = glyphs[place]
            raw = pieces[i].original_bytes
            pieces[i] = ByteStringObject(raw[:at] + digits[other] + raw[at + 2 :])
            return found[0], found[0][: place - found.start()] + other + found[0][place - found.start() + 1 :]
    return None


def test_areas_of_another_engine_agree_within_tolerance(made, space, checked):
    """The same check, each area moved by less than the bound: no other verdict, ruling or status."""
    moved = json.loads(json.dumps(checked))
    moved["layers"][0]["area_m2"] += 0.002
    moved["fragments"][0]["area_m2"] += 0.002
    _, answers = verify(made("json", moved), space)
    assert replies(answers)["recomputed"] == "within" and "verify_within" in codes(answers, "recomputed")
    moved["layers"][0]["area_m2"] += 5.0
    assert replies(verify(made("json", moved), space)[1])["recomputed"] == "no"


def test_another_site_file_is_not_the_same_check(made, space):
    def read(**known):
        return intake.site_from_wkt("POLYGON((467900 3846900,468000 3846900,468000 3847000,467900 3846900))",
                                    crs=4547, use="0701", name="别处", **known)  # fmt: skip

    assert replies(verify(made("json"), space, read=read)[1])["recomputed"] == "no"
