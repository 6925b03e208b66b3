"""The same batch on a Dask cluster: the same hashes, also when a worker is killed in the middle."""

from __future__ import annotations

import os
import signal

import pytest

from spatialhub.errors import ClusterUnusable
from tests.batch.world import Watch, batch, hashes, sites

distributed = pytest.importorskip("distributed", reason="needs the extra distributed")


@pytest.fixture(scope="module")
def dask_cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs="ERROR"
    ) as cluster:
        yield cluster


def kill_a_worker_of(cluster) -> None:
    with distributed.Client(cluster, set_as_default=False) as client:
        pid = next(iter(client.run(os.getpid).values()))
    os.kill(pid, signal.SIGKILL)


def test_a_cluster_finds_what_one_worker_finds(city, tmp_path, dask_cluster):
    path = sites(tmp_path / "s.geojson", 50)
    here = batch(city, path, tmp_path / "here")
    there = batch(city, path, tmp_path / "there", dask=dask_cluster.scheduler_address)
    assert hashes(there) == hashes(here) and len(set(hashes(there))) == 50


def test_a_worker_killed_in_the_middle_changes_nothing(city, tmp_path, dask_cluster):
    path = sites(tmp_path / "s.geojson", 120)
    watch = Watch(at={10: lambda: kill_a_worker_of(dask_cluster)})
    there = batch(city, path, tmp_path / "there", dask=dask_cluster.scheduler_address, watch=watch)
    assert hashes(there) == hashes(batch(city, path, tmp_path / "here", workers=2))
    assert len(watch.rows) == 120


def test_the_deadline_holds_on_a_cluster_too(city, tmp_path, dask_cluster):
    path = sites(tmp_path / "s.geojson", 3)
    late = batch(city, path, tmp_path / "out", dask=dask_cluster.scheduler_address, deadline_s=0.0005)
    assert hashes(late) == ["too_complex"] * 3


def test_a_cluster_that_is_not_there_is_refused_in_words(city, tmp_path, monkeypatch):
    monkeypatch.setattr("spatialhub.batch.cluster._WAIT_S", 1)
    with pytest.raises(ClusterUnusable):
        batch(city, sites(tmp_path / "s.geojson", 1), tmp_path / "out", dask="tcp://127.0.0.1:9")
