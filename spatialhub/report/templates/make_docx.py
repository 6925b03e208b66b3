"""Make `check_report.docx` anew: `python -m spatialhub.report.templates.make_docx`.

The template is an ordinary Word file that a bureau edits in Word; this module is how the built-in one came about, so
that a change to it can be read.
"""

from __future__ import annotations

from pathlib import Path

from spatialhub.report.templates.docx_parts import FANGSONG, HEI, KAI, SONG, Paper, add_run, fill_cell, fix_widths

TARGET = Path(__file__).parent / "check_report.docx"
_LAYERS = ("图层/title/36", "结果/status/20", "面积（m²）/area/29", "占比/share/18",
           "说明/remarks/41", "依据/refs/12")  # fmt: skip
_POINTS = ("点号/number/20", "圈号/ring/16", "X（北，m）/x/44", "Y（东，m）/y/44",
           "至下一点（m）/side/32")  # fmt: skip


def _first_page(paper: Paper) -> None:
    paper.line("{{ title }}", 22, SONG, centre=True)
    paper.line("{{ site.name }}", 14, KAI, centre=True)
    paper.line("{{ date }}　　（{{ binding }}）", 12, centre=True)
    paper.tag("{%p for notice in notices %}")
    paper.line("{{ notice }}", 10.5, red=True)
    paper.tag("{%p endfor %}")
    paper.one("一、审查结论（建议）")
    paper.line(
        "经对照{{ city }}现行各类规划与控制线的数据检查，{{ site.name }}（用地面积 {{ site.area_words }}）的结论建议"
        "为：",
        indent=True,
    )
    conclusion = paper.document.paragraphs[-1]
    add_run(conclusion, "{{ verdict }}", 14, HEI, bold=True)
    add_run(conclusion, "。", 14, FANGSONG)
    paper.note("meaning")
    cells = paper.document.add_table(rows=2, cols=4)
    cells.style = "Table Grid"
    for i in range(4):
        fill_cell(cells.cell(0, i), f"{{{{ cells[{i}].title }}}}", head=True, right=False)
        fill_cell(cells.cell(1, i), f"{{{{ cells[{i}].text }}}}", head=False, right=False)
    fix_widths(cells, [39] * 4)
    paper.two("（一）理由")
    paper.tag("{%p for reason in reasons %}")
    paper.line(
        "{{ loop.index }}. {{ reason.text }}{% if reason.area %}（涉及 {{ reason.area }}"
        "{% if reason.note %}；{{ reason.note }}{% endif %}）{% endif %}。"
        "{% if reason.clause %}（依据：{{ reason.clause }}）{% endif %}",
        indent=True,
    )
    paper.tag("{%p endfor %}")
    paper.tag("{%p if required_unchecked %}")
    paper.line("必查图层未检查，不能视为不涉及：{{ required_unchecked | join('、') }}。", indent=True, bold=True)
    paper.tag("{%p endif %}")
    paper.tag("{%p if suggestion %}")
    paper.two("（二）融合建议（草案）")
    paper.line(
        "裁去禁止和不予通过的部分后，保留 {{ suggestion.kept_words }}，核减 {{ suggestion.lost }} m²"
        "{% if suggestion.lost_note %}（{{ suggestion.lost_note }}）{% endif %}；按建议红线复核："
        "{{ suggestion.recheck }}。"
        "{% if suggestion.floors_hit %}建议红线仍压占：{{ suggestion.floors_hit }}。{% endif %}"
        "建议由牵头部门出具，项目单位采纳后重新提交复核。",
        indent=True,
    )
    paper.tag("{%p endif %}")


def _facts(paper: Paper) -> None:
    paper.one("二、项目用地基本情况")
    rows = (
        ("项目（用地）名称", "{{ site.name }}"),
        ("用地面积", "{{ site.area_words }}，椭球面积"),
        ("平面面积", "{{ site.area_plane }} m²"),
        ("管辖范围外", "{% if site.outside %}{{ site.outside }} m²{% else %}无{% endif %}"),
        ("最小用地面积", "{% if site.minimum %}{{ site.minimum }}（检查时申报）{% else %}未申报{% endif %}"),
        ("坐标系", "{{ site.crs }}"),
        ("坐标范围", "{{ site.bounds }}"),
        ("来源文件", "{{ site.source }}"),
    )
    table = paper.document.add_table(rows=len(rows) + 1, cols=2)
    table.style = "Table Grid"
    fix_widths(table, (30, 126))
    for i, (name, value) in enumerate((("项目", "内容"), *rows)):
        for column, text in enumerate((name, value)):
            fill_cell(table.cell(i, column), text, head=i == 0, right=False)
    paper.line("", 6)
    paper.table(
        "parts",
        "地块/number/11",
        "名称/name/15",
        "拟建用途/use/27",
        "性质/traits/26",
        "申报面积（m²）/declared/27",
        "面积（m²）/area/28",
        "公顷/hectares/22",
    )
    paper.tag("{%p for issue in site.issues %}")
    paper.line("注：{{ issue }}", 9.5)
    paper.tag("{%p endfor %}")


def _lines(paper: Paper) -> None:
    paper.one("三、底线与三条控制线检查情况")
    paper.table("floors", *_LAYERS)
    paper.note("layers_note")
    paper.one("四、六线检查情况")
    paper.table("six_lines", *_LAYERS)
    paper.tag("{%p if features %}")
    paper.two("压占的底线与控制线图斑")
    paper.tag("{%p endif %}")
    paper.tag("{%p if features %}")
    paper.table("features", "图层/layer/36", "名称/name/36", "编号/id/37", "面积（m²）/area/29", "占比/share/18")
    paper.tag("{%p endif %}")
    paper.note("features_note")
    paper.one("五、其他控制线与专项规划")
    paper.table("special", *_LAYERS)
    paper.tag("{%p if special_clear %}")
    paper.line("未涉及：{{ special_clear }}。", indent=True)
    paper.tag("{%p endif %}")


