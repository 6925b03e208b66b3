// The arrangement as Python sees it; single kernels too, so that each is tested alone.
#include "collect.hpp"
#include "face_table.hpp"
#include "module.hpp"
#include "planar.hpp"
#include "snap.hpp"

#include <pybind11/stl.h>

#include <array>
#include <memory>
#include <tuple>

namespace spatialhub {

namespace {

Point point_at(const Array<i64>& pairs, py::ssize_t row) { return {pairs.at(row, 0), pairs.at(row, 1)}; }

void append_rings(Rings& rings, const Array<i64>& points, const Array<i64>& starts, const Array<i32>& labels,
                  const Array<signed char>& turns) {
    if (points.ndim() != 2 || points.shape(1) != 2) throw py::value_error("points: (n, 2) wanted");
    if (labels.size() != turns.size() || starts.size() != labels.size() + 1)
        throw py::value_error("starts: one more than labels and turns wanted");
    const auto xy = points.unchecked<2>();
    for (py::ssize_t r = 0; r < labels.size(); ++r) {
        if (starts.at(r) < 0 || starts.at(r) > starts.at(r + 1) || starts.at(r + 1) > points.shape(0))
            throw py::value_error("starts: ascending places in points wanted");
        if (labels.at(r) < 0) throw py::value_error("labels: whole numbers from 0 wanted");
        for (i64 k = starts.at(r); k < starts.at(r + 1); ++k) rings.points.push_back({xy(k, 0), xy(k, 1)});
        rings.close(labels.at(r), turns.at(r));
    }
}

template <typename T, typename From, typename Get> Array<T> column(const std::vector<From>& rows, Get get) {
    std::vector<T> values;
    values.reserve(rows.size());
    for (const From& row : rows) values.push_back(static_cast<T>(get(row)));
    return to_array(std::move(values));
}

Array<i64> points_array(const std::vector<Point>& points) {
    Array<i64> out({static_cast<py::ssize_t>(points.size()), py::ssize_t{2}});
    static_assert(sizeof(Point) == 2 * sizeof(i64));
    if (!points.empty()) std::copy_n(&points.data()->x, 2 * points.size(), out.mutable_data());
    return out;
}

FaceTable table_of(const Planar& planar, i64 half_units) {
    if (half_units < 1) throw py::value_error("half_units: 1 or more wanted");
    return face_table(planar, half_units);
}

template <typename T> std::vector<T> values_of(const Array<T>& array) { return {array.data(), array.data() + array.size()}; }

void need_below(const std::vector<i64>& values, i64 most, const char* what) {
    for (const i64 value : values)
        if (value < 0 || value >= most) throw py::value_error(what);
}

// From another engine's columns.
FaceTable table_from(const Array<i64>& area_u, const Array<i64>& plane_u, const Array<double>& perimeter_m,
                     const Array<i64>& cover_face, const Array<i64>& cover_label,
                     const std::tuple<Array<i64>, Array<i64>, Array<double>>& neighbours) {
    const auto& [first, second, side_m] = neighbours;
    if (plane_u.size() != area_u.size() || perimeter_m.size() != area_u.size())
        throw py::value_error("faces differ in number");
    if (cover_face.size() != cover_label.size()) throw py::value_error("pairs differ in number");
    if (first.size() != second.size() || first.size() != side_m.size())
        throw py::value_error("neighbours differ in length");
    FaceTable table{values_of(area_u), values_of(plane_u), values_of(perimeter_m), {}, values_of(cover_face),
                    values_of(cover_label), values_of(first), values_of(second), values_of(side_m)};
    need_below(table.cover_face, table.count(), "cover_face: no such face");
    need_below(table.first, table.count(), "neighbours: no such face");
    need_below(table.second, table.count(), "neighbours: no such face");
    table.bound_radii();
    return table;
}

// A property that is a view into the value.
template <typename T> auto view(std::vector<T> FaceTable::*member) {
    return [member](py::object self) { return view_of(self.cast<const FaceTable&>().*member, self); };
}

const char* fault_name(Fault fault) {
    switch (fault) {
    case Fault::none: return "";
    case Fault::not_planar: return "not_planar";
    case Fault::covers_open: return "covers_open";
    case Fault::sums_differ: return "sums_differ";
    case Fault::moved_too_far: return "moved_too_far";
    case Fault::nothing_left: return "nothing_left";
    }
    return "unknown";
}

std::shared_ptr<Planar> arrange_sets(const std::vector<std::pair<const Rings*, i32>>& given, i32 parts,
                                     const std::array<i64, 4>& window, const Surface& surface) {
    std::vector<RingSet> sets;
    for (const auto& [rings, first] : given) {
        if (rings == nullptr || first < 0) throw py::value_error("sets: rings and a first label from 0 wanted");
        sets.push_back({rings, first});
    }
    py::gil_scoped_release free;
    return std::make_shared<Planar>(
        arrange(sets, parts, {window[0], window[1], window[2], window[3]}, surface));
}

std::shared_ptr<Planar> arrange_rings(const Rings& rings, i32 parts, const std::array<i64, 4>& window,
                                      const Surface& surface) {
    return arrange_sets({{&rings, 0}}, parts, window, surface);
}

py::tuple outline_groups(const Planar& planar, const Array<i32>& group, i32 groups) {
    std::vector<i32> of(group.data(), group.data() + group.size());
    if (static_cast<i32>(of.size()) != planar.count) throw py::value_error("group: one number a face wanted");
    for (const i32 g : of)
        if (g < -1 || g >= groups) throw py::value_error("group: a number below the count of groups wanted");
    Outlines found;
    {
        py::gil_scoped_release free;
        found = planar.outlines(of, groups);
    }
    return py::make_tuple(points_array(found.points), to_array(std::move(found.ring_starts)),
                          to_array(std::move(found.polygon_starts)), to_array(std::move(found.group_starts)));
}

py::tuple noded(const Rings& rings, const std::array<i64, 4>& window) {
    const Linework lines = snap(collect({{&rings, 0}}, {window[0], window[1], window[2], window[3]}));
    return py::make_tuple(points_array(lines.vertices), column<i32>(lines.edges, [](Edge e) { return e.from; }),
                          column<i32>(lines.edges, [](Edge e) { return e.to; }),
                          column<i32>(lines.starts, [](i32 start) { return start; }),
                          column<i32>(lines.windings, [](Winding w) { return w.label; }),
                          column<i32>(lines.windings, [](Winding w) { return w.difference; }));
}

py::object crossing_of(const Array<i64>& four) {
    Point at;
    if (!proper_crossing(point_at(four, 0), point_at(four, 1), point_at(four, 2), point_at(four, 3), at))
        return py::none();
    return py::make_tuple(at.x, at.y);
}

bool pixel_met(const Array<i64>& three) { return meets_pixel(point_at(three, 0), point_at(three, 1), point_at(three, 2)); }

} // namespace

void bind_arrangement(py::module_& module) {
    py::class_<Rings>(module, "Rings", "Closed rings in grid units, each with a label and a turn.")
        .def(py::init<>())
        .def("__len__", &Rings::size)
        .def("append", &append_rings, py::arg("points"), py::arg("starts"), py::arg("labels"), py::arg("turns"),
             "Add rings: points int64 (n, 2), starts int64 (r + 1,), labels int32 (r,), turns int8 (r,).");
    py::class_<Surface>(module, "Surface", "Where the grid lies on the ellipsoid.")
        .def(py::init([](double grid_m, i64 x, i64 y, double easting, double northing, std::vector<double> c) {
                 return Surface{grid_m, x, y, easting, northing, std::move(c)};
             }),
             py::arg("grid_m"), py::arg("origin_x"), py::arg("origin_y"), py::arg("false_easting_m"),
             py::arg("northing_m"), py::arg("curvature"));
    py::class_<FaceTable>(module, "FaceTable", "Faces of an arrangement as columns: arrays are views. Areas in 1e-4 m².")
        .def(py::init(&table_from), py::kw_only(), py::arg("area_u"), py::arg("area_plane_u"), py::arg("perimeter_m"),
             py::arg("cover_face"), py::arg("cover_label"), py::arg("neighbours"))
        .def("__len__", &FaceTable::count)
        .def_property_readonly("area_u", view(&FaceTable::area_u))
        .def_property_readonly("area_plane_u", view(&FaceTable::plane_u))
        .def_property_readonly("perimeter_m", view(&FaceTable::perimeter_m))
        .def_property_readonly("radius_m", view(&FaceTable::radius_m))
        .def_property_readonly("cover_face", view(&FaceTable::cover_face))
        .def_property_readonly("cover_label", view(&FaceTable::cover_label))
        .def_property_readonly("neighbours", [](py::object self) {
            const auto& table = self.cast<const FaceTable&>();
            return py::make_tuple(view_of(table.first, self), view_of(table.second, self), view_of(table.side_m, self));
        });
    py::class_<Planar, std::shared_ptr<Planar>>(module, "Planar", "An arrangement; areas in half squared grid units.")
        .def_property_readonly("fault", [](const Planar& p) { return fault_name(p.fault); })
        .def_property_readonly("count", [](const Planar& p) { return p.count; })
        .def_property_readonly("plane", [](const Planar& p) { return column<i64>(p.measures.plane, [](i64 v) { return v; }); })
        .def_property_readonly("ellipsoid", [](const Planar& p) { return column<i64>(p.measures.ellipsoid, [](i64 v) { return v; }); })
        .def_property_readonly("perimeter_nm", [](const Planar& p) { return column<i64>(p.measures.perimeter_nm, [](i64 v) { return v; }); })
        .def_property_readonly("cover_face", [](const Planar& p) { return column<i64>(p.cover_face, [](i32 v) { return v; }); })
        .def_property_readonly("cover_label", [](const Planar& p) { return column<i64>(p.cover_label, [](i32 v) { return v; }); })
        .def("faces", &table_of, py::arg("half_units"), "All faces; a unit of area is `half_units` half squared grid units.")
        .def_property_readonly("sides", [](const Planar& p) {
            return py::make_tuple(column<i64>(p.measures.sides, [](const Side& s) { return s.first; }),
                                  column<i64>(p.measures.sides, [](const Side& s) { return s.second; }),
                                  column<i64>(p.measures.sides, [](const Side& s) { return s.nanometres; }));
        })
        .def("outlines", &outline_groups, py::arg("group"), py::arg("groups"));
    module.def("arrange", &arrange_rings, py::arg("rings"), py::arg("parts"), py::arg("window"), py::arg("surface"));
    module.def("arrange_sets", &arrange_sets, py::arg("sets"), py::arg("parts"), py::arg("window"), py::arg("surface"),
               "Arrange sets of rings, each with the number its labels count from; labels below `parts` are the site's.");
    module.def("noded", &noded, py::arg("rings"), py::arg("window"),
               "After snap rounding: vertices (n, 2); from, to (m,) of edges; starts (m + 1,), labels and differences of windings.");
    module.def("crossing_of", &crossing_of, py::arg("points"), "Rounded proper crossing of two segments, or None.");
    module.def("pixel_met", &pixel_met, py::arg("points"), "Whether the segment of the first two meets the third's pixel.");
}

} // namespace spatialhub
