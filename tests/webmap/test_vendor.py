"""Front-end parts: pinned, verified, complete."""

import pytest

from webmap import vendor


def test_every_kept_file_belongs_to_a_pinned_package():
    assert {package for _, package, _, _ in vendor.KEPT} == set(vendor.read_lock())


def test_a_package_that_differs_from_its_pin_is_refused(tmp_path):
    path = tmp_path / "ol.tgz"
    path.write_bytes(b"altered")
    with pytest.raises(vendor.VendorError, match="differs from its pin"):
        vendor.verify(path, vendor.read_lock()["ol"])


def test_the_lock_names_no_address():
    assert "://" not in vendor.LOCK.read_text("utf-8")


def test_a_second_fetch_does_nothing(monkeypatch):
    assert vendor.is_current(), "run python -m webmap.vendor (make test does)"
    monkeypatch.setattr(vendor, "_pack", lambda *_: pytest.fail("asked npm again"))
    assert vendor.fetch() is False
