"""The compiled kernels (spatialhub/spatial/kernels): the only thing that setup.cfg cannot say.

No -march and no contraction of multiply and add: the same floats on every machine of an architecture, so that a
result's hash holds on another one.
"""

import os
from glob import glob

from pybind11.setup_helpers import ParallelCompile, Pybind11Extension
from setuptools import setup

ParallelCompile(default=os.cpu_count() or 1).install()

setup(
    ext_modules=[
        Pybind11Extension(
            "spatialhub.spatial._kernels",
            sorted(glob("spatialhub/spatial/kernels/*.cpp")),
            depends=sorted(glob("spatialhub/spatial/kernels/*.hpp")),
            cxx_std=17,
            extra_compile_args=["-O3", "-g0", "-ffp-contract=off", "-Wall", "-Wextra"],
        )
    ]
)
