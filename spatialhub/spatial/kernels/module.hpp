// Python's door to the kernels: one bind function a subject, and how arrays come and go.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <utility>
#include <vector>

namespace spatialhub {

namespace py = pybind11;

void bind_arrangement(py::module_& module);   // bind_arrangement.cpp
void bind_count(py::module_& module);         // bind_count.cpp
void bind_feature_texts(py::module_& module); // bind_feature_texts.cpp
void bind_fragments(py::module_& module);     // bind_fragments.cpp
void bind_store(py::module_& module);         // bind_store.cpp

// A C-contiguous array of T; other dtypes are refused rather than converted, so that nothing is rounded in silence.
template <typename T> using Array = py::array_t<T, py::array::c_style>;

// Hands a vector to Python without copying.
template <typename T> Array<T> to_array(std::vector<T>&& values) {
    auto* kept = new std::vector<T>(std::move(values));
    py::capsule owner(kept, [](void* pointer) { delete static_cast<std::vector<T>*>(pointer); });
    return Array<T>(static_cast<py::ssize_t>(kept->size()), kept->data(), owner);
}

// A view into what `owner` holds.
template <typename T> Array<T> view_of(const std::vector<T>& values, py::handle owner) {
    return Array<T>(static_cast<py::ssize_t>(values.size()), values.data(), owner);
}
inline Array<bool> flags_of(const std::vector<char>& values, py::handle owner) { // 0 or 1 each
    return Array<bool>(static_cast<py::ssize_t>(values.size()), reinterpret_cast<const bool*>(values.data()), owner);
}

} // namespace spatialhub
