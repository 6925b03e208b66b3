// The faces of an arrangement as columns, in the units of answers: what counting and Python read.
#pragma once

#include "fragments.hpp"
#include "planar.hpp"

namespace spatialhub {

// Areas in units of 1e-4 m², each rounded once, halves up. Covers are pairs of a face and a label, sorted; neighbours
// pairs of faces, first < second, sorted, and the length they share.
struct FaceTable {
    std::vector<i64> area_u, plane_u;
    std::vector<double> perimeter_m;
    std::vector<double> radius_m; // a lower bound of the radius of the largest circle in a face
    std::vector<i64> cover_face, cover_label;
    std::vector<i64> first, second;
    std::vector<double> side_m;

    i64 count() const { return static_cast<i64>(area_u.size()); }
    Neighbours neighbours() const { return {first.data(), second.data(), side_m.data(), static_cast<i64>(first.size())}; }
    void bound_radii(); // radius_m from the other columns
};

// `half_units` half squared grid units are one unit.
FaceTable face_table(const Planar& planar, i64 half_units);

} // namespace spatialhub
