// Faces joined to fragments.
#include "module.hpp"

namespace spatialhub {

void bind_fragments(py::module_&) {}

} // namespace spatialhub
