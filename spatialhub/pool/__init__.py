"""A pool of worker processes in which every task has a deadline. It knows nothing of what the tasks are.

with Pool(prepare, given, workers=2, deadline_s=60) as pool:
    for number, outcome in pool.run(tasks): ...

`prepare(given)` runs once in every worker and returns the function that answers a task: bytes → bytes. Workers live on
between tasks and between runs. A worker is ended by its own alarm clock at the deadline (the kernel does it, so it
holds inside GEOS too), and another takes its place; of what it had been given, only the task under way is lost.
"""

from spatialhub.pool.pool import Pool, PoolBroken, expect
from spatialhub.pool.worker import Ending, Outcome, Start, Worker

__all__ = ["Ending", "Outcome", "Pool", "PoolBroken", "Start", "Worker", "expect"]
