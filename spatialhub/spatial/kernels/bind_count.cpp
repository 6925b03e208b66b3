// Layers' answers and fragments from the covers of an arrangement.
#include "count.hpp"
#include "face_table.hpp"
#include "module.hpp"

#include <pybind11/functional.h>

namespace spatialhub {

namespace {

void need(bool holds, const char* what) {
    if (!holds) throw py::value_error(what);
}

// The terms with the arrays they point into.
struct HeldTerms {
    HeldTerms(Array<bool> floor, Array<bool> tessellates, Array<double> adjacent_m, Array<double> trace_below_u,
              Array<double> trace_half_m)
        : floor(std::move(floor)), tessellates(std::move(tessellates)), adjacent_m(std::move(adjacent_m)),
          trace_below_u(std::move(trace_below_u)), trace_half_m(std::move(trace_half_m)) {
        const py::ssize_t layers = this->floor.size();
        need(this->tessellates.size() == layers && this->adjacent_m.size() == layers, "terms differ in length");
        need(this->trace_below_u.size() == layers && this->trace_half_m.size() == layers, "terms differ in length");
        terms.floor = this->floor.data();
        terms.tessellates = this->tessellates.data();
        terms.adjacent_m = this->adjacent_m.data();
        terms.trace_below_u = this->trace_below_u.data();
        terms.trace_half_m = this->trace_half_m.data();
    }
    HeldTerms(const HeldTerms&) = delete;
    HeldTerms& operator=(const HeldTerms&) = delete;

    Array<bool> floor, tessellates;
    Array<double> adjacent_m, trace_below_u, trace_half_m;
    LayerTerms terms{};
};

void need_within(const Array<i64>& values, i64 low, i64 high, const char* what) {
    for (py::ssize_t i = 0; i < values.size(); ++i) need(values.data()[i] >= low && values.data()[i] < high, what);
}

// Asks Python, which has the geometry.
AskVanishing asking(const py::function& ask) {
    return [&ask](const GroupedFaces& pairs, const std::vector<double>& half_m) {
        py::gil_scoped_acquire held;
        const auto answer = ask(to_array(std::vector<i64>(pairs.face)), to_array(std::vector<i64>(pairs.group)),
                                to_array(std::vector<double>(half_m)))
                                .cast<Array<bool>>();
        need(answer.size() == static_cast<py::ssize_t>(half_m.size()), "an answer for each group");
        return std::vector<char>(answer.data(), answer.data() + answer.size());
    };
}

Counted counted(const FaceTable& faces, i64 parts, i64 regions, const Array<i64>& layer, const Array<bool>& floor,
                const Array<i64>& region_of_layer, const HeldTerms& held, const py::function& ask) {
    need(layer.size() == floor.size(), "candidates differ in number");
    need(region_of_layer.size() == held.floor.size(), "layers differ in number");
    const CountedLabels labels{parts, regions, layer.data(), floor.data(), static_cast<i64>(layer.size()),
                               region_of_layer.data(), static_cast<i64>(region_of_layer.size())};
    for (const i64 label : faces.cover_label) need(label >= 0 && label < labels.size(), "cover_label: no such label");
    need_within(layer, 0, labels.layers, "layer: no such layer");
    need_within(region_of_layer, CountedLabels::EVERYWHERE, regions, "region_of_layer: no such region");
    const CountedFaces given{faces.area_u.data(), faces.plane_u.data(), faces.radius_m.data(), faces.count(),
                             faces.cover_face.data(), faces.cover_label.data(),
                             static_cast<i64>(faces.cover_face.size()), faces.neighbours()};
    const AskVanishing asked = asking(ask);
    py::gil_scoped_release free;
    return count_covers(given, labels, held.terms, asked);
}

// A property that is a view into the value.
template <typename T> auto view(std::vector<T> Counted::*member) {
    return [member](py::object self) { return view_of(self.cast<const Counted&>().*member, self); };
}
auto flags(std::vector<char> Counted::*member) {
    return [member](py::object self) { return flags_of(self.cast<const Counted&>().*member, self); };
}

} // namespace

void bind_count(py::module_& module) {
    using namespace py::literals;
    py::class_<HeldTerms>(module, "LayerTerms", "How each layer's overlap is judged, and what holds for all of them.")
        .def(py::init([](Array<bool> floor, Array<bool> tessellates, Array<double> adjacent_m,
                         Array<double> trace_below_u, Array<double> trace_half_m, double trace_total_factor,
                         double digitising_error_u, double mismatch_half_m, double sliver_u, double sliver_share) {
                 auto held = std::make_unique<HeldTerms>(std::move(floor), std::move(tessellates), std::move(adjacent_m),
                                                         std::move(trace_below_u), std::move(trace_half_m));
                 held->terms.trace_total_factor = trace_total_factor;
                 held->terms.digitising_error_u = digitising_error_u;
                 held->terms.mismatch_half_m = mismatch_half_m;
                 held->terms.sliver_u = sliver_u;
                 held->terms.sliver_share = sliver_share;
                 return held;
             }),
             py::kw_only(), "floor"_a, "tessellates"_a, "adjacent_m"_a, "trace_below_u"_a, "trace_half_m"_a,
             "trace_total_factor"_a, "digitising_error_u"_a, "mismatch_half_m"_a, "sliver_u"_a, "sliver_share"_a);
    py::class_<Counted>(module, "Counted", "What covers of an arrangement say: arrays are views.")
        .def_property_readonly("code", view(&Counted::code))
        .def_property_readonly("area_u", view(&Counted::area_u))
        .def_property_readonly("area_plane_u", view(&Counted::plane_u))
        .def_property_readonly("unchecked_u", view(&Counted::unchecked_u))
        .def_property_readonly("floor_u", view(&Counted::floor_u))
        .def_property_readonly("suspected", flags(&Counted::suspected))
        .def_property_readonly("label_u", view(&Counted::label_u))
        .def_property_readonly("label_plane_u", view(&Counted::label_plane_u))
        .def_property_readonly("touched", flags(&Counted::touched))
        .def_property_readonly("counts", flags(&Counted::counts))
        .def_property_readonly("face_key", view(&Counted::key))
        .def_property_readonly("key_first", view(&Counted::key_first))
        .def_property_readonly("mismatch", flags(&Counted::mismatch))
        .def_property_readonly("fragment", [](py::object self) { return view_of(self.cast<const Counted&>().joined.fragment, self); })
        .def_property_readonly("key", [](py::object self) { return view_of(self.cast<const Counted&>().joined.key, self); })
        .def_property_readonly("merged", [](const Counted& counted) { return counted.joined.merged; })
        .def_property_readonly("fragment_u", view(&Counted::fragment_u))
        .def_property_readonly("fragment_plane_u", view(&Counted::fragment_plane_u))
        .def_property_readonly("site_u", [](const Counted& counted) { return counted.site_u; })
        .def_property_readonly("site_plane_u", [](const Counted& counted) { return counted.site_plane_u; });
    module.def("count_covers", &counted, "faces"_a, py::kw_only(), "parts"_a, "regions"_a, "layer"_a, "floor"_a,
               "region_of_layer"_a, "terms"_a, "ask"_a,
               "Layers' answers and fragments; `ask(face, group, half_m)` says which groups of faces vanish.");
}

} // namespace spatialhub
