// From rings to edges: each vertex and edge once, seams within a label gone, what lies beyond the window shortened.
#pragma once

#include "tables.hpp"

namespace spatialhub {

// Rings whose labels count from `first`.
struct RingSet {
    const Rings* rings;
    i32 first;
};

// Edges of all rings. A chain that stays beyond one side of the window is replaced by its chord: it bounds nothing
// inside, and the winding numbers inside stay as they are. Edges that one label runs along in both directions vanish.
Linework collect(const std::vector<RingSet>& sets, const Box& window);

// The same rings as seen from the window: what `collect` makes edges of. Appends to `out`.
void shorten(const Point* begin, const Point* end, const Box& window, std::vector<Point>& out);

} // namespace spatialhub
