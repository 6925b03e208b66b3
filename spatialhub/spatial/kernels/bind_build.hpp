// Python's door to what writes a snapshot.
#pragma once

#include "module.hpp"
#include "texts.hpp"

namespace spatialhub {

void bind_build(py::module_& module); // called by bind_store

// A column of texts from its arrays, checked.
TextColumn texts_of(const Array<i64>& offsets, const Array<std::uint8_t>& data, const Array<bool>& null);

} // namespace spatialhub
