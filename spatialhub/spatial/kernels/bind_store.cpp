// A snapshot's parts: opened, searched, gathered.
#include "module.hpp"

namespace spatialhub {

void bind_store(py::module_&) {}

} // namespace spatialhub
