"""Answers about a report: a reply, and the findings it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from spatialhub.messages import Words


class Reply(StrEnum):
    """How a question is answered."""

    YES = "yes"
    WITHIN = "within"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """An answer with what it rests on; findings are words yet to be said in a language."""

    question: str
    reply: Reply
    findings: Sequence[Words] = ()


@dataclass
class Said:
    """Findings so far; the worst reply counts."""

    reply: Reply = Reply.YES
    findings: list[Words] = field(default_factory=list)

    def say(self, code: str, reply: Reply | None = None, **params: object) -> None:
        """Note a finding; `reply` is what it makes of the answer."""
        self.findings.append(Words.of(code, **params))
        order = (Reply.YES, Reply.WITHIN, Reply.UNKNOWN, Reply.NO)
        if reply is not None and order.index(reply) > order.index(self.reply):
            self.reply = reply
