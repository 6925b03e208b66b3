"""Random inputs to our own parsers of text (TXT, WKT, CSV): each is read or refused, never a fault.

`python -m tests.intake.fuzz --seed 1 --count 1000000` runs as many as wanted and prints counts; an input that no
refusal answers for, or that takes long, is printed whole, and with its seed and number it comes again.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable

from spatialhub.errors import SpatialHubError
from spatialhub.intake import boundary_points, csv_text, wkt
from spatialhub.intake.raw import Job
from spatialhub.intake.text import decode
from spatialhub.messages import explain
from tests.intake import txt

SLOWEST_S = 2.0  # of processor time, for inputs of some hundred bytes
JOB = Job("a", "txt", "", (), "", 4547, "site", 10, 1024, 256)
_TXT = txt.text(
    [txt.header(purpose="工业用地", code="0601"), *txt.points(txt.RECTANGLE), *txt.points(txt.HOLE, first=5, number=2)],
    [txt.header(number="2", kind="线"), *txt.points(txt.HOLE, closing="none")],
)
_CSV = (
    "界址点成果\n地块,圈号,点号,X坐标(m),Y坐标\n"
    + "".join(f"1,1,J{i % 4 + 1},{n},{e}\n" for i, (n, e) in enumerate([*txt.RECTANGLE, txt.RECTANGLE[0]]))
    + "\n2,1,J1,113.65,34.75\n"
)
_DEGREES = "点号;经度;纬度\nJ1;113°39'00.5\";34.75\nJ2;113.66;34.75\nJ3;113.66;34.7612\n"
SEEDS: dict[str, list[str]] = {
    "txt": [
        _TXT,
        _TXT.replace("[", "【").replace("]", "】"),
        txt.text([txt.header(), *txt.points(txt.HOLE)], system={}),
    ],
    "wkt": [
        "SRID=4547;POLYGON((467800 3846900,467900 3846900,467900 3847000,467800 3846900))",
        "MULTIPOLYGON Z (((0 0 1,1 0 1,1 1 1,0 0 1),(.2 .1 0,.3 .1 0,.3 .2 0,.2 .1 0)),((5 5 0,6 5 0,6 6 0,5 5 0)))",
        "POINT EMPTY\nMULTIPOINT((1 2),(3 4));LINESTRING M(1 2 3,4 5 6)",
        "MULTILINESTRING((1e3 2,3 4),(5 6,7 8)) POLYGON EMPTY GEOMETRYCOLLECTION(POINT(1 1))",
    ],
    "csv": [_CSV, _CSV.replace(",", "\t"), _DEGREES, "n,e\n1,2\n3,4\n5,6\n"],
}  # fmt: skip
_LETTERS = "\n\r,，;\t@＠=面线-+.e°'\"() \0\ufeff\ufffd𠮷\ud7ff\x1a\x85\u2028ZXY．１٣²½一"
_PIECES = [
    *_LETTERS, "", "[地块坐标]", "[属性描述]", "J1", "E9", "1e999", "nan", "inf", "NaN", "-0", "999999999999",
    "0" * 400, "9" * 400, "9" * 5000, '""', "((", "))", "公顷", "地下", "带号=", "SRID=", "POLYGON", "EMPTY", "1 2",
    "113.3858",
    "经度", "点号", "1_000", "0x1F", "--", "1.2.3",
]  # fmt: skip


def readers() -> dict[str, Callable[[bytes], object]]:
    """Format → what reads its bytes to the end."""
    return {
        "txt": lambda data: list(boundary_points.opening_of(data, JOB).chunks),
        "wkt": lambda data: list(wkt.opening_of(decode(data, "a")[0], "a").chunks),
        "csv": lambda data: list(csv_text.opening_of(data, JOB).chunks),
    }


def mutant(chance: random.Random, kind: str) -> bytes:
    """An input: one of the seeds with some changes, or nothing but pieces."""
    if chance.random() < 0.05:
        text = "".join(chance.choice(_PIECES) for _ in range(chance.randrange(40)))
    else:
        text = chance.choice(SEEDS[kind])
        for _ in range(chance.randrange(1, 6)):
            text = _changed(chance, text)
    encoding = chance.choice(("utf-8", "utf-8", "gb18030", "utf-8-sig", "utf-16"))
    data = text.encode(encoding, "replace")
    if chance.random() < 0.1 and data:
        at = chance.randrange(len(data))
        data = data[:at] + chance.randbytes(chance.randrange(1, 4)) + data[at + chance.randrange(3) :]
    return data


def _changed(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text) + 1)
    until = min(len(text), at + chance.choice((0, 1, 1, 2, 5, 20)))
    way = chance.randrange(6)
    if way == 0:
        return text[:at] + text[until:]
    if way == 1:
        return text[:at] + text[at:until] * chance.choice((2, 3)) + text[until:]
    if way == 2:
        lines = text.split("\n")
        i, j = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[i], lines[j] = lines[j], lines[i]
        return "\n".join(lines)
    if way == 3:
        lines = text.split("\n")
        del lines[chance.randrange(len(lines))]
        return "\n".join(lines)
    return text[:at] + chance.choice(_PIECES) + text[until:]


def run(kind: str, seed: int, count: int) -> Counter[str]:
    """Give `count` inputs to a parser; return how each was answered: `read`, or the code of its refusal.

    Raises
    ------
    AssertionError
        An input was answered by something else than a refusal in words; the message has it.
    """
    read, chance, answers = readers()[kind], random.Random(f"{kind} {seed}"), Counter[str]()
    for number in range(count):
        data = mutant(chance, kind)
        began = time.process_time()
        try:
            read(data)
            answers["read"] += 1
        except SpatialHubError as error:
            answers[error.code] += 1
            if number % 500 == 0:
                assert all(explain(error, language)["what"] for language in ("zh", "en"))
        except Exception as error:
            raise AssertionError(f"{kind} seed {seed} number {number}: {error!r}\n{data!r}") from error
        spent_s = time.process_time() - began
        assert spent_s < SLOWEST_S, f"{kind} seed {seed} number {number}: {spent_s:.1f} s\n{data!r}"
    return answers


def main(arguments: list[str]) -> None:
    """Run and tell: --seed N --count N (over all parsers together)."""
    said = dict(zip(arguments[::2], arguments[1::2], strict=True))
    seed, count = int(said.get("--seed", "1")), int(said.get("--count", "30000"))
    for kind in SEEDS:
        began = time.monotonic()
        share = -(-count // len(SEEDS))
        answers = run(kind, seed, share)
        told = ", ".join(f"{code} {number}" for code, number in answers.most_common())
        print(f"{kind}: seed {seed}, {share} inputs in {time.monotonic() - began:.0f} s: {told}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
