"""What was made of frozen values is remembered by the very values."""

from __future__ import annotations

from spatialhub.remembered import ByIdentity


class Value:
    """Equal to every other, and yet another one."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def test_the_very_same_values_find_what_was_made_of_them():
    remembered: ByIdentity[object] = ByIdentity(most=2)
    first, second = Value(), Value()
    made = remembered.of((first,), object)
    assert remembered.of((first,), object) is made
    assert remembered.of((second,), object) is not made


def test_only_the_last_made_are_kept_and_their_values_with_them():
    remembered: ByIdentity[object] = ByIdentity(most=2)
    values = [Value() for _ in range(3)]
    made = [remembered.of((value,), object) for value in values]
    assert remembered.of((values[2],), object) is made[2]
    assert remembered.of((values[0],), object) is not made[0]


def test_what_is_stale_is_made_anew():
    remembered: ByIdentity[list] = ByIdentity(most=2)
    value = Value()
    remembered.of((value,), list).append("grown")
    assert remembered.of((value,), list, stale=bool) == []
