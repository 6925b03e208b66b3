// Features as parts for checking: integer rings, giants split by halves of their box.
#pragma once

#include "basics.hpp"

#include <array>

namespace spatialhub {

// Above it a feature is split; 128 to 256 vertices a part are equally good, 1,024 cost a third more at 1 ha.
constexpr std::size_t MOST_VERTICES = 256;
// Widest part: offsets from its middle fit an int32.
constexpr i64 WIDEST_PART = 4'000'000'000;
// A box this small is not split, however many vertices it has: 1 m.
constexpr i64 SMALLEST_SPLIT = 100'000;

// Features as flat arrays: see spatialhub/spatial/ragged.py. Coordinates in metres of the plane.
struct Features {
    const double* coords;
    const i64* rings;
    const i64* polygons;
    const i64* features;
    std::size_t count;
};

// Parts of features, in the order of the features, low halves first. Rings are closed, shells counterclockwise, holes
// clockwise: around a point inside the part's box the winding numbers sum to 1 inside the feature and to 0 outside.
struct Parts {
    std::vector<i32> xy;             // from the part's origin, x and y in turn
    std::vector<i64> ring_points;    // points of each ring
    std::vector<i64> part_rings;     // rings of each part
    std::vector<i64> part_points;    // points of each part
    std::vector<i64> origins;        // x, y of each part
    std::vector<i64> boxes;          // xmin, ymin, xmax, ymax of each part
    std::vector<double> plane_areas; // m² of each part, exact on the integers until the last rounding
    std::vector<i32> owners;         // the feature of each part, counted from 0
};

// Boxes (4 numbers, metres) and plane areas (m²) of whole features from their own coordinates.
struct FeatureMeasures {
    std::vector<double> boxes;
    std::vector<double> plane_areas;
};

Parts split(const Features& features, std::size_t most_vertices);
FeatureMeasures measure(const Features& features);

} // namespace spatialhub
