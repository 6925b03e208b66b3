"""What the operating system says about files, in our words: its own are English, and many officials read none."""

from __future__ import annotations

import errno

from spatialhub.messages import Words

_WORDS = {
    errno.ENOENT: Words.of("system_missing"),
    errno.ENOTDIR: Words.of("system_missing"),
    errno.EACCES: Words.of("system_forbidden"),
    errno.EPERM: Words.of("system_forbidden"),
    errno.EISDIR: Words.of("system_folder"),
    errno.EROFS: Words.of("system_read_only"),
    errno.ENOSPC: Words.of("system_full"),
    errno.EDQUOT: Words.of("system_full"),
    errno.ENAMETOOLONG: Words.of("system_long_name"),
    errno.EIO: Words.of("system_disk"),
}


def system_words(number: int | None, text: str = "") -> Words:
    """The words for an errno; `text` is told with those that have none."""
    return _WORDS.get(number or 0) or Words.of("system_other", number=number or "—", text=text or "—")


def told(error: OSError) -> Words:
    """What the system refused, in words."""
    return system_words(error.errno, error.strerror or str(error))
