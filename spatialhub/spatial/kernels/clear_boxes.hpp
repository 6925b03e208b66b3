// Boxes of features against a grid over a region: which lie in cells that are all inside, so that nobody need ask.
#pragma once

#include "basics.hpp"

namespace spatialhub {

// A grid of `cells` by `cells` from `low`; `open` (cells + 1 squared) sums up to each corner the cells not wholly inside.
struct RegionGrid {
    double low[2], step[2];
    i64 cells;
    const i64* open;
    double margin; // of a cell: more than the rounding of a coordinate's cell number
};

std::vector<std::uint8_t> clear_boxes(const double* boxes, std::size_t count, const RegionGrid& grid);

} // namespace spatialhub
