// A site's parts as the kernels see them, made once: rings in units of 1e-5 m, and the shape that boxes are tested
// against.
#pragma once

#include "read_wkb.hpp"
#include "record_grid.hpp"
#include "site_shape.hpp"

namespace spatialhub {

// Rings in whole units of 1e-5 m from the plane's zero, shells counterclockwise, holes clockwise.
struct SiteLines {
    std::vector<Point> points;
    std::vector<i64> starts{0}; // ring r has points starts[r] … starts[r + 1] - 1
    std::vector<i32> part;      // of each ring
    double xmin = 0, ymin = 0, xmax = 0, ymax = 0; // of the coordinates as they were given, metres

    SiteShape shape() const { return SiteShape(points, starts); }
    // The same on the record grid, labelled by part.
    Rings rings(const RecordGrid& grid) const;
};

// `part` is that of each polygon; metres are rounded half to even. Coordinates that 64 bits cannot hold in these units
// are out of range.
SiteLines site_lines(const PlainPolygons& polygons, const std::vector<i32>& part);

} // namespace spatialhub
