// Geometry of groups of faces: shared edges gone, rings simple, holes with their shells.
#pragma once

#include "faces.hpp"

namespace spatialhub {

// Polygons in order of group; rings of a polygon: its shell (counterclockwise), then holes (clockwise). Every ring
// begins with its least vertex and is closed; polygons and holes are in order of their rings.
struct Outlines {
    std::vector<Point> points;
    std::vector<i64> ring_starts{0};
    std::vector<i64> polygon_starts{0}; // in rings
    std::vector<i64> group_starts{0};   // in polygons
};

// `group` of each face, -1 for none; groups 0 … count - 1.
Outlines outline(const Linework& lines, const Faces& faces, const std::vector<i32>& group, i32 count);

} // namespace spatialhub
