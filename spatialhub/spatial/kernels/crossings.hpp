// Where edges cross properly, rounded exactly to the grid.
#pragma once

#include "buckets.hpp"

namespace spatialhub {

// Whether segments a-b and c-d cross in a point inside both, and the grid point whose half-open pixel holds it
// (ties go up and right). Exact: products of four coordinates below 2^36 fit 128 bits.
bool proper_crossing(Point a, Point b, Point c, Point d, Point& rounded);

// The rounded point of every proper crossing of two edges; a point may come more than once.
std::vector<Point> crossings(const Linework& lines, const Buckets& buckets);

} // namespace spatialhub
