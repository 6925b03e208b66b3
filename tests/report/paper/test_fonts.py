"""Without Chinese letters there is a refusal with the remedy; a letter that is missing stands as its code."""

import pytest

from spatialhub.errors import FontMissing
from spatialhub.messages import explain
from spatialhub.report.paper import fonts as module


def test_a_machine_without_chinese_fonts_is_refused_with_the_remedy(tmp_path):
    module._find.cache_clear()
    with pytest.raises(FontMissing) as caught:
        module._find(str(tmp_path), system=False)
    assert "SPATIALHUB_FONTS" in explain(caught.value)["remedy"]
    assert "fonts-noto-cjk" in explain(caught.value)["remedy"]


def test_the_fonts_found_have_the_letters_of_a_report(fonts):
    assert all(ord(letter) in fonts.letters for letter in "郑州市用地合规性审查报告〔2019〕m²（）“”、；—")


def test_a_letter_that_no_font_has_stands_as_its_code(fonts):
    assert fonts.text("甲😀乙") == "甲〔U+1F600〕乙"
    assert fonts.settable({"a": ["😀"], "b": 1}) == {"a": ["〔U+1F600〕"], "b": 1}
