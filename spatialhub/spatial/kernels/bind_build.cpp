#include "bind_build.hpp"

#include "bind_intake.hpp"
#include "hilbert.hpp"
#include "packed_tree.hpp"
#include "split.hpp"
#include "texts.hpp"
#include "wkb.hpp"

#include <cstring>
#include <stdexcept>

namespace spatialhub {

namespace {

void demand(bool condition, const char* what) {
    if (!condition) throw std::invalid_argument(what);
}

std::size_t size(const py::array& array) { return static_cast<std::size_t>(array.size()); }

// Offsets: ascending from 0, ending with the length of what they count.
void demand_offsets(const Array<i64>& offsets, std::size_t last, const char* what) {
    const i64* at = offsets.data();
    demand(offsets.size() >= 1 && at[0] == 0 && at[offsets.size() - 1] == static_cast<i64>(last), what);
    for (py::ssize_t i = 1; i < offsets.size(); ++i) demand(at[i - 1] <= at[i], what);
}

Features features_of(const Array<double>& coords, const Array<i64>& rings, const Array<i64>& polygons,
                     const Array<i64>& features) {
    demand(coords.ndim() == 2 && coords.shape(1) == 2, "coords have two columns");
    demand_offsets(rings, static_cast<std::size_t>(coords.shape(0)), "rings");
    demand_offsets(polygons, size(rings) - 1, "polygons");
    demand_offsets(features, size(polygons) - 1, "features");
    for (py::ssize_t i = 1; i < rings.size(); ++i) demand(rings.data()[i - 1] < rings.data()[i], "a ring is empty");
    return {coords.data(), rings.data(), polygons.data(), features.data(), size(features) - 1};
}

py::dict split_features(const Array<double>& coords, const Array<i64>& rings, const Array<i64>& polygons,
                        const Array<i64>& features, std::size_t most_vertices) {
    const Features given = features_of(coords, rings, polygons, features);
    Parts parts;
    {
        py::gil_scoped_release release;
        parts = split(given, most_vertices);
    }
    py::dict found;
    found["xy"] = to_array(std::move(parts.xy));
    found["ring_points"] = to_array(std::move(parts.ring_points));
    found["part_rings"] = to_array(std::move(parts.part_rings));
    found["part_points"] = to_array(std::move(parts.part_points));
    found["origins"] = to_array(std::move(parts.origins));
    found["boxes"] = to_array(std::move(parts.boxes));
    found["plane_areas"] = to_array(std::move(parts.plane_areas));
    found["owners"] = to_array(std::move(parts.owners));
    return found;
}

py::tuple measure_features(const Array<double>& coords, const Array<i64>& rings, const Array<i64>& polygons,
                           const Array<i64>& features) {
    const Features given = features_of(coords, rings, polygons, features);
    FeatureMeasures found;
    {
        py::gil_scoped_release release;
        found = measure(given);
    }
    return py::make_tuple(to_array(std::move(found.boxes)), to_array(std::move(found.plane_areas)));
}

py::tuple features_to_wkb(const Array<double>& coords, const Array<i64>& rings, const Array<i64>& polygons,
                          const Array<i64>& features, const Array<std::uint8_t>& multi) {
    const Features given = features_of(coords, rings, polygons, features);
    demand(size(multi) == given.count, "multi has a value for each feature");
    Wkb wkb;
    {
        py::gil_scoped_release release;
        wkb = write_wkb(given, multi.data());
    }
    return py::make_tuple(to_array(std::move(wkb.bytes)), to_array(std::move(wkb.lengths)));
}

py::tuple tree_of(const Array<i64>& boxes, i64 origin_x, i64 origin_y) {
    PackedTree tree = pack_tree(boxes.data(), size(boxes) / 4, {origin_x, origin_y});
    return py::make_tuple(to_array(std::move(tree.boxes)), to_array(std::move(tree.level_starts)));
}

// Runs of items (of `item_bytes`) picked in the order of `ids`: run i is items starts[i] … starts[i + 1] - 1.
Array<std::uint8_t> take_runs(const Array<std::uint8_t>& values, const Array<i64>& starts, const Array<i64>& ids,
                              std::size_t item_bytes) {
    demand_offsets(starts, size(values) / item_bytes, "starts");
    std::size_t total = 0;
    for (py::ssize_t i = 0; i < ids.size(); ++i) {
        const i64 id = ids.data()[i];
        demand(id >= 0 && id < starts.size() - 1, "no such run");
        total += static_cast<std::size_t>(starts.data()[id + 1] - starts.data()[id]) * item_bytes;
    }
    std::vector<std::uint8_t> taken(total);
    std::uint8_t* to = taken.data();
    for (py::ssize_t i = 0; i < ids.size(); ++i) {
        const i64 id = ids.data()[i];
        const auto from = static_cast<std::size_t>(starts.data()[id]) * item_bytes;
        const auto bytes = static_cast<std::size_t>(starts.data()[id + 1]) * item_bytes - from;
        if (bytes > 0) std::memcpy(to, values.data() + from, bytes);
        to += bytes;
    }
    return to_array(std::move(taken));
}

py::list values_of(const TextCodes& codes) {
    py::list values;
    for (const std::string& value : codes.values()) values.append(py::bytes(value));
    return values;
}

} // namespace

TextColumn texts_of(const Array<i64>& offsets, const Array<std::uint8_t>& data, const Array<bool>& null) {
    demand(size(offsets) == size(null) + 1, "offsets are one longer than null");
    for (py::ssize_t i = 1; i < offsets.size(); ++i) demand(offsets.data()[i - 1] <= offsets.data()[i], "offsets");
    demand(offsets.data()[0] >= 0 && static_cast<std::size_t>(offsets.data()[size(null)]) <= size(data), "offsets");
    return {offsets.data(), reinterpret_cast<const char*>(data.data()), null.data(), size(null)};
}

void bind_build(py::module_& module) {
    using namespace py::literals;
    bind_intake(module);
    module.def("split_features", &split_features, "coords"_a, "rings"_a, "polygons"_a, "features"_a,
               "most_vertices"_a = MOST_VERTICES);
    module.def("measure_features", &measure_features, "coords"_a, "rings"_a, "polygons"_a, "features"_a);
    module.def("features_to_wkb", &features_to_wkb, "coords"_a, "rings"_a, "polygons"_a, "features"_a, "multi"_a);
    module.def("hilbert_keys",
               [](const Array<i64>& boxes) { return to_array(hilbert_keys(boxes.data(), size(boxes) / 4)); }, "boxes"_a);
    module.def("hilbert_key", &hilbert_key, "x"_a, "y"_a);
    module.def("pack_tree", &tree_of, "boxes"_a, "origin_x"_a, "origin_y"_a);
    module.def("take_runs", &take_runs, "values"_a, "starts"_a, "ids"_a, "item_bytes"_a = 1);
    module.def(
        "first_rows",
        [](const Array<i64>& offsets, const Array<std::uint8_t>& data, const Array<bool>& null) {
            return to_array(first_rows(texts_of(offsets, data, null)));
        },
        "offsets"_a, "data"_a, "null"_a);
    py::class_<TextCodes>(module, "TextCodes", "Numbers the different texts of a column; gives up above `most`.")
        .def(py::init<std::size_t>(), "most"_a)
        .def(
            "add",
            [](TextCodes& codes, const Array<i64>& offsets, const Array<std::uint8_t>& data, const Array<bool>& null) {
                return to_array(codes.add(texts_of(offsets, data, null)));
            },
            "offsets"_a, "data"_a, "null"_a)
        .def_property_readonly("overflowed", &TextCodes::overflowed)
        .def_property_readonly("values", &values_of);
}

} // namespace spatialhub
