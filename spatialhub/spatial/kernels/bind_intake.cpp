#include "bind_intake.hpp"

#include "bind_build.hpp"
#include "clear_boxes.hpp"
#include "distinct.hpp"
#include "read_wkb.hpp"
#include "ring_areas.hpp"
#include "sound.hpp"

#include <stdexcept>

namespace spatialhub {

namespace {

void demand(bool condition, const char* what) {
    if (!condition) throw std::invalid_argument(what);
}

std::size_t size(const py::array& array) { return static_cast<std::size_t>(array.size()); }

void demand_rings(const Array<double>& coords, const Array<i64>& rings) {
    demand(coords.ndim() == 2 && coords.shape(1) == 2, "coords have two columns");
    demand(sound_offsets(rings.data(), size(rings), coords.shape(0), 0), "rings");
}

std::array<double, AREA_NODES> at_nodes(const Array<double>& values) {
    demand(size(values) == AREA_NODES, "as many values as points along an edge");
    std::array<double, AREA_NODES> found;
    std::copy(values.data(), values.data() + AREA_NODES, found.begin());
    return found;
}

Array<double> areas_of_rings(const Array<double>& coords, const Array<i64>& rings, const AreaIntegral& integral) {
    demand_rings(coords, rings);
    std::vector<double> areas;
    {
        py::gil_scoped_release release;
        areas = ring_areas(coords.data(), rings.data(), size(rings) - 1, integral);
    }
    return to_array(std::move(areas));
}

AreaIntegral integral_of(double false_easting_m, double northing_most_m, double longest_edge_m,
                         const Array<double>& nodes, const Array<double>& weights, const Array<double>& curvature) {
    demand(size(curvature) > 0, "curvature");
    return {false_easting_m, northing_most_m, longest_edge_m, at_nodes(nodes), at_nodes(weights),
            {curvature.data(), curvature.data() + curvature.size()}};
}

// What is wrong with features from outside; empty where nothing is.
std::string fault_of(const Array<double>& coords, const Array<i64>& rings, const Array<i64>& polygons,
                     const Array<i64>& features) {
    demand(coords.ndim() == 2 && coords.shape(1) == 2, "coords have two columns");
    py::gil_scoped_release release;
    if (!finite(coords.data(), size(coords))) return "not finite";
    const auto count = [](const Array<i64>& offsets) { return static_cast<i64>(offsets.size()) - 1; };
    if (!sound_offsets(rings.data(), size(rings), coords.shape(0), 4)) return "rings";
    if (!sound_offsets(polygons.data(), size(polygons), count(rings), 1)) return "polygons";
    if (!sound_offsets(features.data(), size(features), count(polygons), 1)) return "features";
    return closed_rings(coords.data(), rings.data(), size(rings) - 1) ? "" : "open ring";
}

Array<std::uint8_t> valid_of(const Array<double>& coords, const Array<i64>& rings, const Array<i64>& polygons,
                             const Array<i64>& features) {
    demand_rings(coords, rings);
    demand(sound_offsets(polygons.data(), size(polygons), static_cast<i64>(size(rings)) - 1, 0), "polygons");
    demand(sound_offsets(features.data(), size(features), static_cast<i64>(size(polygons)) - 1, 0), "features");
    std::vector<std::uint8_t> sure;
    {
        py::gil_scoped_release release;
        sure = surely_valid(coords.data(), rings.data(), polygons.data(), features.data(), size(features) - 1);
    }
    return to_array(std::move(sure));
}

py::tuple polygons_of(const Array<std::uint8_t>& bytes, const Array<i64>& ends) {
    demand(sound_offsets(ends.data(), size(ends), static_cast<i64>(size(bytes)), 0), "ends");
    PlainPolygons found;
    {
        py::gil_scoped_release release;
        found = read_polygons(bytes.data(), ends.data(), size(ends) - 1);
    }
    return py::make_tuple(to_array(std::move(found.coords)), to_array(std::move(found.rings)),
                          to_array(std::move(found.polygons)), to_array(std::move(found.features)),
                          to_array(std::move(found.plain)));
}

Array<std::uint8_t> clear_of(const Array<double>& boxes, const Array<double>& low, const Array<double>& step,
                             const Array<i64>& open, double margin) {
    demand(size(boxes) % 4 == 0 && size(low) == 2 && size(step) == 2, "boxes of four numbers, a grid of two axes");
    demand(open.ndim() == 2 && open.shape(0) == open.shape(1) && open.shape(0) > 1, "open is square");
    const RegionGrid grid{{low.data()[0], low.data()[1]}, {step.data()[0], step.data()[1]},
                          static_cast<i64>(open.shape(0)) - 1, open.data(), margin};
    return to_array(clear_boxes(boxes.data(), size(boxes) / 4, grid));
}

// How many of the texts that are not null were there before.
i64 add_texts(DistinctTexts& seen, const TextColumn& texts) {
    i64 given = 0;
    const auto before = static_cast<i64>(seen.size());
    for (std::size_t i = 0; i < texts.count; ++i) {
        if (texts.null[i]) continue;
        ++given;
        seen.add(texts[i]);
    }
    return given - (static_cast<i64>(seen.size()) - before);
}

} // namespace

void bind_intake(py::module_& module) {
    using namespace py::literals;
    py::class_<AreaIntegral>(module, "AreaIntegral", "How ellipsoidal areas are integrated: see area.py.")
        .def(py::init(&integral_of), "false_easting_m"_a, "northing_most_m"_a, "longest_edge_m"_a, "nodes"_a,
             "weights"_a, "curvature"_a);
    module.def("ring_areas", &areas_of_rings, "coords"_a, "rings"_a, "integral"_a);
    module.def("features_fault", &fault_of, "coords"_a, "rings"_a, "polygons"_a, "features"_a);
    module.def("surely_valid", &valid_of, "coords"_a, "rings"_a, "polygons"_a, "features"_a);
    module.def("read_polygons", &polygons_of, "bytes"_a, "ends"_a);
    module.def("clear_boxes", &clear_of, "boxes"_a, "low"_a, "step"_a, "open"_a, "margin"_a);
    py::class_<DistinctTexts>(module, "DistinctTexts", "The different texts of a column, whatever the chunks.")
        .def(py::init<>())
        .def("__len__", &DistinctTexts::size)
        .def(
            "add",
            [](DistinctTexts& seen, const Array<i64>& offsets, const Array<std::uint8_t>& data,
               const Array<bool>& null) { return add_texts(seen, texts_of(offsets, data, null)); },
            "offsets"_a, "data"_a, "null"_a);
}

} // namespace spatialhub
