"""XML of foreign files, streamed and strict: no document type, so no entity; no depth; nothing outside is fetched."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from spatialhub.errors import BrokenFile, UnsafeFile
from spatialhub.intake.text import known_encoding
from spatialhub.messages import Words

MOST_DEPTH = 100
_BLOCK = 2**16
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._\-]{1,40})["']""")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(slots=True)
class Node:
    """An element taken whole: its local name, attributes by local name, children, and its own text.

    `line` is where it starts; `folder` the title of the nearest element around it that has a `name`.
    """

    tag: str
    attributes: dict[str, str]
    line: int
    folder: str = ""
    children: list[Node] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text, stripped."""
        return "".join(self.pieces).strip()

    def child(self, tag: str) -> Node | None:
        """The first child of a name."""
        return next((one for one in self.children if one.tag == tag), None)

    def walk(self) -> Iterator[Node]:
        """Itself and all below, in document order."""
        yield self
        for one in self.children:
            yield from one.walk()


def encoding_of(start: bytes, asked: str | None) -> str:
    """The encoding asked for, a byte order mark's, the declared one, else UTF-8 (what XML says where nothing is)."""
    if asked is not None:
        return known_encoding(asked) or asked
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    found = _DECLARED.match(start.lstrip())
    return (found and known_encoding(found[1].decode("ascii"))) or "utf-8"


def subtrees(
    stream: BinaryIO, name: str, wanted: Callable[[str, str], bool], *, encoding: str, root: list[Node] | None = None
) -> Iterator[Node]:
    """Yield every element for which `wanted(local name, parent's local name)`, whole, and forget it.

    What lies outside them is not kept; the outermost element's head is appended to `root`.

    Raises
    ------
    UnsafeFile
        A document type, or nesting beyond `MOST_DEPTH`.
    BrokenFile
        The text is no XML, or not in its encoding; the place has line and column.
    """
    taker = _Taker(name, wanted, root)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while True:
            data = stream.read(_BLOCK)
            text = decoder.decode(data, not data)
            taker.parser.Parse(text.encode("utf-8", "surrogatepass"), not data)
            yield from taker.take()
            if not data:
                return
    except UnicodeError:
        raise BrokenFile(name, reason=Words.of("broken_encoding", tried=(encoding,))) from None
    except expat.ExpatError as error:
        place = f"{name}:{error.lineno}:{error.offset + 1}"
        raise BrokenFile(place, reason=Words.of("broken_xml", detail=expat.ErrorString(error.code))) from None


class _Taker:
    """Handlers of one parse."""

    def __init__(self, name: str, wanted: Callable[[str, str], bool], root: list[Node] | None) -> None:
        self._name, self._wanted, self._root = name, wanted, root
        self._outer: list[Node] = []  # open elements that are not taken
        self._inner: list[Node] = []  # open elements of the one being taken
        self._done: list[Node] = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype

    def take(self) -> list[Node]:
        done, self._done = self._done, []
        return done

    def _doctype(self, *_: object) -> None:
        raise UnsafeFile(self._name, reason=Words.of("unsafe_doctype"))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._outer) + len(self._inner) >= MOST_DEPTH:
            raise UnsafeFile(f"{self._name}:{self.parser.CurrentLineNumber}", reason=Words.of("unsafe_deep"))
        plain = {_local(key): value for key, value in attributes.items()}
        node = Node(_local(tag), plain, self.parser.CurrentLineNumber)
        if not self._outer and self._root is not None and not self._root:
            self._root.append(node)
        if self._inner:
            self._inner[-1].children.append(node)
            self._inner.append(node)
        elif self._wanted(node.tag, self._outer[-1].tag if self._outer else ""):
            node.folder = next((one.folder for one in reversed(self._outer) if one.folder), "")
            self._inner.append(node)
        else:
            self._outer.append(node)

    def _end(self, _: str) -> None:
        if self._inner:
            node = self._inner.pop()
            if not self._inner:
                self._done.append(node)
            return
        node = self._outer.pop()
        if node.tag == "name" and self._outer:
            self._outer[-1].folder = node.text[:200]

    def _text(self, text: str) -> None:
        if self._inner:
            self._inner[-1].pieces.append(text)
        elif self._outer and self._outer[-1].tag == "name":
            self._outer[-1].pieces.append(text)


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]
