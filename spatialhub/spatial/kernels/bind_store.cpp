// A snapshot's parts: opened, searched, gathered.
#include "bind_build.hpp"
#include "gather.hpp"
#include "kinds.hpp"
#include "site_lines.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>

namespace spatialhub {

namespace {

void demand(bool condition, const char* what) {
    if (!condition) throw std::invalid_argument(what);
}

// A store with the arrays it reads, which keep the memory map open.
struct HeldStore {
    HeldStore(Array<i32> xy, Array<i64> ring_starts, Array<i64> part_rings, Array<i64> origins, Array<i32> groups,
              Array<float> tree, i64 tree_x, i64 tree_y)
        : xy(std::move(xy)), ring_starts(std::move(ring_starts)), part_rings(std::move(part_rings)),
          origins(std::move(origins)), groups(std::move(groups)), tree(std::move(tree)), store(view(tree_x, tree_y)) {}

    PartArrays view(i64 tree_x, i64 tree_y) const {
        const auto count = static_cast<std::size_t>(groups.size());
        demand(part_rings.size() == groups.size() + 1, "part_rings is one longer than groups");
        demand(origins.size() == 2 * groups.size(), "an origin for each part");
        demand(tree.size() == 4 * tree_levels(count).back(), "four numbers for each box of the tree");
        demand(part_rings.data()[count] == ring_starts.size() - 1, "part_rings ends with the rings");
        demand(2 * ring_starts.data()[ring_starts.size() - 1] == xy.size(), "ring_starts ends with the points");
        return {count,         xy.data(),     ring_starts.data(), part_rings.data(),
                origins.data(), groups.data(), tree.data(),        {tree_x, tree_y}};
    }

