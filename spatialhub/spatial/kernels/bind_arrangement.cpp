#include "module.hpp"

namespace spatialhub {

void bind_arrangement(py::module_&) {}

} // namespace spatialhub
