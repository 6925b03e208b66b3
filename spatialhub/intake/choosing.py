"""One of several: the layer the user named, the only one there is, or a question; never the first of many."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spatialhub.errors import ChoiceNeeded
from spatialhub.intake.raw import Job
from spatialhub.messages import Words


def choose(names: Sequence[str], job: Job, *, key: Callable[[str], str] = lambda one: one) -> str:
    """Return the layer that `job.sublayer` names (whole, or as `key` shortens it), or the only one.

    Raises
    ------
    ChoiceNeeded
        There are several and none is named, or the name is not among them.
    """
    if job.sublayer is not None:
        for one in names:
            if job.sublayer in (one, key(one)):
                return one
    if len(names) == 1 and job.sublayer is None:
        return names[0]
    raise ChoiceNeeded(
        job.name, what=Words.of("choice_sublayer"), option="--sublayer", choices=tuple(key(one) for one in names)
    )
