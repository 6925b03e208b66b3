// Plain polygons out of WKB: what nearly all features of a file are; all else is left to GEOS.
#pragma once

#include "basics.hpp"

namespace spatialhub {

// Polygons as flat arrays: rings end in the points, polygons in the rings.
struct PlainPolygons {
    std::vector<double> coords;
    std::vector<i64> rings{0}, polygons{0};
    std::vector<std::uint8_t> plain; // for each blob whether it is one of the polygons
};

// Blob i is bytes[ends[i] … ends[i + 1] - 1]. Plain is a polygon of little-endian WKB without height or measure, of one
// or more closed rings of four or more finite points each, and not a byte more. No byte is read beyond a blob's end.
PlainPolygons read_polygons(const std::uint8_t* bytes, const i64* ends, std::size_t count);

} // namespace spatialhub
