// Snap rounding: every edge runs through the centre of each hot pixel that it meets. Afterwards edges meet at ends only.
#pragma once

#include "crossings.hpp"

namespace spatialhub {

// Whether the segment a-b meets the half-open unit pixel around p, [p - 1/2, p + 1/2) on both axes; a and b are not p.
bool meets_pixel(Point a, Point b, Point p);

// Split every edge at every vertex and crossing whose pixel it meets (Hobby's scheme); equal pieces become one edge,
// their windings add up, and pieces that separate nothing vanish.
Linework snap(Linework&& lines);

} // namespace spatialhub