def _plans(paper: Paper) -> None:
    paper.one("六、规划符合性")
    paper.two("（一）规划图层")
    paper.table("plans", *_LAYERS)
    paper.two("（二）规划用途与拟建用途")
    paper.table(
        "uses",
        "规划/plan/19",
        "图层/layer/25",
        "规划用途/class/25",
        "拟建用途/use/26",
        "判定/answer/14",
        "面积（m²）/area/29",
        "占比/share/18",
    )
    paper.note("uses_note")
    paper.two("（三）土地利用现状")
    paper.table("survey", "调查/layer/38", "地类/class/44", "面积（m²）/area/31", "公顷/hectares/25", "占比/share/18")


def _rulings(paper: Paper) -> None:
    paper.one("七、叠加碎块与裁定")
    paper.two("（一）按判定汇总")
    paper.table(
        "conformities",
        "判定/conformity/50",
        "碎块数/count/22",
        "面积（m²）/area/34",
        "公顷/hectares/28",
        "占比/share/22",
    )
    paper.two("（二）按裁定汇总")
    paper.table(
        "rulings",
        "判定/conformity/17",
        "裁定/decided/22",
        "底线与控制线/constraints/36",
        "规划/answers/28",
        "依据/refs/15",
        "块数/count/12",
        "面积（m²）/area/26",
    )
    paper.note("rulings_note")
    paper.two("（三）碎块{% if not fragments_all %}（判定最重、面积最大的 {{ fragments | length }} 个）{% endif %}")
    paper.table(
        "fragments",
        "编号/number/11",
        "地块/part/11",
        "判定/conformity/17",
        "裁定/decided/22",
        "缘由/why/55",
        "依据/refs/15",
        "面积（m²）/area/25",
    )
    paper.note("fragments_note")
    paper.one("八、线性工程穿越情况")
    paper.tag("{%p if crossings %}")
    paper.table(
        "crossings",
        "地块/part/11",
        "图层/layer/28",
        "图斑/feature/22",
        "起（m）/from/18",
        "止（m）/to/18",
        "长（m）/length/17",
        "面积（m²）/area/25",
        "判定/conformity/18",
    )
    paper.line("注：里程自线性地块轴线起点量起。{{ crossings_note }}", 9.5)
    paper.tag("{%p else %}")
    paper.line("本宗用地没有线性工程的穿越记录。", indent=True)
    paper.tag("{%p endif %}")


def _asking(paper: Paper) -> None:
    paper.one("九、未检查事项")
    paper.line("下列事项没有检查，不能视为不涉及：", indent=True, keep=True)
    paper.table("unchecked", "事项/title/57", "必查/required/12", "原因/why/44", "面积（m²）/area/30", "依据/refs/13")
    paper.one("十、征求意见部门")
    paper.table("referrals", "部门（单位）/name/40", "缘由/by/19", "事项/about/81", "依据/refs/16")
    paper.one("十一、批准文件与数据矛盾")
    paper.two("（一）提交的批准文件")
    paper.table(
        "approvals",
        "底线/layer/30",
        "文件/document/46",
        "批准面积（m²）/area/26",
        "所需面积（m²）/needed/26",
        "结果/accepted/28",
    )
    paper.two("（二）发现的数据矛盾")
    paper.table("discrepancies", "类别/kind/42", "内容/text/68", "碎块数/count/18", "面积（m²）/area/28")


def _annexes(paper: Paper) -> None:
    paper.one("十二、界址点成果表")
    paper.line("注：{{ site.crs }}", 9.5, keep=True)
    paper.table("points", *_POINTS)
    paper.note("points_note")
    paper.tag("{%p if suggestion %}")
    paper.two("融合建议红线界址点（草案）")
    paper.tag("{%p endif %}")
    paper.tag("{%p if suggestion %}")
    paper.table("suggestion.points", *_POINTS)
    paper.note("suggestion.points_note")
    paper.tag("{%p endif %}")
    paper.one("十三、依据与版本")
    paper.two("（一）依据条款")
    paper.table("clauses", "编号/number/14", "条款/text/142")
    paper.two("（二）检查记录")
    paper.table("provenance", "项目/name/36", "值/value/120")
    paper.two("（三）本报告的核验")
    paper.tag("{%p for text in verifying %}")
    paper.line("{{ loop.index }}. {{ text }}", 10.5)
    paper.tag("{%p endfor %}")
    paper.two("（四）数据版本")
    paper.table(
        "versions",
        "图层/title/58",
        "数据版本/version/44",
        "施行日期/in_force_from/20",
        "SHA-256（前 16 位）/short/34",
        size=8,
    )
    paper.tag("{%p for map in maps %}")
    paper.two("{{ map.title }}")
    paper.document.paragraphs[-1].paragraph_format.page_break_before = True
    paper.line("{{ map.picture }}", 12, centre=True)
    paper.document.paragraphs[-1].paragraph_format.line_spacing = 1.0
    paper.tag("{%p endfor %}")


def make(target: Path = TARGET) -> None:
    """Write the template."""
    paper = Paper()
    for section in (_first_page, _facts, _lines, _plans, _rulings, _asking, _annexes):
        section(paper)
    paper.document.core_properties.author = "spatialhub"
    paper.document.core_properties.title = "合规性审查报告（模板）"
    paper.document.save(str(target))


if __name__ == "__main__":
    make()
