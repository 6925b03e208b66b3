// Python's door to what writes a snapshot.
#pragma once

#include "module.hpp"

namespace spatialhub {

void bind_build(py::module_& module); // called by bind_store

} // namespace spatialhub
