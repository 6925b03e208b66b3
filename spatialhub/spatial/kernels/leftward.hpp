// What lies to the left of a point: the nearest edge that a ray toward -x meets.
#pragma once

#include "basics.hpp"

#include <vector>

namespace spatialhub {

// An edge that may stop a ray, with `tag`: a ray from a point with another tag does not see it.
struct Wall {
    Point low, high; // low.y < high.y
    i32 tag;
};

// For each point the number of the first wall to its left with the tag asked (-1: none). The ray runs just above the
// point, so that walls count from their low end (included) to their high end (excluded). Walls may meet at ends only.
std::vector<i32> first_left(const std::vector<Point>& points, const std::vector<i32>& tags,
                            const std::vector<Wall>& walls);

} // namespace spatialhub
