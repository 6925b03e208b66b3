// Python's door to what an import needs on a feature's way from a file to a snapshot.
#pragma once

#include "module.hpp"

namespace spatialhub {

void bind_intake(py::module_& module); // called by bind_build

} // namespace spatialhub
