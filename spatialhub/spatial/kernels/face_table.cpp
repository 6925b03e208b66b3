#include "face_table.hpp"

#include <algorithm>

namespace spatialhub {

namespace {

constexpr double UNITS_PER_M2 = 10'000;
constexpr double NANOMETRES = 1e9;

std::vector<i64> rounded(const std::vector<i64>& areas, i64 half_units) {
    std::vector<i64> units;
    units.reserve(areas.size());
    for (const i64 area : areas) {
        const i64 shifted = area + half_units / 2;
        units.push_back(shifted / half_units - (shifted % half_units < 0 ? 1 : 0));
    }
    return units;
}

} // namespace

void FaceTable::bound_radii() {
    radius_m.resize(area_u.size());
    // The plane area is rounded to one unit: half of it is what the bound may not count on.
    for (std::size_t f = 0; f < radius_m.size(); ++f)
        radius_m[f] = (static_cast<double>(plane_u[f]) - 0.5) / (UNITS_PER_M2 * std::max(perimeter_m[f], 1e-9));
}

FaceTable face_table(const Planar& planar, i64 half_units) {
    FaceTable table;
    table.area_u = rounded(planar.measures.ellipsoid, half_units);
    table.plane_u = rounded(planar.measures.plane, half_units);
    for (const i64 nanometres : planar.measures.perimeter_nm)
        table.perimeter_m.push_back(static_cast<double>(nanometres) / NANOMETRES);
    table.cover_face.assign(planar.cover_face.begin(), planar.cover_face.end());
    table.cover_label.assign(planar.cover_label.begin(), planar.cover_label.end());
    for (const Side& side : planar.measures.sides) {
        table.first.push_back(side.first);
        table.second.push_back(side.second);
        table.side_m.push_back(static_cast<double>(side.nanometres) / NANOMETRES);
    }
    table.bound_radii();
    return table;
}

} // namespace spatialhub
