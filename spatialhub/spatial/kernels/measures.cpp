#include "measures.hpp"

#include <cmath>

namespace spatialhub {

namespace {

// Gauss-Legendre on [-1, 1] with four points: exact for polynomials of degree 7.
constexpr double NODES[4] = {-0.8611363115940526, -0.3399810435848563, 0.3399810435848563, 0.8611363115940526};
constexpr double WEIGHTS[4] = {0.3478548451374538, 0.6521451548625461, 0.6521451548625461, 0.3478548451374538};
constexpr double LONGEST_PIECE_M = 20000.0;

double curvature_at(const Surface& surface, double northing_m) {
    const double n = northing_m - surface.northing_m;
    double value = 0;
    for (std::size_t k = surface.curvature.size(); k-- > 0;) value = value * n + surface.curvature[k];
    return value;
}

double excess_of_piece(const Surface& surface, double y0, double n0, double y1, double n1) {
    const double half_y = (y1 - y0) / 2, half_n = (n1 - n0) / 2;
    double total = 0;
    for (int k = 0; k < 4; ++k) {
        const double y = y0 + half_y * (NODES[k] + 1), c = curvature_at(surface, n0 + half_n * (NODES[k] + 1));
        const double u = y * y * c;
        total += WEIGHTS[k] * y * u * (1.0 / 3.0 - u * (2.0 / 15.0));
    }
    return total * half_n;
}

// Sums by pairs of small numbers: an open-addressing table, then sorted.
class PairSums {
  public:
    explicit PairSums(std::size_t expected) : slots_(expected) { sides.reserve(expected); }
    void add(i32 first, i32 second, i64 value) {
        std::size_t slot;
        const i32 found = slots_.find(
            hash(first, second), [&](i32 i) { return sides[i].first == first && sides[i].second == second; }, slot);
        if (found >= 0) {
            sides[found].nanometres += value;
            return;
        }
        sides.push_back({first, second, value});
        slots_.put(slot, static_cast<i32>(sides.size()) - 1,
                   [&](i32 i) { return hash(sides[i].first, sides[i].second); });
    }
    std::vector<Side> sides;

  private:
    static std::uint64_t hash(i32 a, i32 b) { return mix(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)); }
    Slots slots_;
};

} // namespace

i64 excess(const Surface& surface, Point a, Point b) {
    if (a.y == b.y) return 0;
    const double y0 = static_cast<double>(a.x + surface.origin_x) * surface.grid_m - surface.false_easting_m;
    const double y1 = static_cast<double>(b.x + surface.origin_x) * surface.grid_m - surface.false_easting_m;
    const double n0 = static_cast<double>(a.y + surface.origin_y) * surface.grid_m;
    const double n1 = static_cast<double>(b.y + surface.origin_y) * surface.grid_m;
    const int pieces = static_cast<int>(std::ceil(std::max(std::fabs(y1 - y0), std::fabs(n1 - n0)) / LONGEST_PIECE_M));
    double total = 0;
    for (int k = 0; k < pieces; ++k) {
        const double s = static_cast<double>(k) / pieces, t = static_cast<double>(k + 1) / pieces;
        total += excess_of_piece(surface, y0 + (y1 - y0) * s, n0 + (n1 - n0) * s, y0 + (y1 - y0) * t,
                                 n0 + (n1 - n0) * t);
    }
    return std::llround(total * 2.0 / (surface.grid_m * surface.grid_m));
}

i64 length_nm(const Surface& surface, Point a, Point b) {
    const double dx = static_cast<double>(b.x - a.x), dy = static_cast<double>(b.y - a.y);
    return std::llround(std::sqrt(dx * dx + dy * dy) * surface.grid_m * 1e9);
}

Measures measure(const Linework& lines, const Faces& faces, const std::vector<i32>& number, i32 count,
                 const Surface& surface) {
    Measures found;
    found.ellipsoid.assign(count, 0);
    found.perimeter_nm.assign(count, 0);
    std::vector<i128> doubled(count, 0);
    PairSums sides(static_cast<std::size_t>(count) * 3 + 16);
    for (std::size_t e = 0; e < lines.edges.size(); ++e) {
        const i32 left = number[faces.face[2 * e]], right = number[faces.face[2 * e + 1]];
        if (left < 0 && right < 0) continue;
        const Point a = lines.vertices[lines.edges[e].from], b = lines.vertices[lines.edges[e].to];
        const i128 area = static_cast<i128>(a.x) * b.y - static_cast<i128>(b.x) * a.y;
        const i64 more = excess(surface, a, b), length = length_nm(surface, a, b);
        if (left >= 0) {
            doubled[left] += area;
            found.ellipsoid[left] -= more;
            found.perimeter_nm[left] += length;
        }
        if (right >= 0) {
            doubled[right] -= area;
            found.ellipsoid[right] += more;
            found.perimeter_nm[right] += length;
        }
        if (left >= 0 && right >= 0 && left != right) sides.add(std::min(left, right), std::max(left, right), length);
    }
    found.plane.reserve(count);
    for (i32 f = 0; f < count; ++f) {
        found.plane.push_back(static_cast<i64>(doubled[f]));
        found.ellipsoid[f] += found.plane[f];
    }
    found.sides = std::move(sides.sides);
    std::sort(found.sides.begin(), found.sides.end(), [](const Side& a, const Side& b) {
        return a.first != b.first ? a.first < b.first : a.second < b.second;
    });
    return found;
}

LabelSums sum_labels(const Linework& lines, i32 labels) {
    LabelSums sums{std::vector<i128>(labels, 0), std::vector<double>(labels, 0.0)};
    for (std::size_t e = 0; e < lines.edges.size(); ++e) {
        const Point a = lines.vertices[lines.edges[e].from], b = lines.vertices[lines.edges[e].to];
        const i128 area = static_cast<i128>(a.x) * b.y - static_cast<i128>(b.x) * a.y;
        const double dx = static_cast<double>(b.x - a.x), dy = static_cast<double>(b.y - a.y);
        const double length = std::sqrt(dx * dx + dy * dy);
        for (i32 w = lines.starts[e]; w < lines.starts[e + 1]; ++w) {
            const i32 label = lines.windings[w].label, difference = lines.windings[w].difference;
            sums.doubled_area[label] += area * difference;
            sums.length[label] += length * std::abs(difference);
        }
    }
    return sums;
}

std::vector<i128> doubled_areas(const Linework& lines, const Faces& faces) {
    std::vector<i128> doubled(faces.count, 0);
    for (std::size_t e = 0; e < lines.edges.size(); ++e) {
        const Point a = lines.vertices[lines.edges[e].from], b = lines.vertices[lines.edges[e].to];
        const i128 area = static_cast<i128>(a.x) * b.y - static_cast<i128>(b.x) * a.y;
        doubled[faces.face[2 * e]] += area;
        doubled[faces.face[2 * e + 1]] -= area;
    }
    doubled[0] = 0;
    return doubled;
}

} // namespace spatialhub
