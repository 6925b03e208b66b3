// Plain polygons and multipolygons out of WKB: what nearly all features of a file are; all else is left to GEOS.
#pragma once

#include "basics.hpp"

namespace spatialhub {

// Features as flat arrays: rings end in the points, polygons in the rings, features in the polygons.
struct PlainPolygons {
    std::vector<double> coords;
    std::vector<i64> rings{0}, polygons{0}, features{0};
    std::vector<std::uint8_t> plain; // for each blob whether it is one of the features
};

// Blob i is bytes[ends[i] … ends[i + 1] - 1]. Plain is little-endian WKB without height or measure: a polygon of one or
// more closed rings of four or more finite points each, or one or more such polygons, and not a byte more. No byte is
// read beyond a blob's end.
PlainPolygons read_polygons(const std::uint8_t* bytes, const i64* ends, std::size_t count);

} // namespace spatialhub
