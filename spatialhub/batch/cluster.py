"""The same jobs on a Dask cluster. Every thread of a Dask worker keeps one process of the pool, so that a deadline and
a death mean there what they mean here; Dask repeats elsewhere what a lost worker had in hand."""

from __future__ import annotations

import hashlib
import multiprocessing
import pickle
import threading
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from spatialhub.batch import work
from spatialhub.errors import ClusterUnusable
from spatialhub.pool import Ending, Outcome, Pool

_CHUNK = 16
_AHEAD = 2  # chunks in hand per thread
_WAIT_S = 30
_own = threading.local()

Answers = list[tuple[str, bytes]]


class Cluster:
    """A Dask cluster that answers jobs of one brief; a context manager, with the `run` of a `Pool`."""

    def __init__(self, address: str, brief: work.Brief, *, deadline_s: float) -> None:
        self._address, self._deadline_s = address, deadline_s
        self._brief = zlib.compress(pickle.dumps(brief, pickle.HIGHEST_PROTOCOL), 1)

    def __enter__(self) -> Cluster:
        """Connect and wait for the first worker.

        Raises
        ------
        ClusterUnusable
            There is no scheduler, no worker, or this machine lacks Dask.
        """
        try:
            from distributed import Client

            self._client = Client(self._address, timeout=_WAIT_S, set_as_default=False)
        except (ImportError, OSError, TimeoutError, ValueError) as error:
            raise ClusterUnusable(self._address, reason=str(error)[:200]) from None
        try:
            self._client.wait_for_workers(1, timeout=_WAIT_S)
        except TimeoutError as error:
            self._client.close()
            raise ClusterUnusable(self._address, reason=str(error)[:200]) from None
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def run(self, tasks: Iterable[bytes]) -> Iterator[tuple[int, Outcome]]:
        """Yield (place in `tasks`, outcome) as chunks of tasks end."""
        from distributed import KilledWorker, as_completed

        numbered = enumerate(tasks)
        chunks = iter(lambda: tuple(islice(numbered, _CHUNK)), ())
        held: dict[Any, tuple[tuple[int, bytes], ...]] = {}
        alone: set[int] = set()
        ended = as_completed(loop=self._client.loop)
        while True:
            while len(held) < _AHEAD * max(1, sum(self._client.nthreads().values())):
                if (chunk := next(chunks, None)) is None:
                    break
                self._hand_over(chunk, held, ended)
            if not held:
                return
            future = next(ended)
            chunk = held.pop(future)
            error = future.exception()
            if error is None:
                for (number, _), (ending, value) in zip(chunk, future.result(), strict=True):
                    yield number, Outcome(Ending(ending), value)
            elif not isinstance(error, KilledWorker):
                raise error
            elif len(chunk) == 1 and chunk[0][0] in alone:
                yield chunk[0][0], Outcome(Ending.DIED)
            else:  # several workers died over this chunk: each of its tasks shows alone whether it was the one
                for one in chunk:
                    alone.add(one[0])
                    self._hand_over((one,), held, ended)

    def _hand_over(self, chunk: tuple[tuple[int, bytes], ...], held: dict, ended: Any) -> None:
        tasks = [task for _, task in chunk]
        future = self._client.submit(answer_chunk, self._brief, self._deadline_s, tasks, pure=False, retries=2)
        held[future] = chunk
        ended.add(future)


def answer_chunk(brief: bytes, deadline_s: float, tasks: list[bytes]) -> Answers:
    """Answer packed jobs in this thread's own worker process; (ending, value) each. Runs in a Dask worker."""
    found = dict(_pool(brief, deadline_s).run(tasks))
    return [(found[number].ending.value, found[number].value) for number in range(len(tasks))]


def _pool(brief: bytes, deadline_s: float) -> Pool:
    """The process of this thread; it stays as long as the brief does."""
    wanted = (hashlib.sha256(brief).digest(), deadline_s)
    if getattr(_own, "wanted", None) != wanted:
        if hasattr(_own, "pool"):
            _own.pool.__exit__()
        # Dask's nanny starts workers as daemons, which may have no children; ours end with the link to their parent.
        multiprocessing.current_process().daemon = False
        given = pickle.loads(zlib.decompress(brief))
        _own.pool = Pool(work.prepare, given, workers=1, deadline_s=deadline_s, preload=work.PRELOAD)
        _own.wanted = wanted
    return _own.pool
