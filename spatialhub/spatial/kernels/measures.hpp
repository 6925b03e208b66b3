// Numbers of faces, all in integers, so that no order of summation shows: plane and ellipsoidal areas, perimeters, and
// how long two faces run side by side.
#pragma once

#include "covers.hpp"

namespace spatialhub {

// Where the grid lies on the ellipsoid. On the transverse Mercator a plane polygon holds, beyond its ellipsoidal area,
// ∮ (y³c/3 - 2y⁵c²/15) dN with y the distance from the meridian and c(N) the Gaussian curvature (spatial/area.py); here
// c is a polynomial in N - northing_m, made for the window.
struct Surface {
    double grid_m;
    i64 origin_x, origin_y; // of the window's units, in grid units from the plane's zero
    double false_easting_m, northing_m;
    std::vector<double> curvature; // coefficients, constant first, per metre
};

// What the plane adds to the ellipsoid along a → b, in half squared grid units.
i64 excess(const Surface& surface, Point a, Point b);

// Length in 1e-9 m.
i64 length_nm(const Surface& surface, Point a, Point b);

struct Side {
    i32 first, second; // faces inside the site, first < second
    i64 nanometres;
};

// Of the faces inside the site, in canonical order; areas in half squared grid units.
struct Measures {
    std::vector<i64> plane, ellipsoid, perimeter_nm;
    std::vector<Side> sides; // sorted by faces
};

// `number` gives each face its place among those inside, -1 for others.
Measures measure(const Linework& lines, const Faces& faces, const std::vector<i32>& number, i32 count,
                 const Surface& surface);

// Twice the signed area per label of what its edges bound, and twice the length of those edges: in grid units.
struct LabelSums {
    std::vector<i128> doubled_area;
    std::vector<double> length;
};
LabelSums sum_labels(const Linework& lines, i32 labels);

// Twice the signed plane area of every face (0 for the unbounded one).
std::vector<i128> doubled_areas(const Linework& lines, const Faces& faces);

} // namespace spatialhub
