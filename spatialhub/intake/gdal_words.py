"""What GDAL says of a damaged file, as a refusal: without the paths of this machine, whatever kind of error it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from spatialhub.errors import BrokenFile
from spatialhub.intake import arrow
from spatialhub.messages import Words

_FOLDERS = re.compile(r"/(?:[^\s'\"/]+/)+")
_ADVICE = re.compile(r"; It might help .*", re.DOTALL)  # meant for programmers


@contextmanager
def refused(place: str) -> Iterator[None]:
    """Within it, GDAL's errors about a file, its layers, features and texts are refusals that name `place`.

    Raises
    ------
    BrokenFile
        GDAL cannot read on, or a name or text is not in its encoding.
    """
    import pyogrio

    try:
        yield
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, arrow.StreamBroken) as error:
        detail = _FOLDERS.sub("", _ADVICE.sub("", str(error)))
        raise BrokenFile(place, reason=Words.of("broken_library", detail=detail[:120])) from None
    except UnicodeDecodeError as error:
        raise BrokenFile(place, reason=Words.of("broken_library", detail=str(error)[:120])) from None
