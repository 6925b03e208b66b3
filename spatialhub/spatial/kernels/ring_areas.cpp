#include "ring_areas.hpp"

#include <cmath>
#include <limits>

namespace spatialhub {

namespace {

using AtNodes = std::array<double, AREA_NODES>;

// ∫ (y³/3R² - 2y⁵/15R⁴) dN along an edge, operation by operation as area.py does it; `inside` falls where a point
// leaves the polynomial's domain. The points of an edge go abreast: one Horner's scheme waits for each product.
double excess(const double* from, const double* to, const AreaIntegral& integral, bool& inside) {
    const double x = from[0] - integral.false_easting_m, y = from[1];
    const double dx = (to[0] - from[0]) / 2, dy = (to[1] - from[1]) / 2;
    const double scale = 2 / integral.northing_most_m;
    AtNodes at, t, curvature;
    for (std::size_t k = 0; k < AREA_NODES; ++k) {
        at[k] = x + dx * integral.nodes[k];
        t[k] = (y + dy * integral.nodes[k]) * scale - 1;
        inside &= t[k] >= -1 && t[k] <= 1;
    }
    curvature.fill(integral.curvature.back());
    for (std::size_t c = integral.curvature.size() - 1; c-- > 0;)
        for (std::size_t k = 0; k < AREA_NODES; ++k) curvature[k] = curvature[k] * t[k] + integral.curvature[c];
    double total = 0;
    for (std::size_t k = 0; k < AREA_NODES; ++k) {
        const double u = at[k] * at[k] * curvature[k];
        total += integral.weights[k] * at[k] * u * (1.0 / 3 - u * (2.0 / 15));
    }
    return total * dy;
}

double ring_area(const double* coords, i64 begin, i64 end, const AreaIntegral& integral) {
    if (begin == end) return 0;
    const double x = coords[2 * begin], y = coords[2 * begin + 1];
    double sum = 0;
    bool inside = true;
    for (i64 i = begin; i + 1 < end; ++i) {
        const double *from = coords + 2 * i, *to = from + 2;
        inside &= std::abs(to[0] - from[0]) <= integral.longest_edge_m;
        inside &= std::abs(to[1] - from[1]) <= integral.longest_edge_m;
        const double plane = ((from[0] - x) * (to[1] - y) - (to[0] - x) * (from[1] - y)) / 2;
        sum += plane - excess(from, to, integral, inside);
    }
    return inside ? sum : std::numeric_limits<double>::quiet_NaN();
}

} // namespace

std::vector<double> ring_areas(const double* coords, const i64* rings, std::size_t count,
                               const AreaIntegral& integral) {
    std::vector<double> areas(count);
    for (std::size_t r = 0; r < count; ++r) areas[r] = ring_area(coords, rings[r], rings[r + 1], integral);
    return areas;
}

} // namespace spatialhub
