"""What is printed for people. File names, layers' names and attributes are a stranger's text: none of their control
characters may reach the terminal, where they could move the cursor, rename the window or hide a line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment

from spatialhub.messages.letters import printable


class Terminal(Console):
    """A console whose text has no control characters, whatever it was made of; rich's own stay."""

    def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else printable(text), style, control)
