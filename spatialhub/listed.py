"""Lists and geometry that are made when they are first read: a check decides in arrays, and few of its rows are asked.

What is read once is kept; pickled or compared, it is what it would have been had it been made at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar, overload

import numpy as np
from shapely import Geometry

from spatialhub.spatial.planar import Arrangement
from spatialhub.spatial.thin import outlines_of

T = TypeVar("T")


class Rows(Sequence[T]):
    """A tuple whose items `make` gives when the first is asked."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], Iterable[T]]) -> None:
        self._make: Callable[[], Iterable[T]] | None = make
        self._made: tuple[T, ...] = ()

    @property
    def _rows(self) -> tuple[T, ...]:
        make = self._make
        if make is not None:
            self._made = tuple(make())
            self._make = None
        return self._made

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[T]:
        return iter(self._rows)

    @overload
    def __getitem__(self, place: int) -> T: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[T, ...]: ...

    def __getitem__(self, place):
        return self._rows[place]

    def __eq__(self, other: object) -> bool:
        return self._rows == (other._rows if isinstance(other, Rows) else other)

    def __hash__(self) -> int:
        return hash(self._rows)

    def __repr__(self) -> str:
        return repr(self._rows)

    def __reduce__(self) -> tuple:
        return tuple, (self._rows,)


class Records(Rows[T]):
    """Rows kept as `values`, plain tuples, until `make` is asked for the rows they stand for: who only needs what they
    hold never makes them."""

    __slots__ = ("_read", "_values")

    def __init__(self, read: Callable[[], Iterable[tuple]], make: Callable[[tuple], T]) -> None:
        super().__init__(lambda: map(make, self.values))
        self._read: Callable[[], Iterable[tuple]] | None = read
        self._values: Sequence[tuple] = ()

    @property
    def values(self) -> Sequence[tuple]:
        """What stands for each row, read when first asked."""
        read = self._read
        if read is not None:
            self._values = tuple(read())
            self._read = None
        return self._values


class Table(Mapping[str, T]):
    """A dict that `make` gives when it is first read."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], dict[str, T]]) -> None:
        self._make: Callable[[], dict[str, T]] | None = make
        self._made: dict[str, T] = {}

    @property
    def _dict(self) -> dict[str, T]:
        make = self._make
        if make is not None:
            self._made = make()
            self._make = None
        return self._made

    def __len__(self) -> int:
        return len(self._dict)

    def __iter__(self) -> Iterator[str]:
        return iter(self._dict)

    def __getitem__(self, key: str) -> T:
        return self._dict[key]

    def __repr__(self) -> str:
        return repr(self._dict)

    def __reduce__(self) -> tuple:
        return dict, (self._dict,)


class Outlines:
    """Geometry of groups of faces (pairs, as in `thin.outlines_of`), all drawn when the first is asked."""

    def __init__(self, arrangement: Arrangement, face: np.ndarray, group: np.ndarray, count: int) -> None:
        self._given: tuple[Arrangement, np.ndarray, np.ndarray, int] | None = (arrangement, face, group, count)
        self._drawn = np.zeros(0, dtype=object)

    def __getitem__(self, number: int) -> Geometry:
        given = self._given
        if given is not None:
            self._drawn = outlines_of(*given)
            self._given = None
        return self._drawn[number]


class Drawn(Generic[T]):
    """A dataclass field that holds a T, often a geometry, or a call that makes it when the field is first read.

    Declared `name: Drawn[T] = Drawn()`. The dataclass must keep a `__dict__` (no slots) and inherit `Drawable`, so that
    a copy elsewhere holds what was made.
    """

    def __init__(self, *, optional: bool = False) -> None:
        self._optional = optional

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> T:
        if instance is None:
            if self._optional:
                return None  # type: ignore[return-value]  # the default, which a dataclass reads from the class
            raise AttributeError(self._name)  # to a dataclass: no default, the field must be given
        value = instance.__dict__[self._name]
        if callable(value):
            value = instance.__dict__[self._name] = value()
        return value

    def given(self, instance: object) -> T | Callable[[], T]:
        """What the field holds now: the value, or the call that will make it."""
        return instance.__dict__[self._name]

    def __set__(self, instance: object, value: T | Callable[[], T]) -> None:
        instance.__dict__[self._name] = value


class Drawable:
    """Pickles with its geometry drawn."""

    def __getstate__(self) -> dict:
        return {name: getattr(self, name) for name in self.__dict__}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