    Array<i32> xy;
    Array<i64> ring_starts, part_rings, origins;
    Array<i32> groups;
    Array<float> tree;
    Store store;
};

SiteShape shape_of(const Array<i64>& points, const Array<i64>& starts, std::size_t fewest_cells) {
    demand(points.ndim() == 2 && points.shape(1) == 2, "points have two columns");
    demand(starts.size() >= 1 && starts.data()[0] == 0 && starts.data()[starts.size() - 1] == points.shape(0), "starts");
    for (py::ssize_t i = 1; i < starts.size(); ++i) demand(starts.data()[i - 1] <= starts.data()[i], "starts");
    std::vector<Point> own(static_cast<std::size_t>(points.shape(0)));
    for (std::size_t i = 0; i < own.size(); ++i) own[i] = {points.data()[2 * i], points.data()[2 * i + 1]};
    return SiteShape(std::move(own), std::vector<i64>(starts.data(), starts.data() + starts.size()), fewest_cells);
}

Array<bool> meets_all(const SiteShape& shape, const Array<i64>& boxes) {
    demand(boxes.ndim() == 2 && boxes.shape(1) == 4, "boxes have four columns");
    Array<bool> found(boxes.shape(0));
    for (py::ssize_t i = 0; i < boxes.shape(0); ++i) {
        const i64* box = boxes.data() + 4 * i;
        found.mutable_data()[i] = shape.meets({box[0], box[1], box[2], box[3]});
    }
    return found;
}

// Stores that are searched together, kept alive.
struct HeldStores {
    explicit HeldStores(const py::list& given) : held(given) {
        for (const py::handle& one : given) stores.push_back(&one.cast<const HeldStore&>().store);
    }
    py::list held;
    std::vector<const Store*> stores;
};

Gathered gather_all(const HeldStores& held, const SiteShape& shape, int per_metre, i64 origin_x, i64 origin_y,
                    i32 first_label) {
    py::gil_scoped_release release;
    return gather(held.stores, shape, {per_metre, {origin_x, origin_y}}, first_label);
}

// The rings as plain arrays, for tests: points (n, 2), starts, labels.
py::tuple ring_arrays(py::object self) {
    const Rings& rings = self.cast<const Gathered&>().rings;
    Array<i64> points({static_cast<py::ssize_t>(rings.points.size()), py::ssize_t{2}});
    for (std::size_t i = 0; i < rings.points.size(); ++i) {
        points.mutable_data()[2 * i] = rings.points[i].x;
        points.mutable_data()[2 * i + 1] = rings.points[i].y;
    }
    return py::make_tuple(points, view_of(rings.starts, self), view_of(rings.labels, self));
}

// A site's parts drawn once, with the shape made of them.
struct HeldSite {
    explicit HeldSite(SiteLines given) : lines(std::move(given)), shape(lines.shape()) {}
    SiteLines lines;
    SiteShape shape;
};

HeldSite site_of(const std::vector<py::bytes>& blobs, const std::vector<i32>& part) {
    demand(blobs.size() == part.size(), "a part for each blob");
    std::string bytes;
    std::vector<i64> ends{0};
    for (const py::bytes& blob : blobs) {
        bytes.append(std::string_view(blob));
        ends.push_back(static_cast<i64>(bytes.size()));
    }
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const PlainPolygons found = read_polygons(data, ends.data(), blobs.size());
    std::vector<i32> of_polygon;
    for (std::size_t i = 0; i < blobs.size(); ++i) {
        demand(found.plain[i] != 0, "polygons and multipolygons that are not empty");
        for (i64 polygon = found.features[i]; polygon < found.features[i + 1]; ++polygon) of_polygon.push_back(part[i]);
    }
    return HeldSite(site_lines(found, of_polygon));
}

// Coded columns of many snapshots, with the arrays they point into.
class HeldKinds {
  public:
    HeldKinds(const py::list& snapshots, std::vector<i64> layer, Array<i64> kind, Array<bool> floor)
        : layer_(std::move(layer)), kind_(std::move(kind)), floor_(std::move(floor)) {
        demand(kind_.size() == floor_.size(), "a kind and a floor for each number");
        for (const py::handle& row : snapshots) {
            const auto [first, second, rows, words, offset] =
                row.cast<std::tuple<std::optional<Array<i32>>, std::optional<Array<i32>>, i64, i64, i64>>();
            CodedLayer own{nullptr, nullptr, rows, words, offset};
            own.first = hold(first, rows);
            own.second = hold(second, rows);
            demand(words > 0, "one word or more");
            snapshots_.push_back(own);
        }
        demand(layer_.size() == snapshots_.size(), "a layer for each snapshot");
    }
    py::tuple of(const Array<i32>& snapshot, const Array<i64>& row) const {
        demand(snapshot.size() == row.size(), "a row for each snapshot");
        FoundKinds found = find_kinds(snapshots_, layer_, {kind_.data(), floor_.data(), static_cast<i64>(kind_.size())},
                                      snapshot.data(), row.data(), static_cast<std::size_t>(row.size()));
        Array<bool> floor(static_cast<py::ssize_t>(found.floor.size()));
        std::copy(found.floor.begin(), found.floor.end(), floor.mutable_data());
        return py::make_tuple(to_array(std::move(found.layer)), to_array(std::move(found.kind)), floor, found.unknown);
    }

