"""Thousands of sites checked against the same plans: read, spread over processes or a cluster, kept, told.

source ─ sites ─▶ work (pool or Dask) ─ rows ─▶ journal ─▶ tables
"""
