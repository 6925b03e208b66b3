"""What is asked of the generator."""

from __future__ import annotations

from dataclasses import dataclass

SEED = 20190817
PARCELS = 5_000
MOST_PARCELS = 1_000_000


@dataclass(frozen=True, slots=True)
class Order:
    """A demo city of about `parcels` parcels (2,000 to a million) by `seed`; `dirty`: with millimetre mismatches."""

    parcels: int = PARCELS
    seed: int = SEED
    dirty: bool = False


ORDINARY = Order()
