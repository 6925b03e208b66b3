"""The stub that tells types of the compiled kernels says what the module has: names, members, parameters."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from spatialhub.spatial import _kernels, snapshot

STUB = ast.parse(Path(snapshot.__file__).with_name("_kernels.pyi").read_text("utf-8"))
PLAIN_INIT = object.__init__.__doc__


def said(body: list[ast.stmt], owner: str = "") -> dict[str, list[str] | None]:
    """Full name → parameters in order, with defaults as `name=`; None for a class or property."""
    found: dict[str, list[str] | None] = {}
    for node in body:
        if isinstance(node, ast.ClassDef):
            found |= {node.name: None} | said(node.body, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            found[owner + node.name] = None if node.decorator_list else parameters(node)
    return found


def parameters(node: ast.FunctionDef) -> list[str]:
    names = [argument.arg for argument in node.args.args]
    defaults = [f"={ast.literal_eval(default)}" for default in node.args.defaults]
    return [name + default for name, default in zip(names, [""] * (len(names) - len(defaults)) + defaults, strict=True)]


def bound(owner: object = _kernels, prefix: str = "") -> dict[str, list[str] | None]:
    """The same of the module: pybind11 writes each function's signature, as Python, in its first line."""
    found: dict[str, list[str] | None] = {}
    for name, value in vars(owner).items():
        if inspect.isclass(value):
            found |= {name: None} | bound(value, f"{name}.")
        elif isinstance(value, property):
            found[prefix + name] = None
        elif callable(value) and not name.startswith("_pybind11") and value.__doc__ != PLAIN_INIT:
            signature = ast.parse(f"def {value.__doc__.splitlines()[0]}: ...").body[0]
            assert isinstance(signature, ast.FunctionDef)
            found[prefix + name] = parameters(signature)
    return found


def test_stub_and_module_name_the_same_things():
    assert said(STUB.body) == bound()


@pytest.mark.parametrize("name", ["arrange_sets", "gather", "Store.search", "TextCodes.values"])
def test_the_comparison_sees_functions_methods_and_properties(name):
    assert name in bound()
