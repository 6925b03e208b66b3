// Faces joined to fragments.
#include "fragments.hpp"
#include "module.hpp"

namespace spatialhub {

namespace {

void need(bool holds, const char* what) {
    if (!holds) throw py::value_error(what);
}

// Face numbers are indices into other arrays: one beyond them would read memory that is not ours.
void need_within(const Array<i64>& values, i64 low, i64 high, const char* what) {
    for (py::ssize_t i = 0; i < values.size(); ++i) need(values.data()[i] >= low && values.data()[i] < high, what);
}

Neighbours neighbours(const Array<i64>& first, const Array<i64>& second, const Array<double>& length, i64 faces) {
    need(first.size() == second.size() && first.size() == length.size(), "neighbours differ in length");
    need_within(first, 0, faces, "first: no such face");
    need_within(second, 0, faces, "second: no such face");
    return {first.data(), second.data(), length.data(), static_cast<i64>(first.size())};
}

py::tuple distinct(const Array<i64>& starts, const Array<i64>& values, const Array<bool>& flags) {
    const i64 count = static_cast<i64>(flags.size());
    need(starts.size() == count + 1, "starts: one more than flags");
    for (i64 row = 0; row < count; ++row) need(starts.data()[row] <= starts.data()[row + 1], "starts fall");
    need(starts.data()[0] == 0 && starts.data()[count] == values.size(), "starts do not span the values");
    const Rows rows{starts.data(), values.data(), reinterpret_cast<const unsigned char*>(flags.data()), count};
    Distinct found;
    {
        py::gil_scoped_release free;
        found = distinct_rows(rows);
    }
    return py::make_tuple(to_array(std::move(found.group)), to_array(std::move(found.first)));
}

Array<i64> connected(
    const Array<bool>& mask, const Array<i64>& first, const Array<i64>& second, const Array<double>& length) {
    const i64 faces = static_cast<i64>(mask.size());
    const Neighbours pairs = neighbours(first, second, length, faces);
    std::vector<i64> group;
    {
        py::gil_scoped_release free;
        group = components(reinterpret_cast<const unsigned char*>(mask.data()), faces, pairs);
    }
    return to_array(std::move(group));
}

py::tuple joined(
    const Array<i64>& key,
    const Array<i64>& governing,
    const Array<i64>& area_u,
    const Array<i64>& first,
    const Array<i64>& second,
    const Array<double>& length,
    double limit_u) {
    const i64 count = static_cast<i64>(key.size());
    need(governing.size() == count && area_u.size() == count, "faces differ in number");
    const Neighbours pairs = neighbours(first, second, length, count);
    Fragments found;
    {
        py::gil_scoped_release free;
        found = join_faces({key.data(), governing.data(), area_u.data(), count, limit_u}, pairs);
    }
    return py::make_tuple(to_array(std::move(found.fragment)), to_array(std::move(found.key)), found.merged);
}

} // namespace

void bind_fragments(py::module_& module) {
    using py::arg;
    module.def("distinct_rows", &distinct, arg("starts").noconvert(), arg("values").noconvert(),
               arg("flags").noconvert(),
               "Rows (starts int64 (n + 1,), values int64, flags bool (n,)) → (group of every row numbered by first "
               "appearance, first row of every group). Order within a row does not matter.");
    module.def("components", &connected, arg("mask").noconvert(), arg("first").noconvert(),
               arg("second").noconvert(), arg("length").noconvert(),
               "Connected faces of a mask → group of every face by least face, -1 outside the mask.");
    module.def("join_faces", &joined, arg("key").noconvert(), arg("governing").noconvert(),
               arg("area_u").noconvert(), arg("first").noconvert(), arg("second").noconvert(),
               arg("length").noconvert(), arg("limit_u"),
               "Faces → (fragment of every face by least face, key of every fragment, slivers merged).");
}

} // namespace spatialhub
