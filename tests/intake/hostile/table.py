"""The table of attacks, and the cases it makes with the carriers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.intake.hostile import heavy, packed, pointing, stored
from tests.intake.hostile.carriers import CARRIERS
from tests.intake.hostile.payloads import Attack, Payload
from tests.intake.hostile.trap import Trap

ATTACKS: tuple[Attack, ...] = (*pointing.ATTACKS, *heavy.ATTACKS, *packed.ATTACKS, *stored.ATTACKS)
PAIRS = [(attack, carrier) for attack in ATTACKS for carrier in attack.carried]


@dataclass(frozen=True)
class Case:
    """One file to hand in."""

    attack: Attack
    carrier: str
    payload: Payload

    @property
    def name(self) -> str:
        """Its name in a report."""
        return f"{self.attack.name} / {self.carrier} / {self.payload.name}"


def cases(attack: Attack, carrier: str, trap: Trap) -> Iterator[Case]:
    """The files of an attack on a carrier."""
    for one in attack.make(trap):
        for carried in CARRIERS[carrier](one):
            yield Case(attack, carrier, carried)
