// Ellipsoidal areas of rings: the line integral of spatial/area.py, edge by edge.
#pragma once

#include "basics.hpp"

#include <array>

namespace spatialhub {

constexpr std::size_t AREA_NODES = 4;

// Gauss-Legendre's points (0 … 2 along half an edge) and weights, and 1/(MN) as a polynomial in 2N / most - 1, its
// coefficients constant first.
struct AreaIntegral {
    double false_easting_m, northing_most_m, longest_edge_m;
    std::array<double, AREA_NODES> nodes, weights;
    std::vector<double> curvature;
};

// Signed areas in m² of closed rings: ring r is points rings[r] … rings[r + 1] - 1. NaN where an edge is longer than
// the points are enough for, or leaves the polynomial's domain: the caller has another way for those. Each ring's sum
// runs along its own edges, so that no result depends on which rings come together.
std::vector<double> ring_areas(const double* coords, const i64* rings, std::size_t count, const AreaIntegral& integral);

} // namespace spatialhub
