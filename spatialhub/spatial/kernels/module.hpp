// Python's door to the kernels: one bind function a subject, and how arrays come and go.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <utility>
#include <vector>

namespace spatialhub {

namespace py = pybind11;

void bind_arrangement(py::module_& module); // bind_arrangement.cpp
void bind_fragments(py::module_& module);   // bind_fragments.cpp
void bind_store(py::module_& module);       // bind_store.cpp

// A C-contiguous array of T; other dtypes are refused rather than converted, so that nothing is rounded in silence.
template <typename T> using Array = py::array_t<T, py::array::c_style>;

// Hands a vector to Python without copying.
template <typename T> Array<T> to_array(std::vector<T>&& values) {
    auto* kept = new std::vector<T>(std::move(values));
    py::capsule owner(kept, [](void* pointer) { delete static_cast<std::vector<T>*>(pointer); });
    return Array<T>(static_cast<py::ssize_t>(kept->size()), kept->data(), owner);
}

} // namespace spatialhub
