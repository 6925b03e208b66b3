// Places along Hilbert's curve: neighbours in the plane become neighbours in a file.
#pragma once

#include "basics.hpp"

namespace spatialhub {

constexpr int HILBERT_ORDER = 16;

// How far along the curve of order 16 the cell (x, y) lies; x and y below 65,536.
std::uint32_t hilbert_key(std::uint32_t x, std::uint32_t y);

// The keys of the centres of boxes (four numbers each) in the square that holds all boxes.
std::vector<std::uint32_t> hilbert_keys(const i64* boxes, std::size_t count);

} // namespace spatialhub