  private:
    const i32* hold(const std::optional<Array<i32>>& codes, i64 rows) {
        if (!codes) return nullptr;
        demand(codes->size() == rows, "a code for each row");
        held_.push_back(*codes);
        return codes->data();
    }
    std::vector<Array<i32>> held_;
    std::vector<CodedLayer> snapshots_;
    std::vector<i64> layer_;
    Array<i64> kind_; // filled in by Python as kinds are looked up
    Array<bool> floor_;
};

} // namespace

void bind_store(py::module_& module) {
    using namespace py::literals;
    bind_build(module);
    py::class_<SiteShape>(module, "SiteShape", "A site's closed rings (units of 1e-5 m): does a box meet it?")
        .def(py::init(&shape_of), "points"_a, "starts"_a, "fewest_cells"_a = 64)
        .def("meets", &meets_all, "boxes"_a, "Whether each closed box, int64 (n, 4), shares a point with the site.")
        .def(
            "surely",
            [](const SiteShape& shape, const SiteShape& other, i64 margin) {
                const Box& box = other.bounds();
                const Box grown{box.xmin - margin, box.ymin - margin, box.xmax + margin, box.ymax + margin};
                const Relation found = shape.relation(grown);
                return found == Relation::meets ? 0 : (found == Relation::inside ? 1 : -1);
            },
            "other"_a, "margin"_a,
            "How the other's box, grown by `margin`, lies: 1 inside as the raster shows, -1 outside, 0 who knows.");
    py::class_<HeldSite>(module, "SiteLines", "A site's parts as rings, and as a shape.")
        .def(py::init(&site_of), "wkb"_a, "part"_a)
        .def_property_readonly("shape", [](const HeldSite& site) -> const SiteShape& { return site.shape; })
        .def_property_readonly("bounds", [](const HeldSite& site) {
            return py::make_tuple(site.lines.xmin, site.lines.ymin, site.lines.xmax, site.lines.ymax);
        })
        .def(
            "rings",
            [](const HeldSite& site, int per_metre, i64 origin_x, i64 origin_y) {
                return site.lines.rings({per_metre, {origin_x, origin_y}});
            },
            "per_metre"_a, "origin_x"_a, "origin_y"_a, "The rings on the record grid, labelled by part.");
    py::class_<HeldKinds>(module, "CodedLayers", "Two coded columns of many snapshots, and the kinds they stand for.")
        .def(py::init<const py::list&, std::vector<i64>, Array<i64>, Array<bool>>(), "snapshots"_a, "layer"_a, "kind"_a,
             "floor"_a)
        .def("of", &HeldKinds::of, "snapshot"_a, "row"_a,
             "Layer, kind and floor of each feature, and the numbers whose kind is still unknown.");
    py::class_<HeldStore>(module, "Store", "The parts of one snapshot.")
        .def(py::init<Array<i32>, Array<i64>, Array<i64>, Array<i64>, Array<i32>, Array<float>, i64, i64>(), "xy"_a,
             "ring_starts"_a, "part_rings"_a, "origins"_a, "groups"_a, "tree"_a, "tree_x"_a, "tree_y"_a)
        .def(
            "search",
            [](const HeldStore& held, const SiteShape& shape, i64 margin) {
                return to_array(held.store.search(shape, margin));
            },
            "shape"_a, "margin"_a, "Parts whose box, grown by `margin` units, meets the shape; ascending.")
        .def(
            "scan",
            [](const HeldStore& held, i64 xmin, i64 ymin, i64 xmax, i64 ymax) {
                return to_array(held.store.search(Box{xmin, ymin, xmax, ymax}));
            },
            "xmin"_a, "ymin"_a, "xmax"_a, "ymax"_a, "Parts whose box meets the closed box; ascending.");
    py::class_<HeldStores>(module, "Stores", "Stores that are searched together.").def(py::init<const py::list&>(), "stores"_a);
    py::class_<Gathered>(module, "Gathered", "What stores have near a site: rings on the record grid, and their labels.")
        .def_property_readonly("rings", [](Gathered& gathered) -> Rings& { return gathered.rings; })
        .def_property_readonly("ring_arrays", &ring_arrays)
        .def_property_readonly("label_store",
                               [](py::object self) { return view_of(self.cast<const Gathered&>().label_store, self); })
        .def_property_readonly("label_group",
                               [](py::object self) { return view_of(self.cast<const Gathered&>().label_group, self); })
        .def_property_readonly("part_count", [](const Gathered& gathered) { return gathered.part_count; });
    module.def("gather", &gather_all, "stores"_a, "shape"_a, "per_metre"_a, "origin_x"_a, "origin_y"_a, "first_label"_a,
               "All parts near the site as rings, parts of one feature under one label.");
}

} // namespace spatialhub
