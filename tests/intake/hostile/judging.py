"""What must never happen, whatever is handed in and wherever; and how long an answer took while the machine ran."""

from __future__ import annotations

import re
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from spatialhub.messages import catalogue
from tests.intake.hostile import trap
from tests.intake.hostile.doors import DOORS, TWICE, Answer, Station
from tests.intake.hostile.payloads import DECOY_M2, Attack, Payload

# Of processor time, which other programs on the machine do not change; a reader's own limit and its start.
# What a reader may take; the kernel counts whole seconds, and its start is not counted.
LONGEST_S, LONGEST_LAYER_S = 10.0 + 1.5, 60.0 + 1.5
LONGEST_WAIT = 3  # times as long by the clock
# `ESC`, and the one-byte forms of its sequences: nothing that reaches a terminal may hold them
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")


class Stillness:
    """Seconds for which this process was stopped (a laptop asleep, a debugger): they are nobody's fault."""

    def __init__(self) -> None:
        self.seconds = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        last = time.monotonic()
        while True:
            time.sleep(0.25)
            now = time.monotonic()
            if now - last > 3.0:
                self.seconds += now - last
            last = now

    def clock(self) -> float:
        """Seconds that ran."""
        return time.monotonic() - self.seconds


def tried(door: str, one: Payload, at: Station) -> Answer:
    """Hand a payload in at a door; the answer has its time."""
    began, spent = at.clock(), _processor_s()
    try:
        answer = DOORS[door](one, at)
    except Exception as error:  # what is no refusal is a fault of ours
        answer = Answer(f"fault: {error!r}", repr(error).encode())
    return Answer(answer.code, answer.shown, answer.area_m2, at.clock() - began, _processor_s() - spent)


def _processor_s() -> float:
    """Processor time of this process and of the readers it has waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def complaints(attack: Attack, carrier: str, door: str, answer: Answer, at: Station) -> Iterator[str]:
    """What is wrong with an answer; nothing where the attack came to nothing."""
    if trap.shown(answer.shown):
        yield "the planted secret is shown"
    if at.trap.heard:
        yield f"the address was called: {at.trap.heard}"
        at.trap.heard.clear()
    if answer.refused and answer.code not in catalogue("zh"):
        yield f"no refusal with a code: {answer.code[:300]}"
    if answer.refused and answer.code in ("program_fault", "busy", "containment_missing"):
        yield f"not the file was refused: {answer.code}"
    if carrier == "plain" and answer.refused and answer.code not in attack.codes and not attack.harmless:
        yield f"refused for another reason: {answer.code}"
    if not answer.refused and not attack.harmless and answer.area_m2 != 0:  # a layer may keep nothing, and say so
        if carrier in ("plain", "renamed"):
            yield "taken"
        elif answer.area_m2 is not None and abs(answer.area_m2 / DECOY_M2 - 1) > 0.01:
            yield f"taken with {answer.area_m2} m2 that nobody wrote"
    longest_s = LONGEST_LAYER_S if door in ("layer", "layers import") else LONGEST_S
    longest_s *= 2 if door in TWICE else 1
    if answer.processor_s > longest_s or answer.seconds > longest_s * LONGEST_WAIT:
        yield f"took {answer.seconds:.1f} s, {answer.processor_s:.1f} s of them of the processor"
    if door not in ("read", "layer") and (found := _CONTROL.search(answer.shown.replace(b"\r\n", b"\n"))):
        yield f"control characters reach the terminal: {answer.shown[max(0, found.start() - 30) : found.end() + 10]!r}"


@contextmanager
def nothing_left(at: Station) -> Iterator[None]:
    """Nothing of what was handed in stays in the home folder, and no secret is anywhere in it.

    Raises
    ------
    AssertionError
        Something stayed.
    """
    before = _kept(at)
    yield
    assert not trap.shown_below(at.home), "the planted secret lies in the home folder"
    left = _kept(at) - before
    assert not left, f"left behind: {sorted(left)[:5]}"


def _kept(at: Station) -> set[str]:
    """Snapshots, files and half-written things of the home folder; reports of failed imports are meant to stay."""
    found = {str(path.relative_to(at.home)) for path in at.home.rglob("*") if path.is_file()}
    return {name for name in found if not re.fullmatch(r"imports/[^/]+\.json|registry\.db.*|.*\.lock|audit.*", name)}
