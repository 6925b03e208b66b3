"""Remedies of a file that was looked at: answers to its questions, readings of its numbers; none is taken by itself."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import Geometry

from spatialhub.errors import ChoiceNeeded, CrsConflict, CrsMissing, CrsRefused, OutsideFrame, SpatialHubError
from spatialhub.intake.hypotheses import Reading, readings
from spatialhub.intake.inspected import Inspection, LayerSurvey, Remedy
from spatialhub.intake.reading import SiteOptions
from spatialhub.messages import Words
from spatialhub.spatial.crs import accept, mover


def remedies_of(found: Inspection, options: SiteOptions) -> tuple[Remedy, ...]:
    """What could be said or taken, each once."""
    named = _uses(found)
    if isinstance(found.refusal, ChoiceNeeded):
        named += _choices(found, found.refusal)
    layer = found.layers[0] if len(found.layers) == 1 else None
    if layer is None or options.frame is None or not _about_numbers(found.refusal or layer.refusal):
        return tuple(named)
    sample = np.array(layer.sample).reshape(-1, 2)
    for one in readings(sample, options.frame, found.epsg):
        remedy = _remedy_of(one, layer, options, found)
        if remedy.options and remedy.options not in [row.options for row in named]:
            named.append(remedy)
    return tuple(named)


def _uses(found: Inspection) -> list[Remedy]:
    meant = [dict(one.params) for one in found.issues if one.code == "use_offered"]
    uses = tuple(sorted({f"{values['use']} {values['name']}" for values in meant}))
    return [Remedy(Words.of("remedy_use", uses=uses), (("accept", "use"),))] if uses else []


def _about_numbers(refusal: SpatialHubError | None) -> bool:
    """Whether another reading of the numbers could answer a refusal."""
    if isinstance(refusal, ChoiceNeeded):
        return refusal.params.get("option") == "--axes"
    truncated = refusal is not None and "truncated" in str(refusal.params.get("reason", ""))
    return truncated or isinstance(refusal, (CrsMissing, CrsConflict, OutsideFrame))


def _choices(found: Inspection, question: ChoiceNeeded) -> list[Remedy]:
    """The choices of a question but for the order of the numbers, which the readings answer."""
    option = str(question.params["option"]).removeprefix("--")
    choices = question.params["choices"]
    if option == "axes" or not isinstance(choices, tuple):
        return []
    layers = {layer.name: layer for layer in found.layers}
    return [_choice(option, str(one), layers.get(str(one)), found.epsg) for one in choices]


def _choice(option: str, choice: str, layer: LayerSurvey | None, epsg: int) -> Remedy:
    """A choice; a layer with the number of its features and, where its system is known, its place."""
    count = 0 if layer is None else layer.features
    shape = None
    if layer is not None and layer.crs is not None and _known(layer.crs):
        shape = _whole([shapely.transform(one, mover(layer.crs, epsg)) for one in layer.shapes])
    return Remedy(Words.of(f"remedy_{option}", choice=choice, count=count), ((option, choice),), shape)


def _known(epsg: int) -> bool:
    try:
        return bool(accept(epsg))
    except CrsRefused:
        return False


def _whole(shapes: list[Geometry]) -> Geometry | None:
    return shapely.multipolygons(shapely.get_parts(shapes)) if shapes and _areal(shapes) else None


def _remedy_of(one: Reading, layer: LayerSurvey, options: SiteOptions, found: Inspection) -> Remedy:
    """A reading as options, none where it is the reading that was refused."""
    taken, said = one.taken, _options_of(one, layer, options, found.refusal or layer.refusal)
    if said is None:
        return Remedy(Words.of("remedy_read", epsg=""), ())

    def moved(coords: np.ndarray) -> np.ndarray:
        return mover(one.epsg, found.epsg)(taken.moved(coords))

    shapes = [shapely.transform(shape, moved) for shape in layer.shapes]
    whole = _whole(shapes)
    if said[0][0] == "axes":
        return Remedy(Words.of(f"remedy_{said[0][1]}"), said, whole)
    values = {"epsg": f"EPSG:{one.epsg}"}
    if taken.add is not None:
        values |= {"east_m": f"{taken.add[0]:.0f}", "north_m": f"{taken.add[1]:.0f}"}
    code = "remedy_swap" if taken.swap else "remedy_read" if taken.add is None else "remedy_add"
    return Remedy(Words.of(code, **values), said, whole)


def _areal(shapes: list[Geometry]) -> bool:
    finite = np.isfinite(shapely.get_coordinates(shapes)).all()
    return bool(finite) and all(shapely.get_dimensions(one) == 2 for one in shapes)


def _options_of(
    one: Reading, layer: LayerSurvey, options: SiteOptions, refusal: SpatialHubError | None
) -> tuple[tuple[str, str], ...] | None:
    """Options under which a file is read so; what it says itself is overridden only by name."""
    taken = one.taken
    if isinstance(refusal, ChoiceNeeded):  # of its choices the first is how the shapes were drawn
        choices = refusal.params["choices"]
        return None if taken.add or not isinstance(choices, tuple) else (("axes", str(choices[taken.swap])),)
    said = [("accept", "swap")] if taken.swap else []
    if taken.add is not None:
        said.append(("accept", f"add={taken.add[0]:.0f},{taken.add[1]:.0f}"))
    if layer.by_standard:
        if layer.crs != one.epsg:
            return None
    elif layer.crs is None and layer.refusal is None:
        if options.crs != one.epsg:
            said.append(("crs", f"EPSG:{one.epsg}"))
    elif layer.crs != one.epsg:
        said.append(("accept", f"read-as=EPSG:{one.epsg}"))
    return tuple(said) or None
